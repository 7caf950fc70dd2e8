"""The base of spiders that are given a site's address and nothing else."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import scrapy
from scrapy import signals
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Request, Response
from scrapy.settings import BaseSettings
from w3lib.url import url_query_cleaner

from lab.errors import CrawlFailed, UnknownName
from lab.scraping import cleaning
from lab.scraping.discovery.crawldelay import CrawlDelay
from lab.scraping.discovery.finder import Finder, Robots, Taste
from lab.scraping.discovery.maps import Entry
from lab.scraping.discovery.site import Site
from lab.scraping.extraction import Extraction, extract

if TYPE_CHECKING:
    pass

logger = logging.getLogger(__name__)

BACKLOG = 500  # addresses waiting in the scheduler, beyond which no more are looked for


class SiteSpider(scrapy.Spider):
    """Arguments: ``site`` (an address), ``pages`` (how many to ask for at most), ``depuis`` (a
    date: nothing older), ``rubrique`` (one section). Subclasses give `taste` and `read`.

    Stats: ``lab/found/<step>`` (addresses by source), ``lab/kind/<kind>`` (pages by kind).
    Raises LabError for arguments that the user must mend, and, in the course of the crawl, when
    robots.txt forbids everything, when the site does not answer, when nothing was found.
    """

    custom_settings = {  # noqa: RUF012  Scrapy's own declaration
        "ROBOTSTXT_OBEY": True,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": 1.0,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
        "COOKIES_ENABLED": False,
    }

    def __init__(
        self,
        site: str | None = None,
        pages: str | int = 0,
        depuis: str | None = None,
        rubrique: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.site = Site(site, self.name)
        self.allowed_domains = [self.site.domain]
        self.rubrique = rubrique
        self.limit = self._number(pages)
        self.depuis = self._date(depuis)
        self.items_found = self.pages_read = 0
        self._seen: set[str] = set()

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Add what Scrapy does not do by itself: Crawl-delay."""
        super().update_settings(settings)
        extensions = {CrawlDelay: 500, **settings.getdict("EXTENSIONS")}
        settings.set("EXTENSIONS", extensions, priority="spider")

    taste: Taste  # what this spider looks for

    def read(self, found: Extraction, response: HtmlResponse, **known: Any) -> Iterator[Any]:
        """Yield the items of a page that was read, or requests; `known` is what they carry."""
        raise NotImplementedError

    def _number(self, written: str | int) -> int:
        if str(written).strip().isdigit():
            return int(written)
        raise UnknownName(
            f"« pages={written} » n’est pas un nombre de pages.", self._hint("pages=100")
        )

    def _date(self, written: str | None) -> datetime | None:
        try:
            return cleaning.moment(written)
        except ValueError:
            raise UnknownName(
                f"« depuis={written} » n’est pas une date.", self._hint("depuis=2026-09-01")
            ) from None

    def _hint(self, argument: str) -> str:
        return f"./lab crawl {self.name} -a site={self.site.root} -a {argument}"

    async def start(self) -> AsyncIterator[Request]:
        """Read robots.txt, then find pages as long as more are wanted."""
        robots = await self._robots()
        finder = Finder(self.site, robots, self._fetch, self.taste, self.rubrique)
        asked = 0
        async for step, entry in finder.entries():
            if not self._is_wanted(entry):
                continue
            self._count(f"lab/found/{step}")
            # What follows the reader (utm_…) is not asked for: it is the same page.
            url = url_query_cleaner(entry.url, cleaning.TRACKING, remove=True)
            yield Request(url if "?" in entry.url else entry.url, callback=self.parse_page)
            asked += 1
            if self.limit and asked >= self.limit:
                return
            await self._room()
        if not asked:
            self._nothing(finder)

    def _nothing(self, finder: Finder) -> None:
        if finder.found:
            raise CrawlFailed(
                f"Rien de plus récent que la date demandée sur {self.site.host}.",
                self._hint("depuis=2026-01-01"),
            )
        where = f" dans la rubrique « {self.rubrique} »" if self.rubrique else ""
        raise CrawlFailed(
            f"Aucune page trouvée sur {self.site.host}{where} : ni sitemap, ni flux RSS, ni liens "
            "qui ressemblent à ce que l’on cherche.",
            f"./lab crawl {self.name} -a site={self.site.root}",
        )

    async def _robots(self) -> Robots:
        """Return the rules; raises CrawlFailed when they forbid everything, or for no answer."""
        agent = str(self.settings["USER_AGENT"])
        url = urljoin(self.site.root, "/robots.txt")
        request = Request(url, meta={"dont_obey_robotstxt": True}, dont_filter=True)
        try:
            response = await self._download(request)
        except Exception as error:  # whatever the network throws is the same for the user
            raise CrawlFailed(
                f"{self.site.host} ne répond pas ({type(error).__name__}).",
                f"curl -I {self.site.url}",
            ) from None
        if response.status >= 500:
            raise CrawlFailed(
                f"{self.site.host} est en panne (statut {response.status} pour robots.txt) : "
                "par prudence, aucune page n’est lue.",
                f"curl -I {self.site.url}",
            )
        body = response.body.decode("utf-8", "replace") if response.status == 200 else ""
        robots = Robots.of(body, agent)
        if not robots.allows(self.site.url) and not robots.allows(f"{self.site.root}a"):
            raise CrawlFailed(
                f"Le fichier robots.txt de {self.site.host} interdit ce site aux robots : "
                "aucune page n’a été lue.",
                f"curl {url}",
            )
        return robots

    async def _fetch(self, url: str) -> Response | None:
        """Return a page of the site with status 200, or None. Politeness applies."""
        try:
            response = await self._download(Request(url, dont_filter=True))
        except IgnoreRequest:
            return None
        except Exception as error:  # one missing sitemap must not end the crawl
            logger.info("Pas de réponse utile pour %s (%s)", url, type(error).__name__)
            return None
        return response if response.status == 200 and self.site.has(response.url) else None

    async def _download(self, request: Request) -> Response:
        assert self.crawler.engine is not None  # noqa: S101  start() runs inside it
        return await self.crawler.engine.download_async(request)

    async def _room(self) -> None:
        """Wait until the scheduler is nearly empty, so that memory stays flat."""
        scheduler = getattr(getattr(self.crawler.engine, "_slot", None), "scheduler", None)
        if scheduler is not None and hasattr(scheduler, "__len__") and len(scheduler) > BACKLOG:
            await self.crawler.signals.wait_for(signals.scheduler_empty)

    def _is_wanted(self, entry: Entry) -> bool:
        if self.depuis and entry.date and entry.date < self.depuis:
            return False
        try:
            key = cleaning.canonical_url(entry.url)
        except ValueError:
            return False
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def parse_page(self, response: Response, **known: Any) -> Iterator[Any]:
        """Read a page, count what it is, and yield what it holds."""
        if not isinstance(response, HtmlResponse) or not self.site.has(response.url):
            self._count("lab/kind/not_a_page")
            return
        self.pages_read += 1
        found = extract(response)
        self._count(f"lab/kind/{found.kind}")
        for thing in self.read(found, response, **known):
            if not isinstance(thing, Request):
                self.items_found += 1
                for field, source in found.provenance.items():
                    self._count(f"lab/source/{field}/{source}")
            yield thing

    def closed(self, reason: str) -> None:
        """Tell the user when pages were read and none of them held what is looked for."""
        if reason == "finished" and self.pages_read and not self.items_found:
            error = CrawlFailed(
                f"{self.pages_read} pages lues sur {self.site.host}, et rien à garder parmi elles.",
                f"./lab crawl {self.name} -a site={self.site.root} -s LOG_LEVEL=DEBUG",
            )
            logger.error("Rien à garder", exc_info=error)

    def _count(self, stat: str) -> None:
        assert self.crawler.stats is not None  # noqa: S101  set before the spider runs
        self.crawler.stats.inc_value(stat)
