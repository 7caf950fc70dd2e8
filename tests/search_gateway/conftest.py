"""A real gateway in front of a real engine, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from elasticsearch import Elasticsearch

PASSWORD = "mot-de-passe-d-essai"
MODULE = "lab.runtimes.search_gateway"


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for a condition; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.02)


class GatewayProcess:
    """One gateway process on one data directory; restartable."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.data = folder / "données"
        self.options = options
        self.password_file = folder / "mot_de_passe"
        if not self.password_file.exists():
            self.password_file.touch(0o600)
            self.password_file.write_text(PASSWORD)
        self.log = folder / "log"
        self.process: subprocess.Popen[str] | None = None
        self.url = ""
        self.children: list[psutil.Process] = []

    def command(self) -> list[str]:
        given = ["--data-dir", str(self.data), "--password-file", str(self.password_file)]
        return [sys.executable, "-m", MODULE, "--port", "0", *given, *self.options]

    def start(self, *, wait: bool = True, **popen: Any) -> GatewayProcess:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=subprocess.PIPE, stderr=log, text=True, **popen
            )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), self.log.read_text()
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self) -> None:
        def healthy() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                return self.get("/_cluster/health").status_code == 200
            return False

        until(healthy, 30)
        self.children = psutil.Process(self.pid).children(recursive=True)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def engine_pid(self) -> int:
        """The oldest osmem: a compaction tries its metadata on a second, short-lived one."""
        found = [
            child
            for child in psutil.Process(self.pid).children()
            if _runs(child) and "osmem" in child.name()
        ]
        return min(found, key=lambda child: child.create_time()).pid

    def get(self, path: str, **given: Any) -> httpx.Response:
        return httpx.get(self.url + path, auth=("elastic", PASSWORD), timeout=20, **given)

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        auth = ("elastic", PASSWORD)
        return httpx.request(method, self.url + path, auth=auth, timeout=30, **given)

    def client(self, **given: Any) -> Elasticsearch:
        given = {"request_timeout": 30, **given}
        return Elasticsearch(self.url, basic_auth=("elastic", PASSWORD), **given)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._close()

    def stop(self) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self._close()
        return code

    def _close(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.stdout.close()

    def gone(self) -> bool:
        """True when no child of the last life is left."""
        return not any(_runs(child) for child in self.children)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


Maker = Callable[..., GatewayProcess]


@pytest.fixture
def make_gateway(tmp_path: Path) -> Iterator[Maker]:
    """A factory of gateways that are all gone at the end of the test."""
    made: list[GatewayProcess] = []

    def make(*options: str, folder: str = "passerelle à l'essai") -> GatewayProcess:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        made.append(GatewayProcess(place, *options))
        return made[-1]

    yield make
    for one in made:
        if one.process is not None and one.process.poll() is None:
            os.kill(one.process.pid, signal.SIGKILL)
            one.process.wait()
        if one.process is not None and one.process.stdout is not None:
            one.process.stdout.close()
        until(one.gone, 5)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One running gateway for a whole module of tests that do not kill it."""
    one = GatewayProcess(tmp_path_factory.mktemp("gateway")).start()
    yield one
    assert one.stop() == 0
    until(one.gone, 3)


@pytest.fixture
def es(gateway: GatewayProcess) -> Iterator[Elasticsearch]:
    """The official client, on the module's gateway."""
    with gateway.client() as client:
        yield client
