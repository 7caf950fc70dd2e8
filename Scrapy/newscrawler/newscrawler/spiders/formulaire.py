"""Interroger un formulaire de recherche, par GET ou par POST.

scrapy crawl formulaire                     GET : une recherche par auteur
scrapy crawl formulaire -a methode=post     POST : toutes les villes d'un coup
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from form2request import form2request
from scrapy.http import Request, TextResponse

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
                envoi = form2request(response.css("form.formulaire"), {"auteur": auteur})
                yield envoi.to_scrapy(callback=self.parse)

    def parse(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Des résultats à une adresse : on suit les liens, comme d'habitude."""
        yield from citations(response)
        yield from response.follow_all(css='a[rel~="next"]')

    def chercher_villes(self, response: TextResponse) -> Request:
        """POST : un champ peut avoir plusieurs valeurs, ici toutes les cases cochées."""
        villes = response.css('input[name="ville"]::attr(value)').getall()
        envoi = form2request(response.css("form#recherche"), {"ville": villes})
        return envoi.to_scrapy(callback=self.parse_post)

    def parse_post(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Des résultats sans adresse : on appuie sur le bouton « Page suivante »."""
        yield from citations(response)
        suivante = response.css("button.suivante")
        if suivante:
            envoi = form2request(response.css("form#pages"), click=suivante)
            yield envoi.to_scrapy(callback=self.parse_post)
