"""Creates the MongoDB user of the local server, which has no "localhost exception".

The server accepts users only while it runs without `--auth`; it is therefore started once, on a
port that nobody knows and on an empty (or the student's own) data folder, for the time of one
command, before the supervised server ever starts.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import ServiceFailed
from lab.runtimes.local.configuration import base_environment
from lab.runtimes.local.ports import any_free
from lab.settings import LOOPBACK, USER, Paths, write_private


def ensure_user(paths: Paths, data: Path, password: str) -> None:
    """Make sure that `lab` may log in with `password`; instant when that is already so.

    The server must not be running on `data`. Raises ServiceFailed when it does not start.
    """
    mark = data.with_name(f"{data.name}.user")
    fingerprint = hashlib.sha256(password.encode()).hexdigest()
    if data.is_dir() and mark.exists() and mark.read_text() == fingerprint:
        return
    data.mkdir(mode=0o700, exist_ok=True)
    from pymongo import MongoClient
    from pymongo.errors import OperationFailure

    with _open_server(paths, data) as port:
        client: MongoClient[dict[str, object]] = MongoClient(
            LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=10_000
        )
        with client:
            try:
                client.admin.command("createUser", USER, pwd=password, roles=["root"])
            except OperationFailure:  # it exists: the password was made anew
                client.admin.command("updateUser", USER, pwd=password)
    write_private(mark, fingerprint)


@contextmanager
def _open_server(paths: Paths, data: Path) -> Iterator[int]:
    port = any_free(())
    program = Path(sys.executable).parent / "secantusd-py"
    empty = paths.run / "secantusd.toml"
    command = [program, "--host", LOOPBACK, "--port", port, "--storage-path", data]
    with (paths.logs / "mongo.log").open("ab") as log:
        process = subprocess.Popen(
            [str(word) for word in [*command, "--config", empty, "--cache-size", "64M"]],
            env={**os.environ, **base_environment(paths)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 20
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServiceFailed(
                    "MongoDB (serveur local) n'a pas démarré.", hint="./lab logs mongo"
                )
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
