"""A Scrapy extension that writes how the crawl goes, one JSON line every half second.

Each line: ``{"pages", "items", "stored": {store: n}, "pending": {store: n}, "errors",
"elapsed"}``; the last one adds ``"reason"`` (Scrapy's finish reason,
or ``store_unavailable``), ``"duplicates"`` and
``"unavailable": {store: error}``. Counts are items, `elapsed` seconds.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call

from lab.scraping.config import CONFIG, UNAVAILABLE

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Spider
    from scrapy.crawler import Crawler

INTERVAL = 0.5
# What counts as an error: pages that could not be had or understood, items not stored.
ERRORS = (
    "spider_exceptions/count",
    "lab/pages/failed",
    "httperror/response_ignored_count",
    "lab/items/invalid",
)
LOST = ("refused", "dead_letters", "lost")


class ProgressReport:
    """Appends to the file named by ``LAB_PROGRESS_FILE``; see the module."""

    def __init__(self, crawler: Crawler) -> None:
        path = crawler.settings.get("LAB_PROGRESS_FILE")
        if not path:
            raise NotConfigured
        self._crawler, self._path = crawler, Path(path)
        self._stores: tuple[str, ...] = crawler.settings[CONFIG].stores
        self._start, self._reason = time.monotonic(), ""
        self._loop = create_looping_call(self._write)
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)
        # Whichever comes last writes the last line: see `lab.scraping.closing`.
        crawler.signals.connect(self._finished, signals.feed_exporter_closed)
        crawler.signals.connect(self._finished, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy; absent without a file."""
        return cls(crawler)

    def snapshot(self) -> dict[str, Any]:
        """Return the counts of this moment."""
        get = self._crawler.stats.get_value
        items = get("lab/items/valid", 0)
        stored = {store: get(f"lab/{store}/stored", 0) for store in self._stores}
        lost = {s: sum(get(f"lab/{s}/{what}", 0) for what in LOST) for s in self._stores}
        pending = {store: get(f"lab/{store}/pending", 0) for store in self._stores}
        if "s3" in pending:  # filled by the feed export, which has no queue of ours
            pending["s3"] = max(0, items - stored["s3"] - lost["s3"])
        return {
            "pages": get("lab/pages", 0),
            "items": items,
            "stored": stored,
            "pending": pending,
            "errors": sum(get(name, 0) for name in ERRORS) + sum(lost.values()),
            "elapsed": round(time.monotonic() - self._start, 3),
        }

    def _opened(self, spider: Spider) -> None:
        self._loop.start(INTERVAL, now=True)

    def _closed(self, spider: Spider, reason: str) -> None:
        if self._loop.running:
            self._loop.stop()
        self._reason = reason
        self._write()  # a crawl closed while it opens never reaches `engine_stopped`

    def _finished(self) -> None:
        if self._reason:
            self._write()

    def _write(self) -> None:
        line = self.snapshot()
        if self._reason:
            get = self._crawler.stats.get_value
            down = {store: get(f"lab/{store}/unavailable") for store in self._stores}
            # A store can also be given up while the last batches are flushed, once Scrapy has
            # already written down why the crawl ended.
            line["reason"] = UNAVAILABLE if any(down.values()) else self._reason
            line["duplicates"] = get("lab/items/duplicate", 0)
            unkept = {store: get(f"lab/{store}/lost", 0) for store in self._stores}
            line["lost"] = {store: count for store, count in unkept.items() if count}
            line["unavailable"] = {store: error for store, error in down.items() if error}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
