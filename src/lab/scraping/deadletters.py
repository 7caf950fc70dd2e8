"""Items that could not be stored, kept until `replay` stores them.

One JSON line per item: ``{"store", "collection", "reason", "at", "document"}``, in
``<folder>/<spider>-<time>-<store>.jsonl`` (mode 0600, created at the first item); ``"dates"``
is added when texts of the document are dates (as paths: ``[["vu", 0]]``).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from lab.scraping.documents import from_stored
from lab.scraping.items import COLLECTIONS, Item, as_record, isoformat

TAKEN = ".replay"  # a file that a replay works on


class DeadLetters:
    """Appends the items one store could not take; each `add` is on disk when it returns."""

    def __init__(self, folder: Path, spider: str, store: str) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        self.store = store
        self.path = folder / f"{spider}-{stamp}-{store}.jsonl"

    def add(self, items: Iterable[Item], reason: str) -> None:
        """Append items with the reason. Raises OSError when the folder cannot be written."""
        self.add_documents(((item.collection, as_record(item)) for item in items), reason)

    def add_documents(self, documents: Iterable[tuple[str, dict[str, Any]]], reason: str) -> None:
        """Append (collection, document) pairs with the reason."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        lines = [
            json.dumps(
                {
                    "store": self.store,
                    "collection": collection,
                    "reason": reason,
                    "at": at,
                    "document": document,
                    **_dates(collection, document),
                },
                ensure_ascii=False,
                default=isoformat,
            )
            for collection, document in documents
        ]
        if not lines:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(self.path) as file:
            # A lone surrogate becomes its JSON escape: any document can be kept.
            left = memoryview(("\n".join(lines) + "\n").encode(errors="backslashreplace"))
            size = os.fstat(file.fileno()).st_size
            try:
                while left:
                    left = left[os.write(file.fileno(), left) :]
                os.fsync(file.fileno())
            except OSError:  # a full disk: no torn line, no empty file that promises something
                os.ftruncate(file.fileno(), size)
                if not size:
                    self.path.unlink()
                raise


Place = list[Any]  # keys and positions that lead to a value


def _dates(collection: str, document: dict[str, Any]) -> dict[str, list[Place]]:
    """Say where dates were: JSON has none (the classes of `COLLECTIONS` know theirs)."""
    found = [] if collection in COLLECTIONS else list(_date_paths(document, []))
    return {"dates": found} if found else {}


def _date_paths(value: Any, path: Place) -> Iterator[Place]:
    if isinstance(value, datetime):
        yield path
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _date_paths(inner, [*path, key])


def _restore(document: Any, path: Place) -> None:
    """Make a date again of the text found at `path`."""
    *parents, last = path
    for key in parents:
        document = document[key]
    document[last] = datetime.fromisoformat(document[last])


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """Open for appending, sure that a replay is not taking the file away meanwhile."""
    while True:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                yield file
                return


def take(path: Path) -> Path:
    """Rename a file so that nothing is appended to it any more; return its new path."""
    taken = path.with_name(path.name + TAKEN)
    with _locked(path):
        path.rename(taken)
    return taken


def read(path: Path) -> tuple[list[Item], list[str]]:
    """Return the items of a file, and the lines that cannot be understood."""
    items: list[Item] = []
    odd: list[str] = []
    # Not splitlines(): a scraped text may hold U+2028, a line end for it but not for JSON.
    for line in filter(None, path.read_text(encoding="utf-8", errors="replace").split("\n")):
        try:
            letter = json.loads(line)
            for place in letter.get("dates", ()):
                _restore(letter["document"], place)
            items.append(from_stored(letter["collection"], letter["document"]))
        except (ValueError, LookupError, TypeError, AttributeError):
            odd.append(line)
    return items, odd
