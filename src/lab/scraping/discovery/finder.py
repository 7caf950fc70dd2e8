"""The four steps that find a site's pages, each taken only while the caller wants more."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from protego import Protego
from scrapy.http import HtmlResponse, TextResponse
from scrapy.utils.response import get_base_url

from lab.scraping.discovery import maps
from lab.scraping.discovery.maps import Entry
from lab.scraping.discovery.site import Site, seems_article, seems_product, seems_section, segments
from lab.scraping.extraction.dates import zone_of

if TYPE_CHECKING:
    from scrapy.http import Response

logger = logging.getLogger(__name__)

Fetch = Callable[[str], Awaitable["Response | None"]]

MOST_SITEMAPS = 500  # files read in one crawl
DEEPEST = 3  # an index inside an index inside an index
MOST_SECTIONS = 300  # list pages read in one crawl
USUAL_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/sitemap-news.xml", "/news-sitemap.xml")
USUAL_FEEDS = (
    "/feed/", "/rss.xml", "/rss", "/feed.xml", "/atom.xml", "/index.xml", "/feeds/posts/default",
    "/spip.php?page=backend", "/?format=feed&type=rss",
)  # fmt: skip


@dataclass
class Taste:
    """What a spider looks for: which sitemaps to leave out, which addresses are pages."""

    avoid: re.Pattern[str]  # in a sitemap's address
    is_page: Callable[[str], bool]  # the shape of an address found on a list page


@dataclass
class Robots:
    """What robots.txt says; without one, everything is allowed."""

    rules: Protego = field(default_factory=lambda: Protego.parse(""))
    agent: str = "*"

    @classmethod
    def of(cls, body: str, agent: str) -> Robots:
        """Read a robots.txt."""
        return cls(Protego.parse(body.lstrip("\ufeff")), agent)

    def allows(self, url: str) -> bool:
        """Tell whether a page may be asked for."""
        return bool(self.rules.can_fetch(url, self.agent))

    def sitemaps(self, root: str) -> list[str]:
        """Return the addresses of the sitemaps, each once."""
        return list(dict.fromkeys(urljoin(root, one) for one in self.rules.sitemaps))


class Finder:
    """Yields the entries of a site, the best sources first; `steps` says where each came from."""

    def __init__(
        self, site: Site, robots: Robots, fetch: Fetch, taste: Taste, section: str | None
    ) -> None:
        self.site, self.robots, self.fetch, self.taste = site, robots, fetch, taste
        self.section = section.strip("/").lower() if section else None
        self.zone = zone_of(None, site.host)
        self.complete = False  # a sitemap of everything (not only of the news) was read
        self.found = 0
        self._home: HtmlResponse | None = None

    async def entries(self) -> AsyncIterator[tuple[str, Entry]]:
        """Yield (step, entry): ``sitemap``, ``feed``, then ``section``.

        The caller stops iterating when it has enough. Feeds and section pages are only read
        when no complete sitemap gave anything: a sitemap is the site's own list.
        """
        async for entry in self._sitemaps():
            if self._kept(entry.url):
                self.found += 1
                yield "sitemap", entry
        if self.complete and self.found:
            return
        async for entry in self._feeds():
            if self._kept(entry.url):
                self.found += 1
                yield "feed", entry
        async for entry in self._sections():
            self.found += 1
            yield "section", entry

    def _kept(self, url: str) -> bool:
        if not self.site.wants(url) or not self.robots.allows(url):
            return False
        return self.section is None or self.section in segments(url)

    async def _sitemaps(self) -> AsyncIterator[Entry]:
        declared = self.robots.sitemaps(self.site.root)
        if declared:
            async for entry in self._read_maps(declared):
                yield entry
        else:
            for path in USUAL_SITEMAPS:
                async for entry in self._read_maps([urljoin(self.site.root, path)]):
                    yield entry
                if self.complete:
                    return

    async def _read_maps(self, urls: list[str]) -> AsyncIterator[Entry]:
        waiting = deque((entry, 1) for entry in maps.sitemaps_in_order([Entry(u) for u in urls]))
        seen: set[str] = set()
        while waiting and len(seen) < MOST_SITEMAPS:
            place, depth = waiting.popleft()
            if place.url in seen or not self.site.has(place.url) or self._is_avoided(place.url):
                continue
            seen.add(place.url)
            response = await self.fetch(place.url)
            if response is None:
                continue
            found = maps.read(response.body, response.url, self.zone)
            if found.cut:
                logger.warning("Sitemap tronqué (trop long) : %s", place.url)
            if found.kind == "index" and depth < DEEPEST:
                inner = maps.sitemaps_in_order(found.entries)
                waiting.extendleft((entry, depth + 1) for entry in reversed(inner))
            elif found.kind in ("pages", "feed"):
                whole = found.kind == "pages" and not found.news and bool(found.entries)
                self.complete = self.complete or whole
                for entry in maps.newest_first(found.entries):
                    yield entry

    def _is_avoided(self, url: str) -> bool:
        return bool(self.taste.avoid.search(url.removeprefix(self.site.root)))

    async def home(self) -> HtmlResponse | None:
        """Return the page the user named, fetched once; None when it cannot be had."""
        if self._home is None and self.robots.allows(self.site.url):
            response = await self.fetch(self.site.url)
            self._home = response if isinstance(response, HtmlResponse) else None
        return self._home

    async def _feeds(self) -> AsyncIterator[Entry]:
        home = await self.home()
        declared = home.xpath(
            "//link[contains(@rel,'alternate')][contains(@type,'rss') or contains(@type,'atom')]"
            "[not(contains(translate(@title,'C','c'),'comment'))]/@href"
        ) if home else []  # fmt: skip
        urls = [home.urljoin(one.get()) for one in declared] if home else []
        for url in urls or [urljoin(self.site.root, path) for path in USUAL_FEEDS]:
            if not self.site.has(url) or not self.robots.allows(url):
                continue
            response = await self.fetch(url)
            found = maps.read(response.body, response.url, self.zone) if response else maps.Map()
            if found.kind == "feed":
                for entry in found.entries:
                    yield entry
                if found.entries and not urls:
                    return

    async def _sections(self) -> AsyncIterator[Entry]:
        """Read list pages breadth first: the home page, its sections, their next pages."""
        waiting = deque([self.site.url])
        seen = {self.site.url}
        given: set[str] = set()
        read = 0
        while waiting and read < MOST_SECTIONS:
            url = waiting.popleft()
            page = await self.home() if url == self.site.url else await self.fetch(url)
            if not isinstance(page, HtmlResponse):
                continue
            read += 1
            home = url == self.site.url
            for link in links(page):
                if link in seen or link in given or not self.site.wants(link):
                    continue
                if not self.robots.allows(link):
                    continue
                if self.taste.is_page(link):
                    # With a section asked for, only its own list pages count.
                    if self.section is None or not home or self.section in segments(link):
                        given.add(link)
                        yield Entry(link)
                elif seems_section(link) and self._follows(link):
                    seen.add(link)
                    waiting.append(link)

    def _follows(self, link: str) -> bool:
        return self.section is None or self.section in segments(link)


def links(page: TextResponse) -> Iterator[str]:
    """Yield the absolute addresses of a page's links, without fragments, each once."""
    try:
        found: Iterable[str] = page.xpath("//a/@href").getall()
        base = get_base_url(page)
    except ValueError:  # <base href="http://[">
        return
    absolute = (urljoin(base, one.strip()).partition("#")[0] for one in found if _is_link(one))
    yield from dict.fromkeys(absolute)


def _is_link(href: str) -> bool:
    try:
        urljoin("http://a/", href.strip())
    except ValueError:
        return False
    return not href.strip().lower().startswith(("javascript:", "mailto:", "tel:", "data:"))


_NEITHER = r"image|video|categor|rubri|(?:^|[_/-])tags?(?:[_.-]|$)|author|auteur|taxonom"
PRESS = Taste(
    re.compile(rf"{_NEITHER}|product|produit|boutique|shop", re.IGNORECASE), seems_article
)
SHOP = Taste(
    re.compile(rf"{_NEITHER}|news|gazette|posts?[_.-]|blog|actu", re.IGNORECASE), seems_product
)
