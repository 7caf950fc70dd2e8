"""The Docker engine: `docker compose` brings the stack up and down, the Docker SDK looks at it."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from lab import catalogue
from lab.errors import EngineUnavailable, LabError, NotRunning, PortTaken, ServiceFailed
from lab.runtimes.base import Report, Running
from lab.runtimes.local.ports import is_free, owner
from lab.settings import LOOPBACK, Endpoints, Paths, Secrets

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

SECRETS_IN_CONTAINER = "/run/lab/secrets"
CA_IN_CONTAINER = "/run/lab/s3-tls/ca.pem"
PROJECT_LABEL = "com.docker.compose.project.working_dir"
SERVICE_LABEL = "com.docker.compose.service"
# (attribute of Endpoints, compose service, port inside the container)
FACES = (
    ("mongo", "mongo", 27017),
    ("redis", "redis", 6379),
    ("elasticsearch", "elasticsearch", 9200),
    ("s3", "s3", 9000),
    ("s3_tls", "s3-tls", 9443),
    ("practice", "practice", 8000),
    ("notebook", "notebook", 8888),
)


class ComposeRuntime:
    """The stack of `docker-compose.yml`, as a Compose project of this checkout."""

    name = "docker"

    def __init__(self, paths: Paths) -> None:
        self.paths = paths

    # ------------------------------------------------------------------ looking
    def _containers(self) -> dict[str, Container]:
        """Containers of this checkout's project, by service; empty when there is no Docker."""
        try:
            client = connect()
        except EngineUnavailable:
            return {}
        label = f"{PROJECT_LABEL}={self.paths.root}"
        with closing(client):  # of its connections only: a container may still be asked
            found = client.containers.list(all=True, filters={"label": label})
        return {container.labels.get(SERVICE_LABEL, ""): container for container in found}

    def up(self) -> bool:
        if not _may_have_docker():
            return False
        containers = self._containers()
        return any(c.status in ("running", "restarting") for c in containers.values())

    def running(self) -> list[Running]:
        containers = self._containers()
        rows = []
        for service in catalogue.SERVICES:
            container = containers.get(service.name)
            port = _published(container, {s: p for _, s, p in FACES}[service.name])
            url = f"{service.scheme}://{LOOPBACK}:{port}{service.path}" if port else ""
            rows.append(Running(service.name, _state(container), url))
        return rows

    def endpoints(self) -> Endpoints:
        containers = self._containers()
        known = {}
        for attribute, service, inside in FACES:
            port = _published(containers.get(service), inside)
            if port and attribute != "notebook":
                known[attribute] = f"{LOOPBACK}:{port}"
        return Endpoints(**known)

    def secrets(self) -> Secrets:
        names = Secrets.names()
        values = {name: self._read(f"{SECRETS_IN_CONTAINER}/{name}").strip() for name in names}
        return Secrets(**values)

    def authority(self) -> str:
        """The certificate (PEM) of the authority that signs the S3 TLS listener."""
        return self._read(CA_IN_CONTAINER)

    def _read(self, path: str) -> str:
        containers = self._containers()
        holder = next((containers[n] for n in ("practice", "notebook") if n in containers), None)
        if holder is None:
            raise NotRunning("La pile Docker n'est pas lancée.", hint="./lab up --docker")
        from docker.errors import NotFound

        try:
            chunks, _ = holder.get_archive(path)
        except NotFound as error:
            raise NotRunning(
                "La pile Docker n'a pas fini de démarrer.", hint="docker compose ps -a"
            ) from error
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            member = archive.extractfile(archive.getmembers()[0])
            if member is None:
                raise LabError(f"{path} n'est pas un fichier.", hint="docker compose ps -a")
            return member.read().decode()

    # ------------------------------------------------------------------- acting
    def start(self, names: Sequence[str], report: Report) -> None:
        """Build our image, then `docker compose up -d`: recreates only what has changed.

        Two steps on purpose: `up --build` labels a container with the digest its builder
        reports, a later `up` with the one the engine holds, and some versions of Compose
        recreate a container (a kernel is lost) because the two differ.
        Names the program that holds a port the stack needs.
        """
        connect().close()
        self._check_ports()
        report("docker compose build (la première fois, quelques minutes)")
        self._compose(["build"])
        arguments = ["up", "-d", "--remove-orphans"]
        if set(names) != set(catalogue.BY_NAME):
            arguments += names
        report("docker compose up (la première fois, les images se téléchargent)")
        self._compose(arguments)

    def _check_ports(self) -> None:
        containers = self._containers()
        for _, service, inside in FACES:
            variable = f"LAB_{service.upper().replace('-', '_')}_PORT"
            default = dict(catalogue.BY_NAME["s3"].ports)["tls"] if service == "s3-tls" else 0
            port = int(os.environ.get(variable) or default or catalogue.BY_NAME[service].port)
            ours = _published(containers.get(service), inside) == port
            if not ours and not is_free(port):
                raise PortTaken(
                    f"Le port {port} ({service}) est déjà pris par {owner(port)}.",
                    hint=f"{variable}={port + 10} ./lab up --docker",
                )

    def stop(self, report: Report) -> None:
        if not _may_have_docker() or not self._containers():
            return
        report("docker compose down")
        self._compose(["down"])

    def erase(self, report: Report) -> None:
        connect().close()
        report("docker compose down --volumes")
        self._compose(["down", "--volumes"])

    def _compose(self, arguments: Sequence[str]) -> None:
        command = [*compose_command(), *arguments]
        environment = {**os.environ}
        environment.setdefault("LAB_UID", str(os.getuid() or 1000))
        environment.setdefault("LAB_GID", str(os.getgid() or 1000))
        # An attestation bears the time of the build: an unchanged image would get a new digest.
        environment.setdefault("BUILDX_NO_DEFAULT_ATTESTATIONS", "1")
        done = subprocess.run(command, cwd=self.paths.root, env=environment, check=False)
        if done.returncode:
            raise ServiceFailed(
                f"docker compose {arguments[0]} a échoué (code {done.returncode}).",
                hint="docker compose ps -a && docker compose logs --tail 20",
            )

    def logs(self, name: str, *, follow: bool, lines: int) -> Iterator[str]:
        container = self._containers().get(catalogue.find(name).name)
        if container is None:
            raise NotRunning(f"Le service « {name} » n'est pas lancé.", hint="./lab up --docker")
        for chunk in container.logs(stream=True, follow=follow, tail=lines):
            yield chunk.decode(errors="replace")


def connect(seconds: int = 30) -> DockerClient:
    """A client of the engine that the environment names, which waits `seconds` for an answer.

    Raises EngineUnavailable without an engine.
    """
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=seconds)
        client.ping()
    except DockerException as error:
        raise EngineUnavailable(
            "Docker n'est pas installé ou n'est pas démarré sur cette machine.",
            hint="./lab up",
        ) from error
    return client


def compose_command() -> list[str]:
    """`docker compose`, or the older `docker-compose`. Raises EngineUnavailable without either."""
    if shutil.which("docker"):
        probe = subprocess.run(
            ["docker", "compose", "version"], capture_output=True, check=False, timeout=30
        )
        if probe.returncode == 0:
            return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise EngineUnavailable("Docker Compose n'est pas installé sur cette machine.", hint="./lab up")


def _may_have_docker() -> bool:
    """Cheap: spares importing the Docker SDK on a machine without any Docker."""
    if os.environ.get("DOCKER_HOST") or os.path.exists("/var/run/docker.sock"):  # noqa: PTH110
        return True
    return shutil.which("docker") is not None


def _state(container: Container | None) -> str:
    if container is None or container.status in ("exited", "created", "removing", "dead"):
        return "stopped"
    return "running" if container.status == "running" else "starting"


def _published(container: Container | None, inside: int) -> int:
    if container is None:
        return 0
    bindings = container.ports.get(f"{inside}/tcp") or []
    return int(bindings[0]["HostPort"]) if bindings else 0
