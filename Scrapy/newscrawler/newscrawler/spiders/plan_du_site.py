"""Suivre le plan du site (sitemap) : la liste des pages que le site tient pour les robots.

scrapy crawl plan_du_site                          tous les articles
scrapy crawl plan_du_site -a depuis=2026-09-14     ceux parus ou corrigés depuis ce jour
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from typing import Any

from scrapy.http import Request, TextResponse
from scrapy.spiders import SitemapSpider

from lab.scraping.cleaning import moment
from lab.scraping.items import Article
from newscrawler.structured import read_article


class PlanDuSiteSpider(SitemapSpider):
    """robots.txt → index de sitemaps → sitemaps → articles.

    Pas un lien à deviner ni une page de liste à parcourir : le site dit lui-même ce qu'il a, et
    `lastmod` dit ce qui a changé. `SitemapSpider` fait le chemin ; il reste à choisir.
    """

    name = "plan_du_site"

    # La première règle qui convient décide ; les adresses sans règle (boutique) sont ignorées.
    sitemap_rules = [(r"/gazette/\d{4}/\d\d/\d\d/[^/]+\.html$", "parse_article")]

    def __init__(self, depuis: str | None = None, **kwargs):
        super().__init__(**kwargs)
        # Un jour sans fuseau est compris comme un jour français, à minuit.
        self.depuis: datetime | None = moment(depuis)

    async def start(self) -> AsyncIterator[Request]:
        """robots.txt est le seul endroit où l'adresse du sitemap est sûre de se trouver."""
        self.sitemap_urls = [self.settings["PRACTICE_URL"].rstrip("/") + "/robots.txt"]
        async for request in super().start():
            yield request

    def sitemap_filter(self, entries: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Passer ce qui n'a pas changé : des fichiers entiers de l'index, puis des pages.

        Sans `lastmod`, on ne sait pas : dans le doute, on visite.
        """
        for entry in entries:
            change = self.derniere_modification(entry.get("lastmod"))
            if self.depuis is None or change is None or change >= self.depuis:
                yield entry
            else:
                self.crawler.stats.inc_value("plan_du_site/inchanges")

    @staticmethod
    def derniere_modification(lastmod: str | None) -> datetime | None:
        """La date d'une entrée ; un jour seul vaut jusqu'à sa dernière seconde."""
        if lastmod and len(lastmod) == len("2026-09-15"):
            lastmod += "T23:59:59"
        return moment(lastmod)

    def parse_article(self, response: TextResponse) -> Iterator[Article]:
        """Un article, lu comme par le spider `gazette`."""
        yield read_article(response)
