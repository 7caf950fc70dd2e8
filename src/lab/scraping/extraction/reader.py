"""What every reader of fields shares: sources in order, and where each value came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lab.scraping.extraction.page import Page
from lab.scraping.extraction.schema import Node

Sources = list[tuple[str, Node]]  # [("json-ld", {…}), ("microdata", {…})], the best first
Found = Iterable[tuple[str, Any]]  # (source, value, or a function that gives it when asked)


def named(*words: str) -> str:
    """Return an XPath test: one of the element's classes, or its id, is one of `words`."""
    classes = " or ".join(f"contains(concat(' ',@class,' '),' {word} ')" for word in words)
    return f"({classes} or {' or '.join(f'@id={word!r}' for word in words)})"


class Reader:
    """Reads fields of a page and keeps in `provenance` the source that gave each."""

    def __init__(self, page: Page, sources: Sources) -> None:
        self.page, self.sources = page, sources
        self.node: Node = sources[0][1] if sources else {}
        self.provenance: dict[str, str] = {}
        spoken = page.language_of(self.node)
        self.language = spoken[1] if spoken else None
        if spoken:
            best = sources[0][0] if sources else ""
            self.provenance["language"] = best if spoken[0] == "structured" else spoken[0]
        self.zone = page.zone(self.language)

    def take(self, field: str, found: Found) -> Any:
        """Return the first value that is something, and remember its source."""
        for source, value in found:
            value = value() if callable(value) else value
            if value not in (None, "", []):
                self.provenance[field] = source
                return value
        return None

    def nodes(self, read: Callable[[Node], Any]) -> list[tuple[str, Any]]:
        """Return what each structured source says."""
        return [(source, read(node)) for source, node in self.sources]
