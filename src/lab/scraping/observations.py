"""What is noted during a crawl beside Scrapy's stats: coverage, latencies, examples of errors.

Plain counters, because they are touched by every page and every item: a page costs one
bisection, an item about 1 µs. `lab.scraping.progress` writes them into its lines.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

from lab.scraping import redact
from lab.scraping.coverage import Coverage

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

# Upper bounds of the latency classes, in seconds, about five per decade; one more class above.
LATENCIES = (
    *(0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.02, 0.03, 0.05, 0.07),
    *(0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 30.0),
)
PER_KIND, KINDS, LENGTH = 5, 30, 300  # examples kept, kinds of errors, characters of each text


class Examples:
    """A few addresses for each kind of error, the first ones that came."""

    def __init__(self) -> None:
        self._kept: dict[str, list[list[str]]] = {}
        self._news: dict[str, list[list[str]]] = {}

    def add(self, kind: str, url: str, detail: str = "") -> None:
        """Keep this address if there is room; its secrets are hidden, its length bounded."""
        kept = self._kept.get(kind)
        if kept is None:
            if len(self._kept) >= KINDS:
                return
            kept = self._kept[kind] = []
        if len(kept) < PER_KIND:
            one = [redact.address(url)[:LENGTH], detail[:LENGTH]]
            kept.append(one)
            self._news.setdefault(kind, []).append(one)

    def once(self, kind: str, url: str, detail: str = "") -> None:
        """As `add`, unless this very address is kept already."""
        if not any(kept[0] == redact.address(url)[:LENGTH] for kept in self._kept.get(kind, ())):
            self.add(kind, url, detail)

    def news(self) -> dict[str, list[list[str]]]:
        """Return the examples that came since the last call: ``{kind: [[url, detail]]}``."""
        news, self._news = self._news, {}
        return news


class Observations:
    """The notes of one crawl, shared by the components of its crawler."""

    _of: ClassVar[WeakKeyDictionary[Crawler, Observations]] = WeakKeyDictionary()

    def __init__(self) -> None:
        self.coverage = Coverage()
        self.examples = Examples()
        self.latencies = [0] * (len(LATENCIES) + 1)

    @classmethod
    def of(cls, crawler: Crawler) -> Observations:
        """Return the notes of a crawler, the same object each time."""
        try:
            return cls._of[crawler]
        except KeyError:
            return cls._of.setdefault(crawler, cls())

    def latency(self, seconds: float) -> None:
        """Count one download."""
        self.latencies[bisect_left(LATENCIES, seconds)] += 1
