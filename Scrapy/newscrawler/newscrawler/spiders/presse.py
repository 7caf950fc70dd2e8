"""N'importe quel journal du Web : on lui donne une adresse, il trouve et lit les articles.

scrapy crawl presse -a site=https://www.exemple.fr
scrapy crawl presse -a site=https://www.exemple.fr -a pages=50 -a depuis=2026-09-01
scrapy crawl presse -a site=https://www.exemple.fr -a rubrique=sport
"""

from collections.abc import Iterator
from typing import Any

from scrapy.http import HtmlResponse, Request

from lab.scraping.cleaning import moment
from lab.scraping.discovery import SiteSpider
from lab.scraping.discovery.finder import PRESS
from lab.scraping.discovery.site import segments, slug
from lab.scraping.extraction import Extraction
from lab.scraping.items import Article, as_json


class PresseSpider(SiteSpider):
    """Un seul spider pour tous les journaux, parce que tous suivent les mêmes standards.

    Trouver : robots.txt dit où est le plan du site (sitemap) ; à défaut, les flux RSS ; à
    défaut, les pages de rubriques. Lire : les données que la page publie pour les moteurs de
    recherche (JSON-LD, microdonnées, OpenGraph), puis son texte. Ce qui n'est pas un article
    (direct, vidéo, rubrique) n'est pas gardé ; ce que la page ne dit pas reste vide.

    Rester poli, sur un vrai journal, n'est pas une option : robots.txt est obéi, Crawl-delay
    aussi, et le rythme s'adapte au temps de réponse du site.
    """

    name = "presse"

    taste = PRESS  # les plans du site à laisser (images…), la forme d'une adresse d'article

    def read(
        self, found: Extraction, response: HtmlResponse, debut: dict[str, Any] | None = None
    ) -> Iterator[Article | Request]:
        """Une page : un article, la suite d'un article, ou rien."""
        article = Article(**debut) if debut else found.item
        if not isinstance(article, Article):
            return
        if debut:
            article.body = "\n\n".join(filter(None, [article.body, *found.paragraphs]))
        # Un article coupé en plusieurs pages n'est gardé qu'une fois la dernière lue.
        if found.next_page and self.site.has(found.next_page):
            yield response.follow(
                found.next_page, self.parse_page, errback=self.sans_suite,
                cb_kwargs={"debut": as_json(article)}, dont_filter=True,
            )  # fmt: skip
        elif self.convient(article):
            yield article

    def sans_suite(self, failure) -> Iterator[Article]:
        """La page suivante ne répond pas : mieux vaut le début de l'article que rien."""
        article = Article(**failure.request.cb_kwargs["debut"])
        if self.convient(article):
            yield article

    def convient(self, article: Article) -> bool:
        """L'article est-il assez récent, et de la rubrique demandée ?"""
        date = moment(article.modified) or moment(article.published)
        if self.depuis and date and date < self.depuis:
            return False
        mots = {slug(mot) for mot in (article.section, *article.tags)} | segments(article.url)
        return not self.rubrique or slug(self.rubrique) in mots
