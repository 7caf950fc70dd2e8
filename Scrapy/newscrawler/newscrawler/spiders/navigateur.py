"""Lire des pages dessinées par JavaScript, avec un vrai navigateur.

scrapy crawl navigateur                    les deux salles
scrapy crawl navigateur -a salle=clic      une seule : differe ou clic

Il faut scrapy-playwright et Chromium : le spider dit quoi taper s'ils manquent.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import scrapy
from scrapy.http import Request, TextResponse
from scrapy.settings import BaseSettings

from newscrawler.bibliotheque import citations
from newscrawler.chromium import reglages
from newscrawler.items import Citation


class NavigateurSpider(scrapy.Spider):
    """Quand les données ne sont ni dans la page, ni dans une API lisible.

    Le navigateur charge la page, exécute ses scripts, et nous rend le résultat : la réponse
    s'analyse ensuite comme les autres. Tout l'art est de savoir quoi attendre : non pas « trois
    secondes », mais un élément qui n'apparaît qu'à la fin.
    """

    name = "navigateur"

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Les réglages du navigateur, lus au lancement seulement."""
        super().update_settings(settings)
        settings.update(reglages(settings), priority="spider")

    def __init__(self, salle: str | None = None, **kwargs):
        super().__init__(**kwargs)
        self.salles = [salle] if salle else ["differe", "clic"]

    async def start(self) -> AsyncIterator[Request]:
        """L'une se dessine après un délai, l'autre un peu plus à chaque clic."""
        base = self.settings["PRACTICE_URL"].rstrip("/") + "/bibliotheque/rendu"
        gestes = {"differe": attendre, "clic": deplier}
        for salle in self.salles:
            yield Request(f"{base}/{salle}/", meta=self.ouvrir(gestes[salle]))

    @staticmethod
    def ouvrir(geste: Any) -> dict[str, Any]:
        """Ce qui confie une demande au navigateur, avec le geste à faire une fois la page là."""
        from scrapy_playwright.page import PageMethod

        return {"playwright": True, "playwright_page_methods": [PageMethod(geste)]}

    def parse(self, response: TextResponse) -> Iterator[Citation | Request]:
        """La page une fois dessinée : les mêmes fiches qu'ailleurs."""
        yield from citations(response)
        yield from response.follow_all(css='a[rel~="next"]', meta=self.ouvrir(attendre))


async def attendre(page: Any) -> None:
    """Attendre que la liste se dise prête (aria-busy, fait pour les lecteurs d'écran)."""
    await page.wait_for_selector('#citations[aria-busy="false"] article')


async def deplier(page: Any) -> None:
    """Cliquer sur « Voir la suite » tant que le bouton est là."""
    suite = page.locator("#suite")
    await attendre(page)
    while await suite.is_visible():
        await suite.click()
        await attendre(page)
