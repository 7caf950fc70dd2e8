"""Answers that go wrong on purpose, below what a normal response can do.

All of them are streams of bounded memory.  Cutting a connection needs the server's help:
``app.state.cut(client)`` is given by ``python -m lab.practice``.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from lab.practice.site.pages import HTML

MIB = 1024 * 1024
LONGEST = 120.0  # seconds: a request cannot hold the server for longer
DROP = 0.05  # seconds between two pieces of a page that drips

_HEAD = b'<!DOCTYPE html>\n<html lang="fr"><meta charset="utf-8"><title>Une page sans fin</title>\n'
_LINE = b"<p>Une ligne de plus, et encore une ligne de plus, sans fin ni raison.</p>\n"


class Cut(Response):
    """Sends `part` of a page that announces `length` bytes, then hangs up.

    Nothing at all is sent when `length` is 0.
    """

    def __init__(self, part: bytes = b"", length: int = 0) -> None:
        super().__init__(part, headers={"content-length": str(length)}, media_type=HTML)
        self._length = length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI asks."""
        if self._length:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            await send({"type": "http.response.body", "body": self.body, "more_body": True})
        hang_up: Callable[[object, bool], None] | None = getattr(scope["app"].state, "cut", None)
        if hang_up is None:
            raise ConnectionResetError("ce serveur ne sait pas couper une connexion")
        hang_up(scope["client"], self._length == 0)
        # The server must know that the client is gone before this coroutine ends, or else it
        # takes the missing end for a mistake of ours.
        while (await receive())["type"] != "http.disconnect":
            pass


def seconds(request: Request, default: float) -> float:
    """Read ``?secondes=``, between 0 and `LONGEST`; `default` when it is no number."""
    try:
        asked = float(request.query_params.get("secondes", default))
    except ValueError:
        asked = default
    return min(max(asked, 0.0), LONGEST) if asked == asked else default


def drip(body: bytes, duration: float, headers: Mapping[str, str]) -> Response:
    """Return `body` in small pieces over `duration` seconds."""
    pieces = max(2, min(len(body), int(duration / DROP)))
    size = -(-len(body) // pieces)

    async def flow() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]
            await asyncio.sleep(duration / pieces)

    return StreamingResponse(flow(), headers=dict(headers), media_type=HTML)


def huge(mebibytes: int = 11) -> Response:
    """Return a page of at least `mebibytes` MiB, written a quarter of MiB at a time."""
    block = _LINE * (MIB // 4 // len(_LINE) + 1)

    async def flow() -> AsyncIterator[bytes]:
        yield _HEAD
        for _ in range(mebibytes * 4):
            yield block

    return StreamingResponse(flow(), media_type=HTML)


# CRC-32 of `_bomb_block()` repeated 1024 times: known once and for all, tested.
BOMB_CRC = 0x27B7C7DF


@cache
def _bomb_block() -> tuple[bytes, bytes]:
    """Return (1 MiB of HTML, the same as an independent piece of a deflate stream)."""
    plain = (_LINE * (MIB // len(_LINE) + 1))[:MIB]
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return plain, squeeze.compress(plain) + squeeze.flush(zlib.Z_FULL_FLUSH)


def bomb() -> Response:
    """Return 1 GiB of HTML compressed by gzip (RFC 1952): the same piece sent 1024 times."""

    async def flow() -> AsyncIterator[bytes]:
        _, piece = _bomb_block()
        yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
        for _ in range(1024):
            yield piece
        yield b"\x03\x00" + BOMB_CRC.to_bytes(4, "little") + (1024 * MIB).to_bytes(4, "little")

    return StreamingResponse(flow(), headers={"content-encoding": "gzip"}, media_type=HTML)
