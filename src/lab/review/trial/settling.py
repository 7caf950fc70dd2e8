"""How services end up: wait until nothing moves any more, then say each one's state."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.review.outcome import Ran
from lab.review.trial import logs
from lab.review.trial.engine import Engine, Stopped
from lab.review.trial.safe import HELPER, PRACTICE

if TYPE_CHECKING:
    from docker.models.containers import Container

STEADY = 6.0  # seconds of life of a service without a health check that "stays up"
PATIENCE = 120.0  # seconds that a service may take to become healthy
_CRASHES = 2  # restarts after which it is no accident


def wait(engine: Engine, project: str, deadline: float, halt: threading.Event) -> None:
    """Return when every container is settled, or PATIENCE is spent. Raises Stopped."""
    begun = time.monotonic()
    since: dict[str, float] = {}
    while time.monotonic() < min(deadline, begun + PATIENCE):
        now = time.monotonic()
        moving = False
        for name, container in engine.containers(project).items():
            state = container.attrs["State"]
            key = f"{name} {state.get('Status')} {state.get('StartedAt')}"
            age = now - since.setdefault(key, now)
            moving |= not _settled(container, age)
        if not moving:
            return
        if halt.wait(0.5):
            raise Stopped("le disque s'est rempli")
    if time.monotonic() >= deadline:
        raise Stopped("le temps accordé (--run-timeout) est écoulé")


def _settled(container: Container, age: float) -> bool:
    state = container.attrs["State"]
    health = (state.get("Health") or {}).get("Status", "")
    if state.get("Status") == "running":
        return health in ("healthy", "unhealthy") or (not health and age >= STEADY)
    if state.get("Status") == "restarting":
        return _restarts(container) > _CRASHES
    return True


def _restarts(container: Container) -> int:
    return int(container.attrs.get("RestartCount") or 0)


def ended(
    name: str,
    container: Container | None,
    log: Path,
    own: Collection[str],
    about: Mapping[str, Any],
) -> Ran:
    """The state of one service, its log kept."""
    store, built = str(about.get("store") or ""), bool(about.get("built"))
    if container is None:
        return Ran(name, "absent", store=store, built=built)
    container.reload()
    text = logs.keep(container, log)
    state = container.attrs["State"]
    health = (state.get("Health") or {}).get("Status", "")
    code = int(state.get("ExitCode") or 0)
    status = state.get("Status")
    if status == "running" and _restarts(container) <= _CRASHES:
        label = "unhealthy" if health in ("unhealthy", "starting") else health or "running"
    elif status == "created":
        label = "absent"
    else:
        label = "done" if status == "exited" and code == 0 else "failed"
    well = label in ("healthy", "running", "done")
    host = logs.lacks_internet(text, own)
    said = "" if well else _why(state, text)
    if host:
        said = f"cherche {host}, hors d'atteinte ici"
    return Ran(name, label, code, said, store, built, offline=bool(host))  # type: ignore[arg-type]


def _why(state: Mapping[str, Any], text: str) -> str:
    if state.get("OOMKilled"):
        return "tué : plus de mémoire que la limite"
    if state.get("Error"):
        return logs.last_words(str(state["Error"]))
    return logs.last_words(text)


def own_names(services: Collection[str]) -> set[str]:
    """Hosts that are inside: not finding one is no lack of the Internet."""
    return {HELPER, PRACTICE, *(one.lower() for one in services)}


def erase(engine: Engine, place: Path, image: str) -> None:
    """Remove our folder; what a container wrote there as root, a container of ours removes."""
    shutil.rmtree(place, ignore_errors=True)
    if not place.exists():
        return
    from docker.errors import DockerException
    from requests import RequestException

    with contextlib.suppress(DockerException, RequestException):
        engine.client.containers.run(
            image,
            entrypoint=["find", "/essai", "-mindepth", "1", "-delete"],
            command=[],
            user="0:0",
            network_mode="none",
            volumes={str(place): {"bind": "/essai", "mode": "rw"}},
            remove=True,
        )
    shutil.rmtree(place, ignore_errors=True)
