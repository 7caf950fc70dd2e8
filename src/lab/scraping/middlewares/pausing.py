"""Wait as long as a site asks: ``Retry-After`` (RFC 9110, section 10.2.3), 429 (RFC 6585)."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.utils.asyncio import call_later
from scrapy.utils.response import response_status_message

from lab.scraping.middlewares.base import Guard, count, ignore

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

WAITS = "lab_waits"  # how many times this request was told to come back later
SLICE = 1.0  # seconds: how often a waiting request looks whether the crawl was stopped


def asked_pause(response: Response, now: datetime) -> float | None:
    """Return the seconds that ``Retry-After`` asks to wait, never negative; None without it."""
    text = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:  # written « -0000 »: it is GMT all the same
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


class RetryAfter(Guard):
    """Pauses a download slot (a host) after a 429, or a 503 that says for how long.

    The requests that wait in the slot are held too; the refused one is sent again, at most
    ``LAB_RETRY_AFTER_TIMES`` times. A pause longer than ``LAB_RETRY_AFTER_MAX`` is not waited
    for: until it is over, every request to this host is given up. Stats: ``lab/pauses``,
    ``lab/pauses/seconds``, ``lab/traps/too_long_pause``.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._longest = settings.getfloat("LAB_RETRY_AFTER_MAX", 120.0)
        self._default = settings.getfloat("LAB_RETRY_AFTER_DEFAULT", 2.0)
        self._times = settings.getint("LAB_RETRY_AFTER_TIMES", 10)
        self._adjust = settings.getint("RETRY_PRIORITY_ADJUST")
        self._until: dict[str, float] = {}
        # Sent before Scrapy takes the next request of the slot: the pause begins in time.
        crawler.signals.connect(self._on_downloaded, signals.response_downloaded)

    def _on_downloaded(self, request: Request, response: Response) -> None:
        if response.status in (429, 503) and not request.meta.get("dont_retry"):
            pause = self._asked(response)
            if pause is not None:
                self._pause(self._key(request), pause)

    def _asked(self, response: Response) -> float | None:
        pause = asked_pause(response, datetime.now(UTC))
        # A 503 without Retry-After is an ordinary failure: Scrapy's retries deal with it.
        return self._default if pause is None and response.status == 429 else pause

    async def process_request(self, request: Request) -> None:
        """Wait until the pause of this host is over; raises IgnoreRequest when it is too long."""
        if not self._until:
            return
        key = self._key(request)
        while (left := self._until.get(key, 0.0) - time.monotonic()) > 0:
            if left > self._longest:
                url = request.url
                count(self.crawler, "lab/traps/too_long_pause", "pause trop longue", url, key)
                ignore(f"{key} demande d’attendre encore {left:.0f} secondes")
            if not self.crawler.crawling:
                ignore("la récolte s’arrête")
            await asyncio.sleep(min(left, SLICE))
        self._until.pop(key, None)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Send the request again, after the pause."""
        if response.status not in (429, 503) or request.meta.get("dont_retry"):
            return response
        pause = self._asked(response)
        if pause is None:
            return response
        waits = request.meta.get(WAITS, 0) + 1
        if pause > self._longest or waits > self._times:
            return response
        assert self.crawler.stats is not None  # noqa: S101
        self.crawler.stats.inc_value("retry/count")
        reason = response_status_message(response.status)
        self.crawler.stats.inc_value(f"retry/reason_count/{reason}")
        later = request.replace(dont_filter=True, priority=request.priority + self._adjust)
        later.meta[WAITS] = waits
        return later

    def _key(self, request: Request) -> str:
        assert self.crawler.engine is not None  # noqa: S101
        return self.crawler.engine.downloader.get_slot_key(request)

    def _pause(self, key: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        known = self._until.get(key, 0.0)
        self._until[key] = max(until, known)
        if until <= known:
            return
        assert self.crawler.engine is not None  # noqa: S101
        assert self.crawler.stats is not None  # noqa: S101
        if known < time.monotonic():
            self.crawler.stats.inc_value("lab/pauses")
            logger.info("%s demande une pause de %.0f s : on attend.", key, seconds)
        self.crawler.stats.max_value("lab/pauses/longest", round(seconds, 3))
        downloader = self.crawler.engine.downloader
        slot = downloader.slots.get(key)
        if slot is not None:
            # What is already in the slot's queue is past `process_request`: hold the queue, with
            # the very timer that Scrapy uses for DOWNLOAD_DELAY.
            if slot.latercall:
                slot.latercall.cancel()
            slot.latercall = call_later(min(seconds, self._longest), downloader._latercall, slot)
