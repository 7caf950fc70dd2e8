"""Small web sites for the tests: real HTTP servers, one local address each."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Page = tuple[int, str, bytes]  # status, content type, body
HTML = "text/html; charset=utf-8"
XML = "application/xml"


class Site:
    """A server on `host`: `pages` by path, and the requests it received."""

    def __init__(self, host: str) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[float, str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((time.monotonic(), self.path, dict(self.headers)))
                status, kind, body = site.pages.get(self.path, (404, HTML, b"<h1>Absente</h1>"))
                self.send_response(status)
                if kind.startswith("http"):
                    self.send_header("Location", kind)
                elif kind:
                    self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer((host, 0), Handler)
        self.url = f"http://{host}:{self.server.server_address[1]}"

    def add(self, path: str, body: bytes | str, kind: str = HTML, status: int = 200) -> None:
        """Serve `body` at `path`."""
        self.pages[path] = (status, kind, body.encode() if isinstance(body, str) else body)

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in their order."""
        return [path for _, path, _ in self.asked]


@contextmanager
def serving(host: str) -> Iterator[Site]:
    """Run a site in a thread."""
    site = Site(host)
    thread = threading.Thread(target=site.server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()
