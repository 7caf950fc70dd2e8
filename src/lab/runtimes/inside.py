"""The lab as seen from inside one of its containers, so that `lab crawl`, `status` and `env`
work in a terminal of JupyterLab. Starting and stopping stay with the host."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import NoReturn

from lab import catalogue
from lab.errors import EngineUnavailable
from lab.runtimes.base import Report, Running
from lab.settings import Endpoints, Paths, Secrets

MARK = "LAB_INSIDE"  # set by the entry point of our image when the stack's secrets are mounted
RUN = Path(os.environ.get("LAB_RUN_DIR", "/run/lab"))  # the volume of secrets
NOTEBOOK = "notebook:8888"


class InsideRuntime:
    """The Docker stack, from inside: services answer under their own names."""

    name = "docker"

    def __init__(self, paths: Paths) -> None:
        self.paths = paths

    def up(self) -> bool:
        """True: this program runs in it."""
        return True

    def endpoints(self) -> Endpoints:
        """Each service under its name, on the port it has in its container."""
        ports = {service.name: service.port for service in catalogue.SERVICES}
        ports["s3_tls"] = dict(catalogue.find("s3").ports)["tls"]
        names = [field.name for field in fields(Endpoints)]
        return Endpoints(**{name: f"{name.replace('_', '-')}:{ports[name]}" for name in names})

    def running(self) -> list[Running]:
        """Every service of the catalogue, supposed running: the probes tell."""
        known = self.endpoints()
        rows = []
        for service in catalogue.SERVICES:
            address = getattr(known, service.name, NOTEBOOK)
            url = f"{service.scheme}://{address}{service.path}"
            rows.append(Running(service.name, "running", url))
        return rows

    def secrets(self) -> Secrets:
        """The passwords. Raises ConfigurationMissing when the image runs alone."""
        return Secrets.read(RUN / "secrets")

    def authority(self) -> str:
        """The certificate (PEM) of the authority that signs the S3 TLS listener."""
        return (RUN / "tls" / "ca.pem").read_text()

    def contract(self) -> dict[str, str]:
        """The environment contract, which the entry point has already exported."""
        prefixes = ("AWS_", "WORKSPACE_")
        names = {
            *("LAB_BUCKET", "MONGO_URL", "REDIS_URL", "ELASTICSEARCH_URL", "PRACTICE_URL"),
            *("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "no_proxy", "NO_PROXY"),
        }
        return {k: v for k, v in os.environ.items() if k in names or k.startswith(prefixes)}

    def start(self, names: Sequence[str], report: Report) -> None:
        """Refused: only the host starts containers."""
        self._refuse("docker compose up -d")

    def stop(self, report: Report) -> None:
        """Refused: only the host stops containers."""
        self._refuse("docker compose down")

    def erase(self, report: Report) -> None:
        """Refused: only the host deletes volumes."""
        self._refuse("docker compose down --volumes")

    def logs(self, name: str, *, follow: bool, lines: int) -> Iterator[str]:
        """Refused: only the host reads the containers' logs."""
        self._refuse(f"docker compose logs {name}")

    def _refuse(self, command: str) -> NoReturn:
        raise EngineUnavailable(
            "Dans un conteneur, le laboratoire ne se pilote pas : faites-le sur votre machine.",
            hint=command,
        )
