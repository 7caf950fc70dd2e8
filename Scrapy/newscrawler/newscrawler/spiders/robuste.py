"""Survivre à une refonte du site : plusieurs chemins vers chaque valeur.

scrapy crawl robuste
"""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import scrapy
from scrapy.http import Request, TextResponse

from lab.scraping.items import Article
from newscrawler.structured import address, canonical, json_ld, meta, metas, names

# Le texte d'un paragraphe qui n'est ni une publicité, ni un en-tête, ni un pied de page.
PARAGRAPHES = "p[not(ancestor::aside or ancestor::header or ancestor::footer or ancestor::nav)]"


def microdonnee(response: TextResponse, nom: str) -> str | None:
    """La valeur d'une microdonnée : l'attribut `content` s'il y en a un, sinon le texte."""
    element = response.xpath("(//*[@itemprop=$nom])[1]", nom=nom)
    return element.xpath("@content").get() or element.xpath("string()").get()


def corps(response: TextResponse) -> str:
    """Les paragraphes du texte, où qu'ils soient : du plus précis au plus général."""
    for zone in ("//*[@itemprop='articleBody']", "//article", "//main"):
        textes = [p.xpath("string()").get("").strip() for p in
                  response.xpath(f"{zone}//{PARAGRAPHES}")]  # fmt: skip
        if textes:
            return "\n\n".join(textes)
    return ""


def dates(response: TextResponse) -> list[str]:
    """Les dates de l'article : la parution d'abord, la correction ensuite s'il y en a une."""
    return response.css("article header time::attr(datetime)").getall()


class RobusteSpider(scrapy.Spider):
    """Jamais de nom de classe : ils changent à chaque mise en ligne.

    Pour chaque champ, plusieurs chemins : les données structurées, puis OpenGraph, puis le sens
    des balises (`h1`, `time`, `rel="author"`, `article`). Les statistiques disent lequel a servi :
    un chemin qui ne sert plus annonce une refonte.
    """

    name = "robuste"

    async def start(self) -> AsyncIterator[Request]:
        """La première page de la liste."""
        yield Request(self.settings["PRACTICE_URL"].rstrip("/") + "/variantes/")

    def parse(self, response: TextResponse) -> Iterator[Request]:
        """Les articles d'une page, puis la page suivante."""
        yield from response.follow_all(css="main a[href*='/article/']", callback=self.parse_article)
        yield from response.follow_all(css="a[rel~=next]")

    def parse_article(self, response: TextResponse) -> Iterator[Article]:
        """Le premier chemin qui mène à une valeur est le bon."""
        d = json_ld(response, "NewsArticle")
        auteurs = "[itemprop=author] [itemprop=name]::text"
        chemins: dict[str, list[Callable[[], Any]]] = {
            "title": [lambda: d.get("headline"), lambda: microdonnee(response, "headline"),
                      lambda: meta(response, "og:title"), lambda: response.css("h1::text").get()],
            "description": [lambda: d.get("description"), lambda: meta(response, "og:description"),
                            lambda: meta(response, "description")],
            "authors": [lambda: names(d.get("author")), lambda: response.css(auteurs).getall(),
                        lambda: response.css("[rel~=author]::text").getall()],
            "section": [lambda: d.get("articleSection"), lambda: meta(response, "article:section"),
                        lambda: response.css("[rel~=category]::text").get()],
            "tags": [lambda: d.get("keywords"), lambda: metas(response, "article:tag"),
                     lambda: response.css("[rel~=tag]::text").getall()],
            "published": [lambda: d.get("datePublished"),
                          lambda: microdonnee(response, "datePublished"),
                          lambda: dates(response)[0]],
            "modified": [lambda: d.get("dateModified"),
                         lambda: microdonnee(response, "dateModified"),
                         lambda: dates(response)[-1]],
            "image": [lambda: address(d.get("image")), lambda: meta(response, "og:image"),
                      lambda: response.css("main img::attr(src)").get()],
            "body": [lambda: corps(response)],
            "language": [lambda: response.css("html::attr(lang)").get()],
        }  # fmt: skip
        valeurs = {champ: self.premier(champ, essais) for champ, essais in chemins.items()}
        if valeurs["image"]:
            valeurs["image"] = response.urljoin(valeurs["image"])
        yield Article(url=response.url, canonical_url=canonical(response), **valeurs)

    def premier(self, champ: str, essais: list[Callable[[], Any]]) -> Any:
        """La première valeur trouvée, et le rang du chemin noté dans les statistiques."""
        for rang, essai in enumerate(essais, 1):
            valeur = essai()
            if valeur:
                self.crawler.stats.inc_value(f"robuste/{champ}/chemin {rang}")
                return valeur
        self.crawler.stats.inc_value(f"robuste/{champ}/absent")
        return None
