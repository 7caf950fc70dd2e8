"""La Gazette, un journal : des rubriques, des pages de liste, des articles.

scrapy crawl gazette                      tout le journal
scrapy crawl gazette -a rubrique=sport    une seule rubrique
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import Request, TextResponse
from scrapy.linkextractors import LinkExtractor

from lab.scraping.items import Article
from newscrawler.structured import read_article


class GazetteSpider(scrapy.Spider):
    """Suit les rubriques et leurs pages, et lit chaque article."""

    name = "gazette"

    # Une adresse d'article contient sa date : /gazette/2026/09/15/un-titre-12.html
    articles = LinkExtractor(allow=r"/gazette/\d{4}/\d\d/\d\d/[^/]+\.html$", unique=True)
    rubriques = LinkExtractor(allow=r"/gazette/rubrique/[^/?]+/$", unique=True)

    def __init__(self, rubrique: str | None = None, **kwargs):
        super().__init__(**kwargs)
        self.rubrique = rubrique

    async def start(self) -> AsyncIterator[Request]:
        """Le point de départ : la une, ou directement la rubrique demandée."""
        accueil = self.settings["PRACTICE_URL"].rstrip("/") + "/gazette/"
        if self.rubrique:
            yield Request(f"{accueil}rubrique/{self.rubrique}/", callback=self.parse_liste)
        else:
            yield Request(accueil, callback=self.parse)

    def parse(self, response: TextResponse) -> Iterator[Request]:
        """La une : un lien par rubrique."""
        for lien in self.rubriques.extract_links(response):
            yield Request(lien.url, callback=self.parse_liste)

    def parse_liste(self, response: TextResponse) -> Iterator[Request]:
        """Une page de liste : ses articles, puis la page suivante."""
        for lien in self.articles.extract_links(response):
            # Les articles avant les listes : on garde peu d'adresses en attente.
            yield Request(lien.url, callback=self.parse_article, priority=1)
        suivante = response.css('a[rel~="next"]::attr(href), link[rel~="next"]::attr(href)').get()
        if suivante:
            yield response.follow(suivante, callback=self.parse_liste)

    def parse_article(self, response: TextResponse) -> Iterator[Article]:
        """Un article : ses données structurées, que les moteurs de recherche lisent aussi."""
        yield read_article(response)
