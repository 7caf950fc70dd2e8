"""A small crawl in its own process: ``python guarded.py '{"start": [...], …}'`` prints JSON.

The keys: `start` (addresses), `follow` (a regular expression of links to follow, "" for none),
`items` (a CSS selector: one item for each page that has it), `settings`. What is printed:
`pages` ([address, status, text of the <h1>]), `lost` ([address, why]), `received` ([address,
seconds since the start] of each answer, in order), `stats`, `memory` (bytes, the process's largest
resident size).
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Request, Response, TextResponse
from scrapy.linkextractors import LinkExtractor

JOB = json.loads(sys.argv[1]) if __name__ == "__main__" else {}
DONE: dict[str, Any] = {"pages": [], "lost": [], "received": []}
START = time.monotonic()


class Guarded(scrapy.Spider):
    name = "guarded"

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Guarded:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.received, signals.headers_received)
        return spider

    def received(self, headers: Any, body_length: Any, request: Request, spider: Any) -> None:
        DONE["received"].append([request.url, time.monotonic() - START])

    async def start(self) -> AsyncIterator[Request]:
        for rank, url in enumerate(JOB["start"]):
            yield Request(url, callback=self.parse, errback=self.lost, priority=-rank)

    def parse(self, response: Response) -> Iterator[Any]:
        text = isinstance(response, TextResponse)
        title = response.css("h1::text").get() if text else None
        DONE["pages"].append([response.url, response.status, title])
        if text and JOB.get("items") and response.css(JOB["items"]):
            yield {"url": response.url}
        if text and JOB.get("follow"):
            for link in LinkExtractor(allow=JOB["follow"]).extract_links(response):
                yield Request(link.url, callback=self.parse, errback=self.lost)

    def lost(self, failure: Any) -> None:
        DONE["lost"].append([failure.request.url, str(failure.value)])


def main() -> None:
    process = AsyncCrawlerProcess(
        {
            "ADDONS": {"lab.scraping.middlewares.LabGuards": 200},
            "LOG_LEVEL": "ERROR",
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
            "DOWNLOAD_MAXSIZE": 10 * 1024 * 1024,
            **JOB.get("settings", {}),
        }
    )
    crawler = process.create_crawler(Guarded)
    process.crawl(crawler)
    process.start()
    DONE["stats"] = crawler.stats.get_stats()
    DONE["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(DONE, default=str))


if __name__ == "__main__":
    main()
