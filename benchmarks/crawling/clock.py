"""A Scrapy extension that says how long a crawl took, in wall time and in processor time."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler


class Clock:
    """From the creation of the crawler (before the stores are opened) to the end of the engine.

    `engine_stopped` comes after the pipelines and the feed exports have closed, hence after the
    last acknowledgement of the last store. Threads count in the processor time.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._path = Path(crawler.settings["BENCH_CLOCK"])
        self._crawler = crawler
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        crawler.signals.connect(self._stopped, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Clock:
        """Built by Scrapy."""
        return cls(crawler)

    def _stopped(self) -> None:
        stats: dict[str, Any] = self._crawler.stats.get_stats()
        measured = {
            "wall": time.perf_counter() - self._wall,
            "cpu": time.process_time() - self._cpu,
            "pages": stats.get("response_received_count", 0),
            "items": stats.get("item_scraped_count", 0),
            "errors": stats.get("log_count/ERROR", 0),
            "stats": {k: v for k, v in stats.items() if k.startswith("lab/")},
        }
        self._path.write_text(json.dumps(measured))
