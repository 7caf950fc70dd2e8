"""The links that a spider yields: without session numbers, and never into an endless family."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy import Request, signals

from lab.scraping.middlewares.addresses import without_session
from lab.scraping.middlewares.base import Guard, count, ignore
from lab.scraping.middlewares.endless import FROM, Families, Family, family_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)


class LinkGuard(Guard):
    """Takes session numbers out of links, and drops those of an endless family to itself.

    A family is endless once ``LAB_TRAP_PAGES`` of its pages gave nothing: no item, and no page of
    another family; each gain allows ten pages more. Requests of ``start()`` and links between
    families are never dropped. A site that insists on its session redirects to it: that redirect
    is followed. ``LAB_SESSION_PARAMETERS`` adds names of session parameters. Stats:
    ``lab/sessions`` (links cleaned), ``lab/traps/endless`` (links dropped), ``lab/traps/families``.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        names = crawler.settings.getlist("LAB_SESSION_PARAMETERS")
        self._own = frozenset(name.lower() for name in names)
        self._families = Families.of(crawler)
        crawler.signals.connect(self._on_dropped, signals.request_dropped)

    def _on_dropped(self, request: Request) -> None:
        # Seen before: nothing new.
        name = request.meta.get(FROM)
        if name is None:
            return
        parent = self._families.get(name)
        if parent is not self._families.get(family_of(request.url)):
            parent.pending = max(0, parent.pending - 1)

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Pass everything on but the links of a trap."""
        families = self._families
        family = families.get(family_of(response.url))
        name = response.meta.get(FROM)
        families.read(family, None if name is None else families.get(name))
        async for one in result:
            if not isinstance(one, Request):
                family.gains += 1
                yield one
                continue
            request = self._cleaned(one)
            if self._allows(families.get(family.name), request):
                yield request

    def _cleaned(self, request: Request) -> Request:
        cleaned = without_session(request.url, self._own)
        if cleaned == request.url or request.method != "GET":
            return request
        assert self.crawler.stats is not None  # noqa: S101
        self.crawler.stats.inc_value("lab/sessions")
        return request.replace(url=cleaned)

    def _allows(self, family: Family, request: Request) -> bool:
        request.meta[FROM] = family.name
        if self._families.get(family_of(request.url)) is not family:
            family.pending += 1
            return True
        if not self._families.endless(family):
            return True
        _refuse(self.crawler, family, request)
        return False


class EndlessRequests(Guard):
    """Gives up, when their turn comes, the links that a trap had time to give."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._families = Families.of(crawler)

    def process_request(self, request: Request) -> None:
        """Let other requests through; raises IgnoreRequest."""
        name = request.meta.get(FROM)
        if name is None:
            return
        family = self._families.get(name)
        if not self._families.endless(family):
            return
        if self._families.get(family_of(request.url)) is family:
            _refuse(self.crawler, family, request)
            ignore("piège : cette famille d’adresses ne mène qu’à elle-même")


def _refuse(crawler: Crawler, family: Family, request: Request) -> None:
    if not family.told:
        family.told = True
        assert crawler.stats is not None  # noqa: S101
        crawler.stats.inc_value("lab/traps/families")
        logger.warning(
            "Piège probable : les adresses comme %s mènent sans fin les unes aux autres "
            "(%d pages lues pour %d trouvailles) ; leurs liens ne sont plus suivis.",
            request.url, family.pages, family.gains,
        )  # fmt: skip
    count(crawler, "lab/traps/endless", "piège", request.url, family.name)
