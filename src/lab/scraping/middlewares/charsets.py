"""Read a text as it is written, when its bytes contradict the encoding it declares.

Scrapy follows the header, as browsers do: a page in latin-1 that says UTF-8 loses its accents
(U+FFFD), a page in UTF-8 that says latin-1 shows « Ã© ».
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from charset_normalizer import from_bytes
from scrapy.http import TextResponse
from w3lib.encoding import html_body_declared_encoding, resolve_encoding

from lab.scraping.middlewares.base import Guard, count

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

# Candidates when neither UTF-8 nor the page's own words are right, most common on the Web first.
CANDIDATES = [
    *("cp1252", "cp1250", "cp1251", "iso8859_15", "cp1253", "cp1254", "cp1256", "koi8_r"),
    *("gb18030", "big5", "euc_jp", "shift_jis", "euc_kr"),
]
SAMPLE = 50_000  # bytes looked at to guess
_WIDE = ("utf-8", "utf-16", "utf-32")


def real_encoding(body: bytes, declared: str) -> str | None:
    """Return the encoding of `body` when it is not `declared`, None when there is no doubt."""
    if body.isascii():
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None if declared != "utf-8" or _mostly_utf8(body) else _guess(body)
    # Bytes above 127 that happen to be UTF-8 are never anything else in practice.
    return None if declared.startswith(_WIDE) else "utf-8"


def _mostly_utf8(body: bytes) -> bool:
    # One broken character (a cut title, a pasted text) does not make a page latin-1.
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return broken * 4 < sum(not character.isascii() for character in text)


def _guess(body: bytes) -> str | None:
    written = resolve_encoding(html_body_declared_encoding(body) or "")
    if written and written != "utf-8":
        try:
            body.decode(written)
        except (UnicodeDecodeError, LookupError):
            pass
        else:
            return written
    best = from_bytes(body[:SAMPLE], cp_isolation=CANDIDATES).best()
    return resolve_encoding(best.encoding) if best else None


class RealCharset(Guard):
    """Gives a response its real encoding. Stat: ``lab/pages/charset`` (how many were mended)."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Mend the encoding of a text."""
        if not isinstance(response, TextResponse):
            return response
        declared = resolve_encoding(response.encoding) or response.encoding
        real = real_encoding(response.body, declared)
        if real is None or real == declared:
            return response
        why = f"dit {declared}, écrit en {real}"
        count(self.crawler, "lab/pages/charset", "encodage", response.url, why)
        return response.replace(encoding=real)
