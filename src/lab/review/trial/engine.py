"""The Docker engine as a trial uses it: Compose for compose files, the SDK to look and remove."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from lab.errors import EngineUnavailable
from lab.review.trial import composing
from lab.review.trial.safe import LABEL
from lab.runtimes import compose

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
OWNER = "lab.review.owner"  # who made it: a process, so that what it left can be swept
PATIENCE = 120  # seconds that a busy engine may take to answer
STOP_SECONDS = 2
_POLL = 0.3
_LONGEST_LOG = 20 * 2**20  # bytes that Compose may print
_ASKED = 90.0  # seconds of a command inside a container
_MOST_SAID = 2**20  # bytes of its output


class Stopped(Exception):
    """The trial goes no further; the message is one French sentence."""


class Engine:
    """A working engine and a Compose that can resolve files. Raises EngineUnavailable."""

    def __init__(self) -> None:
        try:
            self.command = compose.compose_command()
            self.client: DockerClient = compose.connect(PATIENCE)
        except EngineUnavailable:
            raise EngineUnavailable(
                "Docker n'est pas là, ou n'est pas démarré : --run ne peut rien lancer.",
                hint="./lab review, sans --run : la lecture seule n'en a pas besoin",
            ) from None
        if self.command != ["docker", "compose"]:
            raise EngineUnavailable(
                "--run demande « docker compose » (version 2), et non docker-compose.",
                hint="docker compose version",
            )

    def close(self) -> None:
        self.client.close()

    # ------------------------------------------------------------------ the helper's image
    def ensure_image(self, name: str, root: Path) -> None:
        """Build the lab's own image when it is not there. Raises Stopped."""
        from docker.errors import ImageNotFound

        try:
            self.client.images.get(name)
        except ImageNotFound:
            environment = {**os.environ, **composing.environment(root)}
            done = subprocess.run(
                [*self.command, "build"],
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
            if done.returncode:
                raise Stopped(
                    "l'image du laboratoire ne se construit pas (docker compose build)"
                ) from None

    # ------------------------------------------------------------------ Compose
    def compose(
        self, words: Sequence[str], folder: Path, log: Path, deadline: float, halt: threading.Event
    ) -> int:
        """Run `docker compose …`, its output added to `log`, until `deadline` or `halt`.

        Returns its exit code. It leads a group of its own: Ctrl-C reaches us alone, and we end it.
        Raises Stopped when time is spent.
        """
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*self.command, "--ansi", "never", "--progress", "plain", *words],
                cwd=folder,
                env=composing.environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            try:
                while process.poll() is None:
                    if time.monotonic() > deadline:
                        raise Stopped("le temps accordé (--run-timeout) est écoulé")
                    if halt.wait(_POLL):
                        raise Stopped("le disque s'est rempli")
                    if log.stat().st_size > _LONGEST_LOG:
                        raise Stopped("la construction écrit sans fin")
            finally:
                _end(process)
        return process.returncode

    # ------------------------------------------------------------------ looking
    def containers(self, project: str) -> dict[str, Container]:
        """The project's containers, by service."""
        found = self.client.containers.list(all=True, filters={"label": f"{PROJECT}={project}"})
        return {one.labels.get(SERVICE, one.name or ""): one for one in found}

    def execute(
        self, container: Container, words: Sequence[str], environment: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Run a command inside a container; its exit code and output, bounded in size and time."""
        from docker.errors import DockerException
        from requests import RequestException

        try:
            begun = self.client.api.exec_create(
                container.id, list(words), environment=environment, stdin=False
            )
            output, late = b"", time.monotonic() + _ASKED
            for chunk in self.client.api.exec_start(begun["Id"], stream=True):
                output += chunk
                if len(output) > _MOST_SAID or time.monotonic() > late:
                    break
            code = self.client.api.exec_inspect(begun["Id"])["ExitCode"]
        except (DockerException, RequestException) as error:
            return 1, str(error)
        return (1 if code is None else int(code)), output.decode("utf-8", "replace")

    def exposed(self, image: str) -> list[int]:
        """The TCP ports that an image says it listens on."""
        from docker.errors import DockerException

        try:
            declared = self.client.images.get(image).attrs["Config"].get("ExposedPorts") or {}
        except (DockerException, KeyError):
            return []
        return sorted(int(one.split("/")[0]) for one in declared if one.endswith("/tcp"))

    # ------------------------------------------------------------------ removing
    def remove(self, project: str) -> list[str]:
        """Remove all that bears the project's name; return what would not go."""
        from docker.errors import DockerException, NotFound
        from requests import RequestException

        left: list[str] = []

        def attempt(what: str, action: Any, **options: Any) -> None:
            try:
                action(**options)
            except NotFound:
                pass
            except (DockerException, RequestException) as error:
                left.append(f"{what} ({str(error)[:80]})")

        label: dict[str, str | list[str] | bool] = {"label": f"{PROJECT}={project}"}
        for container in self.client.containers.list(all=True, filters=label):
            attempt(f"conteneur {container.name}", container.remove, force=True, v=True)
        for network in self.client.networks.list(filters=label):
            attempt(f"réseau {network.name}", network.remove)
        for volume in self.client.volumes.list(filters=label):
            attempt(f"volume {volume.name}", volume.remove, force=True)
        for image in self.client.images.list():
            for tag in image.tags:
                if tag.startswith(f"{project}-"):
                    attempt(f"image {tag}", self.client.images.remove, image=tag, force=True)
        return left

    def sweep(self) -> list[str]:
        """Remove what trials left whose process is gone (a power cut, kill -9): their projects."""
        from docker.errors import DockerException

        found: dict[str, str] = {}
        for listed in (
            self.client.containers.list(all=True, filters={"label": LABEL}),
            self.client.networks.list(filters={"label": LABEL}),
            self.client.volumes.list(filters={"label": LABEL}),
        ):
            for one in listed:
                labels = _labels(one)
                found[labels.get(LABEL, "")] = labels.get(OWNER, "")
        gone = [project for project, owner in found.items() if project and not _alive(owner)]
        for project in gone:
            with contextlib.suppress(DockerException):
                self.remove(project)
        return gone


def _labels(one: Any) -> dict[str, str]:
    labels = one.attrs.get("Labels") or one.attrs.get("Config", {}).get("Labels")
    return labels or {}


def owner() -> str:
    """This process, told from a later one of the same number by the time it began."""
    return f"{os.getpid()}:{psutil.Process().create_time():.0f}"


def _alive(said: str) -> bool:
    number, _, begun = said.partition(":")
    try:
        return f"{psutil.Process(int(number)).create_time():.0f}" == begun
    except (psutil.Error, ValueError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def guarded(engine: Engine, most: int) -> Iterator[threading.Event]:
    """Watch the engine's disk; the event is set when it lost `most` bytes, or is nearly full.

    Images, volumes, logs and copies all count. Where the engine's folder cannot be seen (a virtual
    machine has it), its own figures are asked instead, less often.
    """
    halt, over = threading.Event(), threading.Event()
    root = Path(str(engine.client.info().get("DockerRootDir", "")))

    def used() -> int:
        if root.is_dir():
            usage = shutil.disk_usage(root)
            return usage.used if usage.free > 2**29 else most + begun
        return int(engine.client.df().get("LayersSize") or 0)

    begun = 0
    begun = used()

    def watch() -> None:
        while not over.wait(1.0 if root.is_dir() else 15.0):
            with contextlib.suppress(Exception):  # the engine may be busy: the next look will tell
                if used() - begun > most:
                    halt.set()
                    return

    thread = threading.Thread(target=watch, name="disk", daemon=True)
    thread.start()
    try:
        yield halt
    finally:
        over.set()
        thread.join(20)


@contextlib.contextmanager
def unhurried() -> Iterator[None]:
    """While removing, a second Ctrl-C waits: leaving half of it would be worse."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(one, signal.SIG_IGN) for one in signals]
    try:
        yield
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and a closed terminal end a trial as Ctrl-C does: with its removal."""

    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.signal(one, leave) for one in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
