"""Compressed bodies that lie: broken streams are retried, bombs are counted.

Scrapy decompresses piece by piece and stops at ``DOWNLOAD_MAXSIZE``, so that a bomb costs no
more memory than the largest page allowed. Two things are added: an unreadable stream is a
failure to retry (Scrapy lets the error through), and so is a gzip stream that ends too early
(Scrapy takes what there is for a page).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest

from lab.scraping.middlewares.base import again, count, ignore

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_PIECE = 65_536


def is_cut(packed: bytes, length: int) -> bool:
    """Tell whether a gzip stream (RFC 1952), `length` bytes once open, ends too early."""
    if len(packed) < 18 or int.from_bytes(packed[-4:], "little") == length % 2**32:
        return len(packed) < 18
    # Several streams one after the other are allowed, and the last size is then its own: look.
    stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
    rest = packed
    while rest:
        try:
            stream.decompress(rest, _PIECE)
        except zlib.error:
            return True
        rest = stream.unconsumed_tail
        if stream.eof:
            rest = stream.unused_data.lstrip(b"\0")
            if not rest.startswith(b"\x1f\x8b"):
                return False
            stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
    return True


class SafeDecompression(HttpCompressionMiddleware):
    """Stats: ``lab/traps/too_large`` (bombs and huge pages), ``lab/pages/broken`` (retried)."""

    crawler: Crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy."""
        made = super().from_crawler(crawler)
        made.crawler = crawler
        return made

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        """Decompress."""
        encodings = b",".join(response.headers.getlist("Content-Encoding")).strip().lower()
        if not encodings:
            return response
        too_large = ""
        try:
            opened = super().process_response(request, response)
        except IgnoreRequest as error:
            too_large = str(error)
        except (OSError, EOFError, ValueError, RuntimeError, zlib.error, struct.error) as error:
            return self._broken(request, f"compression illisible ({type(error).__name__})")
        if too_large:
            # A new error, raised out of the `except`: the first one's traceback holds the ten
            # mebibytes already opened, until some later garbage collection.
            self._too_large(request, too_large)
            ignore(too_large)
        gzipped = encodings in (b"gzip", b"x-gzip") and request.method != "HEAD"
        if gzipped and is_cut(response.body, len(opened.body)):
            return self._broken(request, "gzip tronqué")
        return opened

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Count what Scrapy refused for its size before any decompression."""
        if isinstance(exception, DownloadCancelledError):
            self._too_large(request, str(exception))

    def _too_large(self, request: Request, why: str) -> None:
        count(self.crawler, "lab/traps/too_large", "trop grosse", request.url, why)

    def _broken(self, request: Request, reason: str) -> Request:
        count(self.crawler, "lab/pages/broken", "illisible", request.url, reason)
        return again(self.crawler, request, reason) or ignore(reason)
