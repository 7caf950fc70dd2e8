"""robots.txt, as RFC 9309 says when it cannot be had.

Section 2.3.1.3: a status of 400 to 499 means that there are no rules. Section 2.3.1.4: a server
error, or no answer at all, means that everything is forbidden. Scrapy reads the body whatever
the status, and allows everything when there is no answer.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.misc import build_from_crawler
from twisted.internet.defer import Deferred

from lab.scraping.middlewares.base import count

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

logger = logging.getLogger(__name__)

_NOTHING = b"User-agent: *\nDisallow: /\n"


class CarefulRobots(RobotsTxtMiddleware):
    """Stays away from a host whose robots.txt is out of order. Stat: ``lab/traps/no_robots``."""

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if 400 <= response.status < 500:
            response = response.replace(body=b"")
        elif response.status >= 500:
            self._tell(netloc, f"statut {response.status}")
            response = response.replace(body=_NOTHING)
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if isinstance(exc, IgnoreRequest):
            super()._robots_error(exc, netloc)
            return
        self._tell(netloc, type(exc).__name__)
        waiting = self._parsers[netloc]
        parser = build_from_crawler(self._parserimpl, self.crawler, _NOTHING)
        self._parsers[netloc] = parser
        if isinstance(waiting, Deferred):
            waiting.callback(parser)

    def _tell(self, netloc: str, why: str) -> None:
        count(self.crawler, "lab/traps/no_robots", "robots.txt", netloc, why)
        logger.warning(
            "robots.txt de %s illisible (%s) : par prudence, aucune page n’y sera lue.",
            netloc, why,
        )  # fmt: skip
