"""Interroger une API JSON protégée : jeton, curseurs, requêtes conditionnelles, quota.

scrapy crawl api_articles                    tous les articles
scrapy crawl api_articles                    une seconde fois : le serveur répond « 304 »
scrapy crawl api_articles -a jeton=…         commencer avec un jeton déjà obtenu
"""

import asyncio
import json
from collections.abc import AsyncIterator

import scrapy
from scrapy.exceptions import CloseSpider
from scrapy.http import FormRequest, Request, TextResponse

from lab.scraping.items import Article


class ApiArticlesSpider(scrapy.Spider):
    """Une API rend des données déjà rangées ; en échange, elle pose ses conditions.

    401 : le jeton est périmé, on en demande un autre. 429 : on va trop vite, on attend le temps
    que dit le serveur. 304 : rien n'a changé, le cache de Scrapy rend la copie gardée.
    """

    name = "api_articles"
    # Ces réponses ne sont pas des pannes : c'est à nous de les comprendre.
    handle_httpstatus_list = [401, 429]
    custom_settings = {
        # Garde les réponses et leur ETag, et ajoute If-None-Match à la visite suivante.
        "HTTPCACHE_ENABLED": True,
        "HTTPCACHE_POLICY": "scrapy.extensions.httpcache.RFC2616Policy",
        "HTTPCACHE_DIR": "httpcache-api",
        # Réessayer un 429 aussitôt, c'est aggraver son cas : `patienter` s'en charge.
        "RETRY_HTTP_CODES": [500, 502, 503, 504, 408],
    }

    # Le client de démonstration : son secret est imprimé dans la notice, /api/v2/.
    def __init__(self, client="eleve", secret="rien-de-secret-ici", jeton="", **kwargs):  # noqa: S107
        super().__init__(**kwargs)
        self.client, self.secret, self.jeton = client, secret, jeton
        self.verrou = asyncio.Lock()

    async def start(self) -> AsyncIterator[Request]:
        """La première page ; les suivantes sont données par l'API."""
        self.api = self.settings["PRACTICE_URL"].rstrip("/") + "/api/v2"
        if not self.jeton:
            await self.demander_un_jeton()
        yield self.demande(f"{self.api}/articles?limit=50")

    def demande(self, url: str, essais: int = 0) -> Request:
        """Une requête signée ; `dont_filter`, car la même adresse peut être redemandée."""
        return Request(url, self.parse, headers={"Authorization": f"Bearer {self.jeton}"},
                       meta={"essais": essais}, dont_filter=essais > 0)  # fmt: skip

    async def demander_un_jeton(self) -> None:
        """Échange l'identifiant et le secret contre un jeton (OAuth 2, « client credentials »)."""
        champs = {"grant_type": "client_credentials", "client_id": self.client,
                  "client_secret": self.secret}  # fmt: skip
        request = FormRequest(f"{self.api}/token", formdata=champs, meta={"dont_cache": True})
        response = await self.crawler.engine.download_async(request)
        if response.status != 200:
            raise CloseSpider("jeton_refuse")
        self.jeton = json.loads(response.body)["access_token"]
        self.crawler.stats.inc_value("api_articles/jetons")

    async def parse(self, response: TextResponse) -> AsyncIterator[Request | Article]:
        """Une page de liste, un article, ou une condition à remplir."""
        if response.status in self.handle_httpstatus_list:
            yield await self.satisfaire(response)
            return
        donnees = response.json()
        if "paging" not in donnees:
            yield self.article(response, donnees)
            return
        for resume in donnees["data"]:
            yield self.demande(resume["href"])
        if donnees["paging"]["next"]:
            yield self.demande(donnees["paging"]["next"])

    async def satisfaire(self, response: TextResponse) -> Request:
        """Remplit la condition que pose le serveur, et redonne la requête à faire."""
        essais = response.meta["essais"] + 1
        if essais > 10:
            raise CloseSpider("refus_repete")
        if response.status == 429:
            await self.patienter(float(response.headers.get("Retry-After", b"1")))
        else:
            perime = response.request.headers["Authorization"].decode()
            async with self.verrou:  # dix réponses 401 ne demandent qu'un seul jeton
                if perime == f"Bearer {self.jeton}":
                    await self.demander_un_jeton()
        return self.demande(response.url, essais)

    async def patienter(self, secondes: float) -> None:
        """Arrête toutes les requêtes, pas seulement celle qui a été refusée."""
        self.crawler.stats.inc_value("api_articles/pauses")
        self.crawler.engine.pause()
        await asyncio.sleep(secondes)
        self.crawler.engine.unpause()

    @staticmethod
    def article(response: TextResponse, donnees: dict) -> Article:
        """Les champs de l'API portent déjà les noms des nôtres."""
        champs = ("url", "canonical_url", "title", "description", "authors", "section", "tags",
                  "language", "published", "modified", "body", "image")  # fmt: skip
        return Article(**{champ: donnees[champ] for champ in champs})
