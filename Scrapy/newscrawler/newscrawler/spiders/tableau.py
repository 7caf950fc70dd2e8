"""Lire une page sans classes ni identifiants : se repérer à la structure et aux intitulés.

scrapy crawl tableau
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import Request, TextResponse

from lab.scraping.items import stable_id
from newscrawler.bibliotheque import officielle
from newscrawler.items import Citation


class TableauSpider(scrapy.Spider):
    """Des tableaux dans des tableaux, comme en 1999 : XPath y est plus à l'aise que CSS.

    On ne compte ni les lignes ni les colonnes (« la troisième cellule ») : la moindre ligne
    ajoutée fausserait tout. On cherche l'intitulé, et l'on prend la cellule d'à côté.
    """

    name = "tableau"

    async def start(self) -> AsyncIterator[Request]:
        """Une seule adresse, puis les suivantes."""
        yield Request(self.settings["PRACTICE_URL"].rstrip("/") + "/bibliotheque/tableau/")

    def parse(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Une page : un tableau par citation, sans tableau à l'intérieur."""
        for tableau in response.xpath("//table[not(.//table)][.//th[normalize-space()='Texte']]"):
            # Le navigateur ajoute des <tbody> que le code de la page n'a pas : un chemin copié
            # depuis ses outils, « table/tbody/tr », ne trouverait rien ici.
            cellules = {
                ligne.xpath("normalize-space(th)").get(): ligne.xpath("td")
                for ligne in tableau.xpath(".//tr")
            }
            lien = cellules["Numéro"].xpath("a/@href").get("")
            auteur = cellules["Auteur"].xpath("a/@href").get("")
            yield Citation(
                url=response.urljoin(lien),
                canonical_url=officielle(response, lien),
                texte=cellules["Texte"].xpath("text()").get(),
                auteur=cellules["Auteur"].xpath("a/text()").get(),
                auteur_id=stable_id(officielle(response, auteur)),
                etiquettes=cellules["Mots-clefs"].xpath("text()").get("").split(","),
            )
        yield from response.follow_all(xpath="//a[normalize-space()='Page suivante']")
