"""An extension that keeps the ``Crawl-delay`` of robots.txt, which Scrapy reads but ignores.

Not part of RFC 9309, but many newspapers write it. The delay is a minimum: AutoThrottle or
DOWNLOAD_DELAY may ask for more. AutoThrottle also leaves alone the hosts whose pace the project
chose in DOWNLOAD_SLOTS (the practice web). Stat: ``lab/crawl_delay/<host>`` (seconds).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy import signals

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

LONGEST = 120.0  # seconds; a site that asks for more would be read in weeks: said in the log


class CrawlDelay:
    """Slows the downloader's slot of each host down to what its robots.txt asks."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._delays: dict[str, float] = {}
        self._chosen = frozenset(crawler.settings.getdict("DOWNLOAD_SLOTS"))
        crawler.signals.connect(self._parsed, signals.robots_parsed)
        crawler.signals.connect(self._reached, signals.request_reached_downloader)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy."""
        return cls(crawler)

    def _parsed(self, robotparser: Any, request: Request) -> None:
        settings = self._crawler.settings
        agent = settings["ROBOTSTXT_USER_AGENT"] or settings["USER_AGENT"]
        asked = robotparser.crawl_delay(agent)
        if not asked or asked < 0:
            return
        assert self._crawler.engine is not None  # noqa: S101  a response came
        downloader = self._crawler.engine.downloader
        slot = downloader.get_slot_key(request)
        delay = min(float(asked), LONGEST)
        self._delays[slot] = delay
        self._slow(downloader.slots.get(slot), delay)
        # Slots are thrown away when idle and made again from these settings.
        known = downloader.per_slot_settings.get(slot, {})
        downloader.per_slot_settings[slot] = {
            **known, "concurrency": 1, "jitter": 0,
            "delay": max(delay, float(known.get("delay", 0))),
        }  # fmt: skip
        assert self._crawler.stats is not None  # noqa: S101
        self._crawler.stats.set_value(f"lab/crawl_delay/{slot}", delay)
        logger.info("robots.txt de %s demande %g s entre deux pages : respecté.", slot, asked)
        if asked > LONGEST:
            logger.warning("Ramené à %g s : au-delà, mieux vaut demander au site.", LONGEST)

    def _reached(self, request: Request) -> None:
        assert self._crawler.engine is not None  # noqa: S101
        downloader = self._crawler.engine.downloader
        slot = request.meta.get("download_slot") or downloader.get_slot_key(request)
        delay = self._delays.get(slot)
        if delay is not None:
            self._slow(downloader.slots.get(slot), delay)
        if delay is not None or slot in self._chosen:
            # AutoThrottle would shorten the first, and slow the second down.
            request.meta["autothrottle_dont_adjust_delay"] = True

    @staticmethod
    def _slow(slot: Any, delay: float) -> None:
        if slot is not None and slot.delay < delay:
            slot.delay, slot.concurrency, slot.jitter = delay, 1, 0.0
