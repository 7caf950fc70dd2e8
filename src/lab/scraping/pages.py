"""Count pages, and stop at exactly N of them: a downloader middleware.

A page is a response handed to the spider's side (robots.txt, redirects and retried failures
are not). Stats: ``lab/pages`` and ``lab/pages/failed`` (no answer after Scrapy's retries).
Its latency, and the address of a page that failed, go to `lab.scraping.observations`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import IgnoreRequest

from lab.scraping.observations import Observations

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

PERMIT = "lab_page_permit"


def is_robots(request: Request) -> bool:
    """Tell whether a request is Scrapy's own for robots.txt, which is not a page."""
    return bool(request.meta.get("dont_obey_robotstxt")) and request.url.endswith("/robots.txt")


class PageBudget:
    """Hands out ``LAB_MAX_PAGES`` permits (0: no limit), then closes the crawl.

    A request waits for a permit; a redirect or a retry keeps the permit of its first request;
    a request that fails for good gives it back, so that exactly N pages are received when the
    site has them. Finish reason: ``closespider_pagecount``.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._limit = crawler.settings.getint("LAB_MAX_PAGES")
        self._crawler, self._seen = crawler, Observations.of(crawler)
        self._granted = self._received = 0
        self._changed = asyncio.Event()
        crawler.signals.connect(self._on_response, signals.response_received)
        crawler.signals.connect(self._on_dropped, signals.request_dropped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait for a permit; raises IgnoreRequest when the last page was received."""
        if not self._limit or is_robots(request) or request.meta.get(PERMIT):
            return
        while self._granted >= self._limit:
            if self._received >= self._limit:
                if self._crawler.settings.get("JOBDIR"):  # the next run is to fetch it
                    self._crawler.engine.crawl(request.replace(dont_filter=True))
                raise IgnoreRequest("nombre de pages demandé atteint")
            self._changed.clear()
            await self._changed.wait()
        self._granted += 1
        request.meta[PERMIT] = True

    def process_exception(self, request: Request, exception: Exception) -> None:
        """A request failed for good (Scrapy's retries are over): its permit is free again."""
        if is_robots(request):
            return
        if not isinstance(exception, IgnoreRequest):
            self._crawler.stats.inc_value("lab/pages/failed")
            kind = type(exception).__name__
            self._seen.examples.add(kind, request.url, str(exception))
        self._give_back(request)

    def _on_dropped(self, request: Request) -> None:
        self._give_back(request)

    def _give_back(self, request: Request) -> None:
        if request.meta.pop(PERMIT, False):
            self._granted -= 1
            self._changed.set()

    def _on_response(self, request: Request, response: Response) -> None:
        if is_robots(request):
            return
        self._crawler.stats.inc_value("lab/pages")
        if (latency := request.meta.get("download_latency")) is not None:
            self._seen.latency(latency)
        if response.status >= 400:
            self._seen.examples.add(f"HTTP {response.status}", response.url)
        self._received += 1
        # The permit must not travel in the meta that a spider copies to its next requests.
        request.meta.pop(PERMIT, None)
        self._changed.set()
        if self._received == self._limit:
            engine = self._crawler.engine
            closing = asyncio.ensure_future(
                engine.close_spider_async(reason="closespider_pagecount")
            )
            closing.add_done_callback(lambda task: task.cancelled() or task.exception())
