"""The osmem process, and the HTTP client that is alone in reaching it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from osmem_server import OsmemError, resolve_binary  # type: ignore[import-untyped]
from yarl import URL

from lab.runtimes.search_gateway.errors import EngineLost, StartFailure

START_SECONDS = 15.0
SOCKETS = 96
LOW_SOCKETS = 24
CONNECTIONS = 16
REQUEST_SECONDS = 600.0
_LAUNCHER = Path(__file__).with_name("namespace.py")
# A collector more eager than Go's default: this engine keeps everything in memory, on small
# machines, and what it gives back matters more than the last tenth of its speed.
_ENVIRONMENT = {"GOGC": "60"}


@dataclass(frozen=True)
class Answer:
    """What the engine answered, whole."""

    status: int
    content_type: str
    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        """Decode the body."""
        return json.loads(self.body)


def _binary() -> str:
    try:
        return str(resolve_binary())
    except OsmemError as error:
        raise StartFailure(
            "Le moteur osmem n'existe pas pour cette machine : ./lab up --docker"
        ) from error


class Engine:
    """One life of the osmem process; a new instance is made for each restart."""

    def __init__(self, *, isolate: bool = True) -> None:
        self._isolate = isolate
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None
        self._pool: deque[socket.socket] = deque()
        self._refill: asyncio.Task[None] | None = None
        self._base = ""
        self.isolated = False
        self.why_not = ""

    @property
    def pid(self) -> int:
        """Process id of the engine (0 before it starts)."""
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the process and wait for its ready line; raise StartFailure otherwise."""
        program = [_binary(), "-addr", "127.0.0.1:0", "-no-ja", "-parent-pid", str(os.getpid())]
        ours, theirs = socket.socketpair()
        command = self._launcher("run", theirs, *program) if self._isolate else program
        with ours, theirs:
            # The engine leaves when its standard input closes, that is when we die.
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                env={**os.environ, **_ENVIRONMENT},
            )
            theirs.close()
            ready = await self._ready_line(self._process.stdout)
            if self._isolate:
                self._receive(ours)
        self._base = str(ready["url"])
        connector = aiohttp.TCPConnector(
            limit=CONNECTIONS,
            keepalive_timeout=86_400.0,
            socket_factory=self._take if self.isolated else None,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS),
            auto_decompress=True,
        )

    async def _ready_line(self, output: asyncio.StreamReader | None) -> dict[str, Any]:
        try:
            async with asyncio.timeout(START_SECONDS):
                line = await output.readline() if output else b""
            ready: dict[str, Any] = json.loads(line)
        except (TimeoutError, ValueError) as error:
            await self.stop()
            raise StartFailure("Le moteur osmem n'a pas démarré.") from error
        return ready

    @staticmethod
    def _launcher(mode: str, channel: socket.socket, *rest: str) -> list[str]:
        start = [sys.executable, "-I", "-S", str(_LAUNCHER)]
        return [*start, mode, str(channel.fileno()), str(SOCKETS), *rest]

    def _receive(self, channel: socket.socket) -> None:
        """Take what the launcher sent: sockets into the namespace, or the reason of none."""
        channel.settimeout(START_SECONDS)
        message, handles, _, _ = socket.recv_fds(channel, 256, SOCKETS)
        for handle in handles:
            self._pool.append(socket.socket(fileno=handle))
        self.isolated = bool(self._pool)
        if not handles:
            self.why_not = message.decode(errors="replace").removeprefix("no ")

    def _take(self, _address: Any) -> socket.socket:
        """Give aiohttp a socket made inside the engine's namespace."""
        if len(self._pool) < LOW_SOCKETS and (self._refill is None or self._refill.done()):
            self._refill = asyncio.ensure_future(self._more_sockets())
        if not self._pool:
            raise OSError("no socket left into the engine's namespace")
        one = self._pool.popleft()
        # asyncio does it only for sockets it made itself; without it each request waits 40 ms
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return one

    async def _more_sockets(self) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            command = self._launcher("join", theirs, str(self.pid))
            helper = await asyncio.create_subprocess_exec(*command, pass_fds=(theirs.fileno(),))
            theirs.close()
            try:
                await helper.wait()
            except asyncio.CancelledError:
                with contextlib.suppress(ProcessLookupError):
                    helper.kill()
                await helper.wait()
                raise
            self._receive(ours)

    async def request(
        self, method: str, target: str, body: bytes = b"", content_type: str = "application/json"
    ) -> Answer:
        """Send one request (`target`: path and query, already quoted).

        Raises EngineLost if the engine dies or cuts the connection before it has answered.
        """
        if self._session is None or not self.alive:
            raise EngineLost("Le moteur de recherche redémarre ; recommencez dans un instant.")
        headers = {"Content-Type": content_type} if body else {}
        try:
            async with self._session.request(
                method, URL(self._base + target, encoded=True), data=body or None, headers=headers
            ) as response:
                content = await response.read()
                kind = response.headers.get("Content-Type", "")
                return Answer(response.status, kind, content, dict(response.headers))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise EngineLost(
                "Le moteur de recherche s'est interrompu pendant la requête ; recommencez."
            ) from error

    async def wait(self) -> None:
        """Return when the process has ended."""
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> None:
        """End the process (there is nothing in it to save) and close every socket."""
        if self._refill is not None:
            self._refill.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await self._refill
        if self._session is not None:
            await self._session.close()
        for one in self._pool:
            one.close()
        self._pool.clear()
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
