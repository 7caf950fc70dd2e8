"""Plan, act, wait for health, report: what `lab up`, `down` and `status` do on either engine."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab import catalogue, probes
from lab.errors import (
    ConfigurationMissing,
    DiskProblem,
    EngineConflict,
    NotRunning,
    ServiceFailed,
    UnknownName,
)
from lab.runtimes.base import Report, Runtime
from lab.runtimes.inside import MARK, InsideRuntime
from lab.settings import Paths, contract, write_private

ENGINES = ("local", "docker")
DEADLINES = {"local": 60.0, "docker": 300.0}  # seconds until every service must be healthy
NEEDED_BYTES = 300 * 2**20  # free space below which the stores would soon fail


@dataclass(frozen=True)
class Status:
    """One service as `lab status --json` shows it.

    `state`: healthy, starting, unhealthy, failed or stopped. `real`: the software the course
    names (true) or a compatible one (false).
    """

    name: str
    state: str
    url: str
    engine: str
    product: str
    real: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def runtime(paths: Paths, engine: str) -> Runtime:
    """The engine called `engine`; inside a container there is one only."""
    if os.environ.get(MARK):
        return InsideRuntime(paths)
    if engine == "local":
        from lab.runtimes.local import LocalRuntime

        return LocalRuntime(paths)
    if engine == "docker":
        from lab.runtimes.compose import ComposeRuntime

        return ComposeRuntime(paths)
    raise UnknownName(
        f"Aucun moteur ne s'appelle « {engine} » : c'est {' ou '.join(ENGINES)}.",
        hint="./lab status",
    )


def detect(paths: Paths, engine: str | None = None) -> Runtime:
    """The engine that runs, or the one asked for; the local one when none runs.

    Raises EngineConflict when both run and none is named.
    """
    if engine or os.environ.get(MARK):
        return runtime(paths, engine or "docker")
    alive = [one for one in (runtime(paths, name) for name in ENGINES) if one.up()]
    if len(alive) > 1:
        raise EngineConflict(
            "Les deux moteurs sont lancés, le local et Docker : précisez lequel.",
            hint="./lab --engine local status",
        )
    return alive[0] if alive else runtime(paths, "local")


@contextmanager
def exclusive(paths: Paths) -> Iterator[None]:
    """One command at a time changes the state of a checkout."""
    import fcntl

    with (paths.home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise EngineConflict(
                "Une autre commande lab démarre ou arrête déjà ce laboratoire.",
                hint="./lab status",
            ) from None
        yield


def up(
    engine: Runtime,
    paths: Paths,
    names: Sequence[str],
    report: Report,
    on_health: Callable[[list[Status]], None],
) -> list[Status]:
    """Start `names` and wait until all are healthy.

    Raises DiskProblem, EngineConflict, ServiceFailed or the engine's own errors. When interrupted
    or failed, an engine that this call started is stopped again: nothing half-done stays.
    """
    services = [service.name for service in catalogue.ordered(names)]
    prepare(paths)
    with exclusive(paths):
        other = runtime(paths, "docker" if engine.name == "local" else "local")
        if other.up():
            raise EngineConflict(
                f"L'autre moteur ({other.name}) est déjà lancé pour ce dossier.",
                hint=f"./lab --engine {other.name} down",
            )
        was_up = engine.up()
        try:
            engine.start(services, report)
            rows = wait(engine, services, DEADLINES[engine.name], on_health)
        except OSError as error:
            _undo(engine, was_up, report)
            raise disk_problem(paths, error) from error
        except BaseException:  # Ctrl-C included
            _undo(engine, was_up, report)
            raise
    return rows


def _undo(engine: Runtime, was_up: bool, report: Report) -> None:
    if not was_up:
        engine.stop(report)


def prepare(paths: Paths) -> None:
    """Make the lab's folders, and make sure that something can be written in them."""
    try:
        paths.ensure()
        if shutil.disk_usage(paths.home).free < NEEDED_BYTES:
            raise DiskProblem(
                f"Il reste moins de {NEEDED_BYTES // 2**20} Mo sur le disque de {paths.home}.",
                hint="./lab doctor",
            )
        write_private(paths.run / "write-test", "x" * 4096)
        (paths.run / "write-test").unlink()
    except OSError as error:
        raise disk_problem(paths, error) from error


def disk_problem(paths: Paths, error: OSError) -> DiskProblem:
    """The sentence for a file that could not be written."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskProblem(f"Le disque de {paths.home} est plein.", hint="./lab doctor")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return DiskProblem(
            f"Impossible d'écrire dans {paths.home} : le dossier est en lecture seule.",
            hint=f'LAB_HOME="$HOME/lab-donnees" {Path("./lab")} up',
        )
    return DiskProblem(f"Le disque a refusé une écriture : {error}.", hint="./lab doctor")


def wait(
    engine: Runtime,
    names: Sequence[str],
    deadline: float,
    on_health: Callable[[list[Status]], None],
) -> list[Status]:
    """Probe until every service of `names` is healthy; `on_health` sees each round.

    Raises ServiceFailed, naming the services, after `deadline` seconds or at once when the engine
    has given one up.
    """
    end = time.monotonic() + deadline
    while True:
        rows = [row for row in status(engine) if row.name in names]
        on_health(rows)
        late = [row.name for row in rows if row.state != "healthy"]
        if not late:
            return rows
        given_up = [row.name for row in rows if row.state == "failed"]
        if given_up or time.monotonic() > end:
            guilty = given_up or late
            raise ServiceFailed(
                f"Service qui ne démarre pas : {', '.join(guilty)}.",
                hint=f"./lab logs {guilty[0]}",
            )
        time.sleep(0.2)


def status(engine: Runtime) -> list[Status]:
    """State of every service of the catalogue, probed now, in parallel."""
    rows = engine.running()
    if all(row.state == "stopped" for row in rows):
        return [Status(row.name, "stopped", "", engine.name, "", False) for row in rows]
    try:
        secrets = engine.secrets()
    except (ConfigurationMissing, NotRunning):  # containers are being made
        return [Status(row.name, "starting", row.url, engine.name, "", False) for row in rows]
    endpoints = engine.endpoints()

    def look(row: Any) -> Status:
        if row.state in ("stopped", "failed"):
            return Status(row.name, row.state, row.url, engine.name, "", False)
        health = probes.probe(row.name, endpoints, secrets, row.url)
        sick = "starting" if row.state == "starting" else "unhealthy"
        state = "healthy" if health.ok else sick
        real = health.real and health.ok
        return Status(row.name, state, row.url, engine.name, health.product, real)

    with ThreadPoolExecutor(max_workers=len(rows)) as pool:
        return list(pool.map(look, rows))


def environment(engine: Runtime, paths: Paths) -> dict[str, str]:
    """The environment contract of the running engine, for this machine's terminal.

    Raises NotRunning when the engine is down.
    """
    if not engine.up():
        raise NotRunning("Le laboratoire n'est pas lancé.", hint="./lab up")
    if isinstance(engine, InsideRuntime):
        return engine.contract()
    bundle = paths.run / "ca-bundle.pem"
    if engine.name == "docker":
        bundle = _docker_bundle(engine, paths)
    return contract(
        engine.endpoints(),
        engine.secrets(),
        files=paths.workspace,
        tmp=paths.tmp,
        ca_bundle=bundle,
    )


def _docker_bundle(engine: Any, paths: Paths) -> Path:
    from lab import certificates

    paths.ensure()
    authority = paths.run / "docker-ca.pem"
    write_private(authority, engine.authority())
    return certificates.write_bundle(authority, paths.run / "docker-ca-bundle.pem")


def child_environment(engine: Runtime, paths: Paths) -> dict[str, str]:
    """The contract plus what marks and locates the lab, for a program of ours."""
    from lab.runtimes.local.configuration import base_environment

    return {**os.environ, **base_environment(paths), **environment(engine, paths)}
