"""What can prevent the lab from working on this machine, each with its fix."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from lab import catalogue
from lab.runtimes.local import LocalRuntime, engines
from lab.runtimes.local.ports import is_free, owner
from lab.settings import Paths

GIB = 2**30
DISK_LEVELS = (1 * GIB, 5 * GIB)  # free space: below the first an error, the second a warning
MEMORY_LEVELS = (1 * GIB, 4 * GIB)  # available memory, likewise; Docker's stack wants 4 GiB
MAP_COUNT = 262_144  # Elasticsearch reference, "Virtual memory"


@dataclass(frozen=True)
class Finding:
    """`level`: ok, warning or error; `fix`: the next command to type, or ""."""

    check: str
    level: str
    text: str
    fix: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine(paths: Paths) -> Iterator[Finding]:
    """Run every check; those about Docker only say whether Docker can be used."""
    for check in CHECKS:
        yield from check(paths)


def _python(paths: Paths) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = (3, 11) <= sys.version_info < (3, 14)
    yield Finding(
        "python",
        "ok" if good else "error",
        f"Python {version} ({platform.system()} {platform.machine()})",
        "" if good else "rm -rf .venv && LAB_PYTHON=python3.12 ./lab up",
    )


def _engines(paths: Paths) -> Iterator[Finding]:
    absent = engines.absent()
    if absent:
        text = f"Moteur local absent sur cette plateforme pour : {', '.join(absent)}"
        yield Finding("moteurs", "error", text, "./lab up --docker")
    else:
        yield Finding("moteurs", "ok", "Les quatre moteurs locaux sont installés")


def _folder(paths: Paths) -> Iterator[Finding]:
    where = next(p for p in (paths.home, *paths.home.parents) if p.exists())
    if os.access(where, os.W_OK):
        yield Finding("dossier", "ok", f"{where} est inscriptible")
    else:
        fix = 'LAB_HOME="$HOME/lab-donnees" ./lab up'
        yield Finding("dossier", "error", f"{where} est en lecture seule", fix)


def _disk(paths: Paths) -> Iterator[Finding]:
    where = next(p for p in (paths.home, *paths.home.parents) if p.exists())
    free = shutil.disk_usage(where).free
    level = _level(free, DISK_LEVELS)
    fix = (
        "" if level == "ok" else "./lab reset      (ou libérez de la place : du -sh ~/* | sort -h)"
    )
    yield Finding("disque", level, f"{free / GIB:.1f} Gio libres", fix)


def _memory(paths: Paths) -> Iterator[Finding]:
    free = psutil.virtual_memory().available
    level = _level(free, MEMORY_LEVELS)
    fixes = {
        "ok": "",
        "warning": "./lab up      (le moteur local tient dans 1 Gio ; Docker en veut 4)",
        "error": "fermez des programmes, puis ./lab up --only mongo",
    }
    yield Finding("mémoire", level, f"{free / GIB:.1f} Gio disponibles", fixes[level])


def _level(amount: float, levels: tuple[int, int]) -> str:
    if amount < levels[0]:
        return "error"
    return "warning" if amount < levels[1] else "ok"


def _ports(paths: Paths) -> Iterator[Finding]:
    mine = {row.url.rpartition(":")[2].partition("/")[0] for row in LocalRuntime(paths).running()}
    taken = False
    for service in catalogue.SERVICES:
        if str(service.port) in mine or is_free(service.port):
            continue
        taken = True
        text = f"Le port {service.port} ({service.name}) est pris par {owner(service.port)}"
        fix = "./lab up      (le moteur local en prend un autre ; pour Docker, libérez-le)"
        yield Finding("ports", "warning", text, fix)
    if not taken:
        yield Finding("ports", "ok", "Les ports habituels sont libres ou à nous")


def _processes(paths: Paths) -> Iterator[Finding]:
    left = LocalRuntime(paths).leftovers()
    if left:
        text = f"{len(left)} processus d'un laboratoire mal arrêté tournent encore"
        yield Finding("processus", "warning", text, "./lab down")


def _docker(paths: Paths) -> Iterator[Finding]:
    if shutil.which("docker") is None and not os.environ.get("DOCKER_HOST"):
        fix = "https://docs.docker.com/get-docker/      (facultatif : ./lab up s'en passe)"
        yield Finding("docker", "warning", "Docker n'est pas installé", fix)
        return
    import docker
    from docker.errors import DockerException

    try:
        with closing(docker.from_env(timeout=10)) as client:
            version = client.version()["Version"]
    except (DockerException, OSError):
        fix = "sudo systemctl start docker      (ou lancez Docker Desktop ; ./lab up s'en passe)"
        yield Finding("docker", "warning", "Docker est installé mais ne répond pas", fix)
        return
    yield Finding("docker", "ok", f"Docker {version} répond")


def _map_count(paths: Paths) -> Iterator[Finding]:
    path = Path("/proc/sys/vm/max_map_count")
    if not path.exists():
        return
    value = int(path.read_text())
    good = value >= MAP_COUNT
    fix = "" if good else f"sudo sysctl -w vm.max_map_count={MAP_COUNT}"
    text = f"vm.max_map_count = {value} (Elasticsearch sous Docker en veut {MAP_COUNT})"
    yield Finding("vm.max_map_count", "ok" if good else "warning", text, fix)


def _proxy(paths: Paths) -> Iterator[Finding]:
    names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    used = [name for name in names if os.environ.get(name)]
    if used:
        yield Finding("proxy", "ok", f"Proxy réglé par {', '.join(used)} ; nos services l'évitent")


CHECKS: tuple[Callable[[Paths], Iterator[Finding]], ...] = (
    _python,
    _engines,
    _folder,
    _disk,
    _memory,
    _ports,
    _processes,
    _docker,
    _map_count,
    _proxy,
)
