"""Interroger un formulaire de recherche, par GET ou par POST.

scrapy crawl formulaire                     GET : une recherche par auteur
scrapy crawl formulaire -a methode=post     POST : toutes les villes d'un coup
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import FormRequest, Request, TextResponse

from newscrawler.bibliotheque import citations
from newscrawler.items import Citation


class FormulaireSpider(scrapy.Spider):
    """Un catalogue que l'on ne peut pas feuilleter : il faut poser toutes les questions.

    On lit dans le formulaire les réponses possibles (les <option>, les cases à cocher), et on
    les essaie toutes. Par GET, une recherche est une adresse : ses pages suivantes ont des
    liens. Par POST, elle n'en a pas : pour tourner la page, on renvoie un formulaire.
    """

    name = "formulaire"

    def __init__(self, methode: str = "get", **kwargs):
        super().__init__(**kwargs)
        self.methode = methode.lower()

    async def start(self) -> AsyncIterator[Request]:
        """La page du formulaire."""
        base = self.settings["PRACTICE_URL"].rstrip("/")
        if self.methode == "post":
            yield Request(f"{base}/bibliotheque/villes", callback=self.chercher_villes)
        else:
            yield Request(f"{base}/bibliotheque/recherche", callback=self.chercher_auteurs)

    def chercher_auteurs(self, response: TextResponse) -> Iterator[Request]:
        """GET : un envoi par auteur ; l'option vide (« Tous ») ne compte pas."""
        for auteur in response.css('select[name="auteur"] option::attr(value)').getall():
            if auteur:
                yield FormRequest.from_response(response, formdata={"auteur": auteur})

    def parse(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Des résultats à une adresse : on suit les liens, comme d'habitude."""
        yield from citations(response)
        yield from response.follow_all(css='a[rel~="next"]')

    def chercher_villes(self, response: TextResponse) -> FormRequest:
        """POST : un champ peut avoir plusieurs valeurs, ici toutes les cases cochées."""
        villes = response.css('input[name="ville"]::attr(value)').getall()
        return FormRequest.from_response(
            response, formid="recherche", formdata={"ville": villes}, callback=self.parse_post
        )

    def parse_post(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Des résultats sans adresse : on appuie sur le bouton « Page suivante »."""
        yield from citations(response)
        suivante = response.css("button.suivante::attr(value)").get()
        if suivante:
            yield FormRequest.from_response(
                response,
                formid="pages",
                clickdata={"name": "page", "value": suivante},
                callback=self.parse_post,
            )
