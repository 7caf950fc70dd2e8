"""Ctrl-C while a crawl is closing must not cut its last writes.

Scrapy 2.19's `ExecutionEngine.close_spider_async`, called while the spider is closing already,
waits for the requests in progress only, and the reactor then stops before the pipelines and
the feed exports have finished: what was queued would be neither stored nor a dead letter.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.utils.defer import deferred_from_coro

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred

TICK = 0.05  # seconds between two looks


class FinishClosing:
    """Holds the reactor's shutdown until the spider is really closed.

    The wait is bounded by the deadlines of the stores; a second Ctrl-C does not shorten it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self._opened, signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy."""
        return cls(crawler)

    def _opened(self) -> None:
        from twisted.internet import reactor  # exists only once Scrapy installed its own

        reactor.addSystemEventTrigger("before", "shutdown", self._hold)  # type: ignore[arg-type]

    def _hold(self) -> Deferred[None]:
        return deferred_from_coro(self._until_closed())

    async def _until_closed(self) -> None:
        while self._crawler.engine.spider is not None:  # noqa: ASYNC110  no signal says it
            await asyncio.sleep(TICK)
