"""What the guards share: counting what they refuse, where the report looks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import IgnoreRequest

from lab.scraping.observations import Observations

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler


class Guard:
    """A middleware that refuses pages."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy."""
        return cls(crawler)


def count(crawler: Crawler, stat: str, kind: str, url: str, why: str) -> None:
    """Count a refused page in `stat`, and keep its address as an example of `kind`."""
    assert crawler.stats is not None  # noqa: S101  set before any middleware is built
    crawler.stats.inc_value(stat)
    Observations.of(crawler).examples.add(kind, url, why)


def again(crawler: Crawler, request: Request, reason: str) -> Request | None:
    """Return the same request to be sent again, None when ``RETRY_TIMES`` is used up."""
    assert crawler.spider is not None  # noqa: S101  there is a page, hence a spider
    if request.meta.get("dont_retry"):
        return None
    return get_retry_request(
        request,
        spider=crawler.spider,
        reason=reason,
        priority_adjust=request.meta.get("priority_adjust"),
    )


def ignore(reason: str) -> NoReturn:
    """Give a page up: raises IgnoreRequest, which reaches the request's errback."""
    raise IgnoreRequest(reason)
