"""Suivre un formulaire à états, comme ceux d'ASP.NET (« __VIEWSTATE »).

scrapy crawl viewstate
scrapy crawl viewstate -a auteur=elise-hervouet
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from form2request import form2request
from scrapy.http import Request, TextResponse

from newscrawler.bibliotheque import citations
from newscrawler.items import Citation

GUICHET = "form#guichet"  # une page a souvent d'autres formulaires


class ViewstateSpider(scrapy.Spider):
    """Un auteur d'abord, une de ses étiquettes ensuite : chaque pas dépend du précédent.

    Le champ caché « __VIEWSTATE » dit au serveur où l'on en est. Il change à chaque réponse :
    on repart donc toujours de la dernière page reçue, et `form2request` le renvoie avec les
    autres champs, sans qu'on ait à le comprendre.

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
            envoi = form2request(response.css(GUICHET), {"auteur": auteur})
            yield envoi.to_scrapy(callback=self.parse_auteur)

    def parse_auteur(self, response: TextResponse) -> Iterator[Request]:
        """Deuxième pas : les étiquettes de cet auteur viennent d'apparaître."""
        for etiquette in response.css('select[name="etiquette"] option::attr(value)').getall():
            if etiquette:
                envoi = form2request(response.css(GUICHET), {"etiquette": etiquette})
                yield envoi.to_scrapy(callback=self.parse_resultats)

    def parse_resultats(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Troisième pas : les citations, et le bouton « Page suivante » tant qu'il y en a un."""
        yield from citations(response)
        suite = response.css('button[name="suite"]')
        if suite:
            envoi = form2request(response.css(GUICHET), click=suite)
            yield envoi.to_scrapy(callback=self.parse_resultats)
