"""A spider middleware: `start()` runs in one worker only, and new requests know their parent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any, cast

from scrapy import Request

from lab.scraping.frontier.client import START
from lab.scraping.frontier.held import LEASE, PARENT

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from lab.scraping.frontier.scheduler import FrontierScheduler


class StartOnce:
    """The right to run `start()` is a lease like a page's: if its worker dies, another runs it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy."""
        return cls(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Give what the spider starts from, if it is this worker's turn."""
        scheduler = cast("FrontierScheduler", self._crawler.engine.scheduler)
        if not await scheduler.start_is_mine():
            return
        try:
            async for thing in start:
                if isinstance(thing, Request):
                    thing.meta[PARENT] = START
                yield thing
                await scheduler.courier.room()
        except Exception:
            scheduler.start_ended()  # Scrapy reports it; the other workers must not try for ever
            raise
        scheduler.start_ended()

    def process_spider_output(self, response: Response, result: Iterable[Any]) -> Iterable[Any]:
        """Mark the new requests with the lease of their page."""
        parent = self._parent(response)
        for thing in result:
            if isinstance(thing, Request):
                thing.meta[PARENT] = parent
            yield thing

    async def process_spider_output_async(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """As above, for an asynchronous callback."""
        parent = self._parent(response)
        async for thing in result:
            if isinstance(thing, Request):
                thing.meta[PARENT] = parent
            yield thing

    @staticmethod
    def _parent(response: Response) -> bytes | None:
        return None if response.request is None else response.request.meta.get(LEASE)
