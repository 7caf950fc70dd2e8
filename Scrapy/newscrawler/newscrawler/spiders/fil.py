"""Suivre un réseau social : des messages courts, et un curseur au lieu de numéros de page.

scrapy crawl fil                    tout le fil
scrapy crawl fil -a messages=100    les cent derniers
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import Request, TextResponse

from newscrawler.items import Message


class FilSpider(scrapy.Spider):
    """Lit les messages dans les pages du fil : pas besoin d'ouvrir chacun d'eux.

    La page arrondit pour les yeux (« il y a 3 h », « 1,2 k ») mais garde l'exact pour les
    machines, dans les attributs `datetime` et `value` : c'est eux qu'on lit.
    """

    name = "fil"

    def __init__(self, messages: str = "0", **kwargs):
        super().__init__(**kwargs)
        self.limite, self.lus = int(messages), 0

    async def start(self) -> AsyncIterator[Request]:
        """Les derniers messages."""
        yield Request(self.settings["PRACTICE_URL"].rstrip("/") + "/fil/")

    def parse(self, response: TextResponse) -> Iterator[Message | Request]:
        """Vingt messages, puis les plus anciens."""
        for bloc in response.css(".message"):
            if self.limite and self.lus >= self.limite:
                return
            self.lus += 1
            yield Message(
                url=response.urljoin(bloc.css(".permalien::attr(href)").get()),
                # « itemid » nomme le message où qu'il soit montré : c'est son identité.
                canonical_url=bloc.attrib["itemid"],
                auteur=bloc.css("[itemprop=author]::text").get(),
                compte=bloc.css(".compte-fil::text").get("").removeprefix("@"),
                # Le texte est coupé par des balises : `string()` recolle les morceaux.
                texte=bloc.css("[itemprop=text]").xpath("string()").get(),
                mots=[mot.removeprefix("#") for mot in bloc.css(".mot::text").getall()],
                mentions=[nom.removeprefix("@") for nom in bloc.css(".mention::text").getall()],
                jaime=bloc.css("data.jaime::attr(value)").get(),
                partages=bloc.css("data.partages::attr(value)").get(),
                publie=bloc.css("time::attr(datetime)").get(),
            )
        for lien in response.css("a[rel~=next]"):
            yield response.follow(lien)
