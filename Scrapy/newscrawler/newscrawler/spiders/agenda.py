"""Un calendrier sans fin : lire les événements, et savoir s'arrêter.

scrapy crawl agenda
scrapy crawl agenda -a mois_vides=6     plus patient devant les mois sans événement
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import Request, TextResponse

from newscrawler.items import Evenement
from newscrawler.structured import canonical


class AgendaSpider(scrapy.Spider):
    """Suit un calendrier dont chaque mois mène au suivant, jusqu'à la fin des temps.

    La règle : s'arrêter après quelques mois vides de suite. Un seul ne suffit pas, un agenda a
    ses creux. La garde LinkGuard (LabGuards, dans settings.py) est là pour le jour où
    cette règle manque : elle arrête toute famille d'adresses qui ne mène qu'à elle-même.
    """

    name = "agenda"

    def __init__(self, mois_vides: str = "3", **kwargs):
        super().__init__(**kwargs)
        self.mois_vides = int(mois_vides)

    async def start(self) -> AsyncIterator[Request]:
        """Le mois d'ouverture de l'agenda."""
        yield Request(self.settings["PRACTICE_URL"].rstrip("/") + "/agenda/", callback=self.parse)

    def parse(self, response: TextResponse, vides: int = 0) -> Iterator[Request]:
        """Un mois : ses événements, puis le mois suivant, s'il y a encore de l'espoir."""
        evenements = response.css("a.evenement")
        yield from response.follow_all(evenements, callback=self.parse_evenement)
        vides = 0 if evenements else vides + 1
        if vides < self.mois_vides:
            # Seulement le mois suivant : les autres liens mènent aux mêmes pages, ou au vide.
            suivant = response.css('a[rel="next"]')
            yield from response.follow_all(suivant, callback=self.parse, cb_kwargs={"vides": vides})

    def parse_evenement(self, response: TextResponse) -> Iterator[Evenement]:
        """Un événement."""
        yield Evenement(
            url=response.url,
            canonical_url=canonical(response),
            titre=response.css("h1::text").get(),
            date=response.css("main time::attr(datetime)").get(),
            lieu=response.css(".lieu::text").get(),
        )
