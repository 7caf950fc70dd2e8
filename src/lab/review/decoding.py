"""Text as students' machines write it: BOMs, UTF-16, cp1252, conflict markers."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONFLICT = re.compile(r"^(<{7} |={7}$|>{7} )")
_SAMPLE = 20_000  # bytes from which an unknown encoding is guessed: it is slow


@dataclass(frozen=True)
class Text:
    """`content`; the encoding found; whether git's conflict markers were left in."""

    content: str
    encoding: str
    conflict: int = 0  # line of the first marker, from 1


def is_binary(data: bytes) -> bool:
    """A NUL byte in the first block, as git judges, unless a BOM announces UTF-16."""
    return not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0" in data[:8000]


def decode(data: bytes) -> Text:
    """Return the text whatever its bytes are; markers become blank lines, both sides stay."""
    content, encoding = _decode(data)
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    conflict = 0
    if "<<<<<<< " in content:
        lines = content.split("\n")
        marked = [position for position, line in enumerate(lines) if _CONFLICT.match(line)]
        if any(lines[position].startswith("<<<<<<< ") for position in marked):
            conflict = marked[0] + 1
            for position in marked:
                lines[position] = ""
            content = "\n".join(lines)
    return Text(content, encoding, conflict)


def _decode(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding.removesuffix("-sig")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    # Windows in France writes cp1252; the guess is only trusted when it says another thing surely.
    guess = from_bytes(data[:_SAMPLE]).best()
    western = guess is None or guess.encoding.startswith(("cp125", "iso8859", "latin", "mac"))
    encoding = "cp1252" if western or guess is None else guess.encoding
    return data.decode(encoding, "replace"), encoding
