"""Lire les données cachées dans un script de la page.

scrapy crawl json_cache
"""

import json
from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import Request, TextResponse

from newscrawler.bibliotheque import depuis_json
from newscrawler.items import Citation


class JsonCacheSpider(scrapy.Spider):
    """Le navigateur dessine la page, mais d'après des données qui sont déjà là.

    Cherchez un mot affiché dans le code source de la page (Ctrl+U) : s'il y est, dans un
    script, pas besoin de navigateur. C'est vrai de beaucoup de sites modernes (cherchez
    « __NEXT_DATA__ » ou « __NUXT__ »).
    """

    name = "json_cache"

    async def start(self) -> AsyncIterator[Request]:
        """Une seule adresse, puis les suivantes."""
        yield Request(self.settings["PRACTICE_URL"].rstrip("/") + "/bibliotheque/rendu/immediat/")

    def parse(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Une page : la variable « citations » de son script, écrite sur une seule ligne."""
        script = response.css("script::text").re_first(r"var citations = (\[.*\]);")
        for une in json.loads(script or "[]"):
            yield depuis_json(response, une)
        yield from response.follow_all(css='a[rel~="next"]')
