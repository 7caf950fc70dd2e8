"""A Scrapy extension that writes how the crawl goes: one JSON line every half second at first.

The lines go to ``LAB_PROGRESS_FILE``, which `lab crawl` reads and makes a report of; a plain
``scrapy crawl`` makes its report itself (see `lab.scraping.summary.standalone`).

The fields are stable; only new ones may come. Counts are whole numbers since the beginning,
durations seconds, sizes bytes:

``pages``, ``items``, ``errors``, ``elapsed``
``stored``, ``pending``  ``{store: items}``
``lag``        ``{store: seconds}``: for how long the oldest item not yet confirmed has waited
``queue``      requests that wait in the scheduler (null when it cannot say)
``in_flight``  requests being downloaded
``status``     ``{"200": responses}``, all of them (robots.txt, redirects and retries included)
``failed``, ``retries``, ``blocked``  pages without an answer; repeated requests; block pages
``failures``   ``{exception: times}`` of downloads
``dropped``    ``{reason: items}``: ``duplicate``, ``invalid/<field>``, ``other``
``traps``      ``{kind: pages}`` that a guard refused
``odd``        ``{kind: pages}``: ``empty``, ``broken`` (unreadable), ``charset`` (mended)
``paused``     seconds of rest that the site asked for
``bytes``, ``memory``, ``cpu``  received; resident memory and processor time of the worker
``latency``    responses per class of `lab.scraping.observations.LATENCIES`
``coverage``   ``{collection: {"items": n, "fields": {field: items}}}``
``examples``   ``{kind: [[url, detail], …]}``: only those that came since the line before
``crawl``      what does not change: settings that matter, versions (first and last lines)

The last lines add ``reason`` (Scrapy's finish reason, or ``store_unavailable``), ``duplicates``,
``lost`` and ``unavailable`` (``{store: error}``). After ten minutes the lines come less often,
down to one every five seconds, so that the file of a long crawl stays small.
"""

from __future__ import annotations

import asyncio
import json
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import scrapy
from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call

from lab.errors import LabError
from lab.scraping.config import CONFIG, UNAVAILABLE
from lab.scraping.counters import SETTINGS, Lag, dropped, families, plain
from lab.scraping.observations import Observations
from lab.scraping.summary.standalone import Standalone

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

INTERVAL = 0.5
REFUSED = "refused"  # the finish reason of a crawl whose spider raised a LabError
RARELY, SHARE = 5.0, 1 / 1200  # seconds at most between two lines; of the time elapsed
# What counts as an error: pages that could not be had or understood, items not stored.
ERRORS = (
    "spider_exceptions/count",
    "lab/pages/failed",
    "httperror/response_ignored_count",
    "lab/items/invalid",
    "lab/traps/no_robots",  # a host that cannot even give its robots.txt
)
LOST = ("refused", "dead_letters", "lost")
ODD = ("empty", "broken", "charset")  # what is counted of `lab/pages/…` beside the pages


class ProgressReport:
    """Writes the lines; see the module."""

    def __init__(self, crawler: Crawler) -> None:
        path = crawler.settings.get("LAB_PROGRESS_FILE")
        self._own = None if path else Standalone.wanted(crawler)
        if not path and self._own is None:
            raise NotConfigured
        self._crawler, self._path = crawler, path
        self._stores: tuple[str, ...] = crawler.settings[CONFIG].stores
        self._start, self._reason = time.monotonic(), ""
        self._next, self._first = 0.0, True
        self._seen, self._lag = Observations.of(crawler), Lag()
        self._process = psutil.Process()
        self._loop = create_looping_call(self._tick)
        connect = crawler.signals.connect
        connect(self._opened, signals.spider_opened)
        connect(self._closed, signals.spider_closed)
        connect(self._failed, signals.spider_error)
        connect(self._dropped, signals.item_dropped)
        # Whichever comes last writes the last line: see `lab.scraping.closing`.
        connect(self._finished, signals.feed_exporter_closed)
        connect(self._finished, signals.engine_stopped)
        if self._own is not None:
            connect(self._own.keep, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy; absent without a file when no report is wanted either."""
        return cls(crawler)

    def snapshot(self) -> dict[str, Any]:
        """Return the counts of this moment."""
        stats = self._crawler.stats.get_stats()
        get = stats.get
        elapsed = round(time.monotonic() - self._start, 3)
        items = get("lab/items/valid", 0)
        stored = {store: get(f"lab/{store}/stored", 0) for store in self._stores}
        lost = {s: sum(get(f"lab/{s}/{what}", 0) for what in LOST) for s in self._stores}
        pending = {store: get(f"lab/{store}/pending", 0) for store in self._stores}
        if "s3" in pending:  # filled by the feed export, which has no queue of ours
            pending["s3"] = max(0, items - stored["s3"] - lost["s3"])
        self._lag.ready(elapsed, items)
        return {
            "pages": get("lab/pages", 0),
            "items": items,
            "stored": stored,
            "pending": pending,
            "errors": sum(get(name, 0) for name in ERRORS) + sum(lost.values()),
            "elapsed": elapsed,
            "lag": {
                s: get(f"lab/{s}/lag", self._lag.of(elapsed, stored[s] + lost[s]))
                for s in self._stores
            },
            **self._load(),
            **families(stats),
            "failed": get("lab/pages/failed", 0),
            "retries": get("retry/count", 0),
            "blocked": get("lab/pages/blocked", 0),
            "odd": {kind: n for kind in ODD if (n := get(f"lab/pages/{kind}", 0))},
            "paused": get("lab/pauses/seconds", 0),
            "dropped": dropped(stats),
            "bytes": get("downloader/response_bytes", 0),
            "latency": self._seen.latencies,
            "coverage": self._seen.coverage.counts(),
        }

    def _load(self) -> dict[str, Any]:
        """Return what the worker has on its hands."""
        engine = self._crawler._engine
        queue = self._crawler.stats.get_value("lab/frontier/queue")
        scheduler: Any = engine.scheduler if engine is not None else None
        if queue is None and hasattr(scheduler, "__len__"):
            queue = len(scheduler)
        return {
            "queue": queue,
            "in_flight": len(engine.downloader.active) if engine is not None else 0,
            "memory": self._process.memory_info().rss,
            "cpu": round(time.process_time(), 3),
        }

    def _opened(self, spider: Spider) -> None:
        self._loop.start(INTERVAL, now=True)

    def _closed(self, spider: Spider, reason: str) -> None:
        if self._loop.running:
            self._loop.stop()
        self._reason = reason
        self._write()  # a crawl closed while it opens never reaches `engine_stopped`

    def _failed(self, failure: Failure, response: Response) -> None:
        if isinstance(failure.value, LabError):  # the user must mend it (see `complaints`)
            _close(self._crawler, REFUSED)
        url = getattr(response, "url", "")
        self._seen.examples.add(f"spider/{type(failure.value).__name__}", url, str(failure.value))

    def _dropped(self, item: Any, exception: Exception) -> None:
        # A duplicate costs nothing and teaches nothing: pages are often linked from several lists.
        if getattr(exception, "log_level", None) != "DEBUG":
            url = str(getattr(item, "url", "") or "")
            self._seen.examples.add("fiche refusée", url, str(exception))

    def _finished(self) -> None:
        if self._reason:
            self._write()

    def _tick(self) -> None:
        elapsed = time.monotonic() - self._start
        if elapsed >= self._next:
            self._next = elapsed + min(RARELY, elapsed * SHARE)
            self._write()

    def _write(self) -> None:
        line = self.snapshot()
        for store in self._stores:  # the store's own words on the last item it refused
            if refusal := self._crawler.stats.get_value(f"lab/{store}/refusal"):
                url, _, why = str(refusal).partition(" : ")
                self._seen.examples.once(f"refusée par {store}", url, why)
        if examples := self._seen.examples.news():
            line["examples"] = examples
        if self._first or self._reason:
            self._first = False
            line["crawl"] = self._facts()
        if self._reason:
            line |= self._ending()
        if self._own is not None:
            self._own.add(line)
            return
        with Path(self._path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _facts(self) -> dict[str, Any]:
        settings = self._crawler.settings
        return {
            "settings": {name: plain(settings.get(name)) for name in SETTINGS}
            | {"LAB_COVERAGE": plain(settings.getdict("LAB_COVERAGE"))},
            "versions": {"scrapy": scrapy.__version__, "python": platform.python_version()},
        }

    def _ending(self) -> dict[str, Any]:
        get = self._crawler.stats.get_value
        down = {store: get(f"lab/{store}/unavailable") for store in self._stores}
        unkept = {store: get(f"lab/{store}/lost", 0) for store in self._stores}
        return {
            # A store can also be given up while the last batches are flushed, once Scrapy has
            # already written down why the crawl ended.
            "reason": UNAVAILABLE if any(down.values()) else self._reason,
            "duplicates": get("lab/items/duplicate", 0),
            "lost": {store: count for store, count in unkept.items() if count},
            "unavailable": {store: error for store, error in down.items() if error},
        }


def _close(crawler: Crawler, reason: str) -> None:
    if crawler.engine.spider is not None:
        closing = asyncio.ensure_future(crawler.engine.close_spider_async(reason=reason))
        closing.add_done_callback(lambda task: task.cancelled() or task.exception())
