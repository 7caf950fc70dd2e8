"""Suivre des liens et des pages, et relier ce que l'on trouve.

scrapy crawl citations                       toute la bibliothèque
scrapy crawl citations -a etiquette=mer      une seule étiquette
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import Request, TextResponse

from newscrawler.bibliotheque import citations
from newscrawler.items import Auteur, Citation
from newscrawler.structured import canonical


class CitationsSpider(scrapy.Spider):
    """Chaque page donne des citations, et un lien vers la fiche de leur auteur.

    Scrapy ne visite pas deux fois la même adresse : on peut demander la fiche de l'auteur à
    chaque citation, elle ne sera lue qu'une fois. `Citation.auteur_id` et `Auteur.id` sont
    calculés de la même façon, depuis l'adresse de l'auteur : c'est ce qui permet la jointure.
    """

    name = "citations"

    def __init__(self, etiquette: str | None = None, **kwargs):
        super().__init__(**kwargs)
        self.etiquette = etiquette

    async def start(self) -> AsyncIterator[Request]:
        """Le point de départ : la grande salle, ou une étiquette."""
        salle = f"etiquette/{self.etiquette}/" if self.etiquette else "citations/"
        yield Request(self.settings["PRACTICE_URL"].rstrip("/") + "/bibliotheque/" + salle)

    def parse(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Une page : ses citations, leurs auteurs, puis la page suivante."""
        yield from citations(response)
        auteurs = response.css('article.citation a[rel~="author"]')
        yield from response.follow_all(auteurs, callback=self.parse_auteur)
        yield from response.follow_all(css='a[rel~="next"]', callback=self.parse)

    def parse_auteur(self, response: TextResponse) -> Iterator[Auteur]:
        """La fiche d'un auteur."""
        yield Auteur(
            url=response.url,
            canonical_url=canonical(response),
            nom=response.css("h1::text").get(),
            # L'attribut est fait pour les programmes ; le texte (« 3 mars 1921 »), pour nous.
            naissance=response.css("time.naissance::attr(datetime)").get(),
            lieu=response.css(".lieu::text").get(),
            biographie=response.css(".biographie::text").get(),
        )
