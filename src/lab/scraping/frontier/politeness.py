"""Each host gets one politeness, whatever the number of workers.

A request may only be claimed when its host has room (`CONCURRENT_REQUESTS_PER_DOMAIN`,
``DOWNLOAD_SLOTS``) and, with a delay (`DOWNLOAD_DELAY`, AutoThrottle, a crawl-delay), once that
delay has passed since the previous request *was sent*: the worker tells when that happened and
draws the next delay itself, so that Scrapy's own rules and jitter hold. A host is what Scrapy
calls a downloader slot. Two things escape: robots.txt, which each worker fetches once per host
(while it holds that host's turn), and what a spider downloads by itself with
`engine.download_async` (files, images).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scrapy import signals

from lab.scraping.frontier.held import LEASE

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Downloader
    from scrapy.crawler import Crawler

    from lab.scraping.frontier.courier import Courier


class Politeness:
    """Resolves a request's slot and rules, and reports what the downloader does."""

    def __init__(self, crawler: Crawler, courier: Courier) -> None:
        self._crawler, self._courier = crawler, courier
        self._told: dict[str, tuple[int, bool]] = {}
        crawler.signals.connect(self._sent, signals.request_reached_downloader)
        crawler.signals.connect(self._landed, signals.request_left_downloader)

    @property
    def _downloader(self) -> Downloader:
        downloader: Downloader = self._crawler.engine.downloader
        return downloader

    def slot(self, request: Request) -> str:
        """Return the slot of a request, its rules being announced the first time."""
        name = self._downloader.get_slot_key(request) or "-"
        if name not in self._told:
            self._tell(name, force=False)
        return name

    def _rule(self, name: str) -> tuple[int, float]:
        """Return (concurrency, delay in seconds) as Scrapy's downloader resolves them."""
        downloader = self._downloader
        slot = downloader.slots.get(name)
        if slot is not None:
            return slot.concurrency, slot.delay
        own = downloader.per_slot_settings.get(name, {})
        usual = downloader.ip_concurrency or downloader.domain_concurrency
        return int(own.get("concurrency", usual)), float(own.get("delay", downloader._delay))

    def _tell(self, name: str, *, force: bool) -> None:
        concurrency, delay = self._rule(name)
        self._told[name] = (concurrency, delay > 0)
        self._courier.announce(name, concurrency, delayed=delay > 0, force=force)

    def granted(self, request: Request) -> None:
        """The frontier kept the delay already: the local downloader must not add its own."""
        slot = self._downloader.slots.get(self._downloader.get_slot_key(request))
        if slot is not None:
            slot.lastseen = 0

    def _sent(self, request: Request) -> None:
        id_ = request.meta.get(LEASE)
        if id_ is None:
            return
        name = self._downloader.get_slot_key(request)
        slot = self._downloader.slots[name]
        if self._told.get(name) != (slot.concurrency, slot.delay > 0):
            self._tell(name, force=True)  # AutoThrottle or a crawl-delay changed it
        if slot.delay:
            # Scrapy sends it in this very step, or after its own wait for robots.txt's request.
            wait = max(0.0, slot.lastseen + slot.delay - time.monotonic())
            self._courier.sent(id_, time.monotonic() + wait, slot.download_delay())

    def _landed(self, request: Request) -> None:
        id_ = request.meta.get(LEASE)
        if id_ is not None:
            self._courier.landed(id_)
