"""Lire un flux : les derniers articles en une seule page, prévue pour les programmes.

scrapy crawl flux                     RSS, le format le plus répandu
scrapy crawl flux -a format=atom      Atom, qui dit aussi les corrections et les étiquettes
scrapy crawl flux -a format=json      JSON Feed, le même en JSON
"""

import json
from collections.abc import AsyncIterator, Iterator

import feedparser
import scrapy
from scrapy.http import Request, TextResponse

from lab.scraping.items import Article

ADRESSES = {
    "rss": "/gazette/rss.xml",
    "atom": "/gazette/atom.xml",
    "json": "/gazette/feed.json",
}


class FluxSpider(scrapy.Spider):
    """Une page, trente articles : titre, auteurs, dates, résumé — mais pas le texte entier.

    C'est le moyen le plus sobre de savoir ce qui vient de paraître. Feedparser gomme les
    différences entre RSS et Atom, et pardonne les flux mal écrits, qui sont nombreux.
    """

    name = "flux"

    def __init__(self, format: str = "rss", **kwargs):
        super().__init__(**kwargs)
        if format not in ADRESSES:
            raise ValueError(f"format inconnu : {format} (connus : {', '.join(ADRESSES)})")
        self.format = format

    async def start(self) -> AsyncIterator[Request]:
        """Une seule requête."""
        base = self.settings["PRACTICE_URL"].rstrip("/")
        lire = self.parse_json if self.format == "json" else self.parse
        yield Request(base + ADRESSES[self.format], callback=lire)

    def parse(self, response: TextResponse) -> Iterator[Article]:
        """RSS ou Atom : les mêmes noms pour les deux, grâce à feedparser."""
        flux = feedparser.parse(response.body, response_headers={"content-type": "text/xml"})
        for entree in flux.entries:
            # Le guid (RSS) ou l'id (Atom) est l'adresse officielle ; link, celle à visiter.
            etiquettes = entree.get("tags", [])
            yield Article(
                url=entree.link,
                canonical_url=entree.id,
                title=entree.title,
                description=entree.get("summary"),
                authors=[auteur.name for auteur in entree.get("authors", []) if "name" in auteur],
                section=etiquettes[0].label or etiquettes[0].term if etiquettes else None,
                tags=[etiquette.label for etiquette in etiquettes[1:]],
                language=flux.feed.get("language"),
                published=entree.get("published"),
                # `get` donnerait ici la date de parution quand le flux ne dit rien.
                modified=entree.updated if "updated" in entree else None,
            )

    def parse_json(self, response: TextResponse) -> Iterator[Article]:
        """JSON Feed : rien à analyser, c'est déjà un dictionnaire."""
        flux = json.loads(response.body)
        for entree in flux["items"]:
            yield Article(
                url=entree["url"],
                canonical_url=entree["id"],
                title=entree["title"],
                description=entree.get("summary"),
                authors=[auteur["name"] for auteur in entree.get("authors", [])],
                section=entree.get("_gazette", {}).get("section"),
                tags=entree.get("tags", []),
                language=flux.get("language"),
                published=entree.get("date_published"),
                modified=entree.get("date_modified"),
                image=entree.get("image"),
            )
