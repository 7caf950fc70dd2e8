"""The practice web, which remembers every request it got: what workers did, seen from outside.

    python tests/frontier/watched_web.py ARTICLES

Prints its address. ``GET /-/log`` gives `[path, begin, end]` of every request since
``GET /-/reset?pause=SECONDS``; each page then takes at least that pause. Pages of its own:
``/-/ok/N``, ``/-/redirect/N``, ``/-/missing/N``, ``/-/flaky/N`` (503 twice, then good).
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from lab.practice.__main__ import listen
from lab.practice.site.app import create_app
from lab.practice.world import World

Scope = dict[str, Any]
Asgi = Callable[[Scope, Any, Any], Awaitable[None]]


class Watched:
    def __init__(self, app: Asgi) -> None:
        self.app, self.log, self.pause = app, [], 0.0

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if path == "/-/log":
            await JSONResponse(self.log)(scope, receive, send)
        elif path == "/-/reset":
            self.log = []
            query = parse_qs(scope["query_string"].decode())
            self.pause = float(query.get("pause", ["0"])[0])
            await JSONResponse({})(scope, receive, send)
        elif scope["type"] == "http":
            await self._watch(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _watch(self, scope: Scope, receive: Any, send: Any) -> None:
        query = scope["query_string"].decode()
        host = dict(scope["headers"]).get(b"host", b"").decode().partition(":")[0]
        entry = [scope["path"] + (f"?{query}" if query else ""), time.monotonic(), None, host]
        self.log.append(entry)
        if self.pause:
            await asyncio.sleep(self.pause)
        if scope["path"].startswith("/-/"):
            response = self._special(entry[0], await _body(receive))
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)
        entry[2] = time.monotonic()

    def _special(self, path: str, body: bytes) -> Response:
        """Answer pages that fail twice before they work, redirect, or are not there."""
        _, _, kind, number = path.split("/")
        times = sum(entry[0] == path for entry in self.log)
        if kind == "redirect":
            return RedirectResponse(f"/-/ok/{number}")
        if kind == "missing":
            return PlainTextResponse("absent", 404)
        if kind == "flaky" and times < 3:
            return PlainTextResponse("pas encore", 503)
        return PlainTextResponse(body.hex())


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def main() -> None:
    listener = listen("127.0.0.1", 0)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    app = Watched(create_app(World(2026, int(sys.argv[1]), 10)))
    config = uvicorn.Config(app, access_log=False, log_level="warning", lifespan="off")
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
