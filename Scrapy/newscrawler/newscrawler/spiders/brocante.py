"""Nettoyer des valeurs sales : prix, dates, textes, encodages et doublons.

scrapy crawl brocante
"""

import html
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import dateparser
import scrapy
from itemloaders import ItemLoader
from itemloaders.processors import Compose, Identity, MapCompose, TakeFirst
from price_parser import Price
from scrapy.http import HtmlResponse, Request, TextResponse
from scrapy.linkextractors import LinkExtractor
from w3lib.url import url_query_cleaner

from newscrawler.items import Annonce

MONNAIES = {"€": "EUR", "£": "GBP", "$": "USD", "US$": "USD"}
MENTIONS = {"gratuit": "gratuit", "donner": "gratuit", "demande": "sur demande",
            "nc": "sur demande"}  # fmt: skip


def texte(valeur: str) -> str:
    """Décode une seconde fois les entités, et ne laisse que des espaces simples."""
    return " ".join(html.unescape(valeur).split())


def mention(prix: str) -> str | None:
    """Ce que dit un prix qui n'a pas de chiffre : « Gratuit », « sur demande »."""
    mots = "".join(c if c.isalpha() else " " for c in prix.lower()).split()
    return next((MENTIONS[mot] for mot in mots if mot in MENTIONS), None)


def montant(prix: str) -> Price:
    """Le nombre et la monnaie ; l'apostrophe des milliers suisses doit être droite."""
    return Price.fromstring(prix.replace("’", "'"))


def jour(date: str, loader_context: dict) -> str | None:
    """Le jour d'une date, quelle que soit son écriture ; « hier » se compte de la page."""
    trouvee = dateparser.parse(date, languages=["fr", "en"], settings={
        "DATE_ORDER": "DMY", "RELATIVE_BASE": loader_context["edition"],
        "TIMEZONE": "Europe/Paris", "TO_TIMEZONE": "Europe/Paris",
        "RETURN_AS_TIMEZONE_AWARE": True,
    })  # fmt: skip
    return trouvee.date().isoformat() if trouvee else None


class Nettoyage(ItemLoader):
    """Comment nettoyer chaque champ : ce qui entre est sale, ce qui sort est propre."""

    default_item_class = Annonce
    default_input_processor = MapCompose(texte)
    default_output_processor = TakeFirst()
    # TakeFirst passerait un prix nul : « gratuit » vaut 0, pas « rien ».
    prix_in = prix_out = Identity()
    prix_out = Compose(lambda valeurs: valeurs[0])
    depose_in = MapCompose(texte, jour)


class BrocanteSpider(scrapy.Spider):
    """Trois questions pour chaque annonce : quelle est sa vraie adresse, comment est-elle
    encodée, et que veulent dire ses valeurs ?"""

    name = "brocante"

    # Les paramètres de suivi ne changent pas la page : les ôter évite une visite sur trois.
    annonces = LinkExtractor(
        allow=r"(?i)/brocante/annonce/\d+",
        process_value=lambda url: url_query_cleaner(url, ["ref"], remove=True).partition("?utm")[0],
    )

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.vues = set()

    async def start(self) -> AsyncIterator[Request]:
        """La première page de la liste."""
        yield Request(self.settings["PRACTICE_URL"].rstrip("/") + "/brocante/")

    def parse(self, response: TextResponse) -> Iterator[Request]:
        """Les annonces, puis la page suivante."""
        for lien in self.annonces.extract_links(response):
            yield Request(lien.url, callback=self.parse_annonce)
        for lien in response.css("a[rel~=next]"):
            yield response.follow(lien)

    def parse_annonce(self, response: TextResponse) -> Iterator[Annonce]:
        """Une annonce, sauf si on l'a déjà lue sous une autre adresse."""
        response = self.decoder(response)
        officielle = response.css("link[rel=canonical]::attr(href)").get()
        if officielle in self.vues:
            self.crawler.stats.inc_value("brocante/doublons")
            return
        self.vues.add(officielle)
        edition = response.css("time.edition::attr(datetime)").get()
        nettoyage = Nettoyage(selector=response.selector, edition=datetime.fromisoformat(edition))
        nettoyage.add_value("url", response.url)
        nettoyage.add_value("canonical_url", officielle)
        nettoyage.add_css("titre", "h1::text")
        for champ in ("depose", "lieu", "vendeur", "etat", "description"):
            nettoyage.add_css(champ, f".{champ}::text")
        prix = texte(response.css(".prix::text").get(""))
        lu, dit = montant(prix), mention(prix)
        nettoyage.add_value("mention", dit)
        if dit == "gratuit":
            nettoyage.add_value("prix", 0.0)
            nettoyage.add_value("monnaie", "EUR")
        elif lu.amount is not None:
            nettoyage.add_value("prix", lu.amount_float)
            nettoyage.add_value("monnaie", MONNAIES.get(lu.currency, lu.currency))
        yield nettoyage.load_item()

    @staticmethod
    def decoder(response: TextResponse) -> TextResponse:
        """Ne pas croire l'encodage annoncé : si les octets sont de l'UTF-8 valable, c'en est ;
        sinon on essaie ce qui est annoncé, puis l'encodage de Windows."""
        for encodage in ("utf-8", response.encoding, "cp1252"):
            try:
                response.body.decode(encodage)
            except (UnicodeDecodeError, LookupError):
                continue
            return HtmlResponse(response.url, body=response.body, encoding=encodage)
        return response
