"""Défilement infini : interroger l'API que la page interroge.

scrapy crawl defilement
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import Request, TextResponse

from newscrawler.bibliotheque import depuis_json
from newscrawler.items import Citation


class DefilementSpider(scrapy.Spider):
    """La page est vide : un script la remplit à mesure que l'on descend.

    Ouvrez /bibliotheque/defilement/ dans un navigateur, puis ses outils de développement
    (F12), onglet « Réseau » : à chaque fois que l'on descend, une demande part vers l'API. Le
    spider fait les mêmes demandes : ni page à analyser, ni navigateur à lancer.
    """

    name = "defilement"

    async def start(self) -> AsyncIterator[Request]:
        """La première page de l'API."""
        yield Request(self.settings["PRACTICE_URL"].rstrip("/") + "/bibliotheque/api/citations")

    def parse(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Une réponse : des citations, et l'adresse de la suite (null à la fin)."""
        donnees = response.json()
        for une in donnees["citations"]:
            yield depuis_json(response, une)
        if donnees["suite"]:
            yield response.follow(donnees["suite"])
