"""Un journal en panne : ramener tout ce qui peut l'être, et rien d'autre.

scrapy crawl pannes
"""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Request, Response, TextResponse

from lab.scraping.items import Article
from newscrawler.structured import canonical, json_ld, metas, names


class PannesSpider(scrapy.Spider):
    """Lit un journal dont chaque article tombe en panne à sa façon.

    Presque tout se règle avant le spider : Scrapy réessaie les erreurs et les coupures, borne
    la taille des pages, suit les redirections ; les gardes du laboratoire (LabGuards, dans
    settings.py) respectent Retry-After, écartent les pages de blocage et les boucles, et
    relisent les encodages menteurs. Il reste au spider trois précautions.
    """

    name = "pannes"

    async def start(self) -> AsyncIterator[Request]:
        """La première page du journal."""
        depart = self.settings["PRACTICE_URL"].rstrip("/") + "/pannes/journal/"
        # 1. Ne pas quitter le site, même poussé dehors par une redirection.
        self.allowed_domains = [urlsplit(depart).hostname]
        yield Request(depart, callback=self.parse)

    def parse(self, response: TextResponse) -> Iterator[Request]:
        """Une page de liste : ses articles, puis la page suivante."""
        for lien in response.css("a.article"):
            yield response.follow(lien, callback=self.parse_article, errback=self.perdu)
        yield from response.follow_all(css='a[rel~="next"]', callback=self.parse)

    def parse_article(self, response: Response) -> Iterator[Article]:
        """Un article, si c'en est bien un."""
        # 2. Une adresse en .html peut cacher une image : vérifier que c'est du texte.
        if not isinstance(response, TextResponse):
            self.logger.info("Ce n'est pas une page : %s", response.url)
            return
        # 3. Une page d'erreur servie avec un statut 200 n'est pas un article : exiger une
        #    preuve, ici les données structurées que le journal met dans chaque article.
        donnees = json_ld(response, "NewsArticle")
        if not donnees.get("headline"):
            self.logger.info("Pas d'article ici : %s", response.url)
            return
        yield Article(
            # Après des redirections, l'adresse demandée est la première, sans « ?etape=3 ».
            url=response.meta.get("redirect_urls", [response.url])[0],
            canonical_url=canonical(response),
            title=donnees["headline"],
            description=donnees.get("description"),
            authors=names(donnees.get("author")),
            section=donnees.get("articleSection"),
            tags=metas(response, "article:tag"),
            language=donnees.get("inLanguage"),
            published=donnees.get("datePublished"),
            modified=donnees.get("dateModified"),
            body=donnees.get("articleBody"),
        )

    def perdu(self, failure) -> None:
        """Un article qu'on n'aura pas : le dire, c'est mieux que de l'oublier."""
        self.logger.info("Perdu : %s (%s)", failure.request.url, failure.value)
        self.crawler.stats.inc_value("lab/pannes/perdus")
