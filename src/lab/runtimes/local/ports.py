"""Which port each service gets: the one it had, else its default, else any free one."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from lab.catalogue import Instance, Service
from lab.runtimes.base import Report
from lab.settings import LOOPBACK

# The object store's worker looks for the administration gRPC here, whatever it is told.
ADMIN_GRPC_OFFSET = 10_000
TURN = 30.0  # seconds to wait for one's turn, at most
LISTENING = 10.0  # seconds for the servers to take their ports, at most


def is_free(port: int) -> bool:
    """Can a server bind this port on the loopback address now?"""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port in TIME_WAIT is free, one that listens is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def any_free(taken: Iterable[int], offset: int = 0) -> int:
    """A free port (and free + `offset` when given) that is not in `taken`."""
    avoided = set(taken)
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        pair = {port, port + offset}
        if not pair & avoided and (
            not offset or (port + offset < 65536 and is_free(port + offset))
        ):
            return port


def owner(port: int) -> str:
    """Who listens on `port`: "name (pid N)", or "un autre programme" when the system hides it."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status != psutil.CONN_LISTEN or not connection.laddr:
                continue
            if connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return "un autre programme"
    return "un autre programme"


@contextmanager
def turn(report: Report) -> Iterator[None]:
    """One lab of this machine at a time chooses its ports and takes them.

    Two labs that start in the same second would choose the same ones. Nobody is stopped by a
    neighbour that hangs: after `TURN` seconds, or without a common folder, one goes without, and
    says so.
    """
    path = Path(tempfile.gettempdir()) / "lab-ports.lock"
    try:
        lock = _open_shared(path)
    except OSError as error:
        report(f"ports choisis sans verrou commun ({path} : {error.strerror})")
        yield
        return
    try:
        if not _locked(lock):
            report("en attente d'un autre laboratoire de cette machine, qui choisit ses ports")
            end, got = time.monotonic() + TURN, False
            while time.monotonic() < end and not (got := _locked(lock)):
                time.sleep(0.1)
            if not got:
                report(f"ports choisis sans attendre davantage (plus de {TURN:.0f} s)")
        yield
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    """Take the lock now, or tell that it cannot be had (a neighbour, a folder without locks)."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _open_shared(path: Path) -> int:
    """Open a file that all the users of the machine lock, whoever made it."""
    try:
        return os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)


def until_taken(instances: Iterable[Instance]) -> None:
    """Wait until the servers listen on their main ports, or `LISTENING` seconds."""
    end = time.monotonic() + LISTENING
    left = [instance.port for instance in instances]
    while left and time.monotonic() < end:
        left = [port for port in left if is_free(port)]
        if left:
            time.sleep(0.05)


def allocate(
    services: Iterable[Service], known: Mapping[str, Mapping[str, int]], kept: Iterable[str]
) -> dict[str, Instance]:
    """Ports for `services`. `known`: ports of the last time; `kept`: services that run already,
    whose ports are theirs."""
    keep = set(kept)
    taken = {port for name in keep for port in known.get(name, {}).values()}
    instances: dict[str, Instance] = {}
    for service in services:
        before = known.get(service.name, {})
        if service.name in keep:
            got = dict(before)
        else:
            got = _choose(service, before, taken)
            taken |= set(got.values())
        main = got["main"]
        rest = {key: value for key, value in got.items() if key != "main"}
        instances[service.name] = Instance(service, main, rest)
    return instances


def _choose(service: Service, before: Mapping[str, int], taken: set[int]) -> dict[str, int]:
    got: dict[str, int] = {}
    mine = set(taken)
    for key, default in (("main", service.port), *service.ports):
        if key == "admin_grpc":
            got[key] = got["admin"] + ADMIN_GRPC_OFFSET
            continue
        offset = ADMIN_GRPC_OFFSET if key == "admin" else 0
        # The default comes first: a lab that had to move goes home when the port is free again.
        wished = [port for port in (default, before.get(key, 0)) if port]
        free = (p for p in wished if p not in mine and is_free(p) and is_free(p + offset))
        got[key] = next(free, 0) or any_free(mine, offset)
        mine |= {got[key], got[key] + offset}
    return got
