"""Passer les bandeaux de témoins (« cookies »).

scrapy crawl consentement
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import Request, TextResponse

from newscrawler.bibliotheque import citations
from newscrawler.items import Citation


class ConsentementSpider(scrapy.Spider):
    """Deux bandeaux, deux cas.

    Au salon, le bandeau est posé par un script par-dessus une page complète : le spider, qui
    n'exécute pas de script, ne le voit même pas. Au boudoir, c'est le serveur qui refuse
    d'ouvrir sans le témoin « consentement » : on l'envoie dès la première demande, et Scrapy le
    garde pour les suivantes.
    """

    name = "consentement"
    custom_settings = {"COOKIES_ENABLED": True}

    async def start(self) -> AsyncIterator[Request]:
        """Une adresse par salle ; le nom et la valeur du témoin se lisent dans le navigateur."""
        base = self.settings["PRACTICE_URL"].rstrip("/")
        yield Request(f"{base}/bibliotheque/salon/")
        yield Request(f"{base}/bibliotheque/boudoir/", cookies={"consentement": "oui"})

    def parse(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Une page : ses citations, puis la page suivante."""
        yield from citations(response)
        yield from response.follow_all(css='a[rel~="next"]')
