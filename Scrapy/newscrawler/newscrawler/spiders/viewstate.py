"""Suivre un formulaire à états, comme ceux d'ASP.NET (« __VIEWSTATE »).

scrapy crawl viewstate
scrapy crawl viewstate -a auteur=elise-hervouet
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import FormRequest, Request, TextResponse

from newscrawler.bibliotheque import citations
from newscrawler.items import Citation


class ViewstateSpider(scrapy.Spider):
    """Un auteur d'abord, une de ses étiquettes ensuite : chaque pas dépend du précédent.

    Le champ caché « __VIEWSTATE » dit au serveur où l'on en est. Il change à chaque réponse :
    on repart donc toujours de la dernière page reçue, et `FormRequest.from_response` le renvoie
    sans qu'on ait à le comprendre.

    Une citation a plusieurs étiquettes : on la rencontre plusieurs fois. Son identifiant, tiré
    de son adresse, fait qu'elle n'est rangée qu'une fois.
    """

    name = "viewstate"

    def __init__(self, auteur: str | None = None, **kwargs):
        super().__init__(**kwargs)
        self.auteur = auteur

    async def start(self) -> AsyncIterator[Request]:
        """La page du guichet, et son premier état."""
        yield Request(self.settings["PRACTICE_URL"].rstrip("/") + "/bibliotheque/guichet")

    def parse(self, response: TextResponse) -> Iterator[Request]:
        """Premier pas : un envoi par auteur."""
        auteurs = response.css('select[name="auteur"] option::attr(value)').getall()
        for auteur in [self.auteur] if self.auteur else filter(None, auteurs):
            yield FormRequest.from_response(
                response, formdata={"auteur": auteur}, callback=self.parse_auteur
            )

    def parse_auteur(self, response: TextResponse) -> Iterator[Request]:
        """Deuxième pas : les étiquettes de cet auteur viennent d'apparaître."""
        for etiquette in response.css('select[name="etiquette"] option::attr(value)').getall():
            if etiquette:
                yield FormRequest.from_response(
                    response, formdata={"etiquette": etiquette}, callback=self.parse_resultats
                )

    def parse_resultats(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Troisième pas : les citations, et le bouton « Page suivante » tant qu'il y en a un."""
        yield from citations(response)
        if response.css('button[name="suite"]'):
            yield FormRequest.from_response(
                response, clickdata={"name": "suite"}, callback=self.parse_resultats
            )
