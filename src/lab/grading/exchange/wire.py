"""A conversation of two processes over a socket: calls may nest, each is answered in its turn."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

from lab.grading.exchange import codec

Message = dict[str, Any]


class Closed(Exception):
    """The other side is gone."""


class Wire:
    """Messages both ways; `serve` answers the calls of the other side."""

    def __init__(self, link: socket.socket, serve: Callable[[Message], Message]) -> None:
        self.link, self.serve = link, serve

    def send(self, message: Message) -> None:
        """Raises BadValue when it is too large, Closed."""
        data = codec.dumps(message)
        try:
            self.link.sendall(struct.pack(">I", len(data)) + data)
        except OSError as error:
            raise Closed from error

    def receive(self) -> Message:
        """Raises BadValue, Closed."""
        (size,) = struct.unpack(">I", self._exactly(4))
        if size > codec.LARGEST:
            raise codec.BadValue("Le message est trop grand.")
        return codec.loads(self._exactly(size))

    def ask(self, message: Message) -> Message:
        """Send a call, serve what the other side asks meanwhile, return its answer."""
        self.send(message)
        while True:
            answer = self.receive()
            if answer.get("op") != "call":
                return answer
            self.send(self.serve(answer))

    def _exactly(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            try:
                part = self.link.recv(min(size, 2**20))
            except OSError as error:
                raise Closed from error
            if not part:
                raise Closed
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
