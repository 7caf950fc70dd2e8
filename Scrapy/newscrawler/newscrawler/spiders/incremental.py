"""Revenir sur un site et ne prendre que ce qui est nouveau ou changé.

scrapy crawl incremental -a date=2026-09-15     première visite : tout
scrapy crawl incremental -a date=2026-09-18     trois jours après : le neuf seulement
scrapy crawl incremental -a date=2026-09-18     encore : rien
"""

from collections.abc import AsyncIterator, Iterator
from datetime import date as jour
from pathlib import Path

import scrapy
from scrapy import signals
from scrapy.http import Request, TextResponse
from scrapy.utils.project import data_path
from scrapy.utils.sitemap import Sitemap

from lab.scraping.items import stable_id
from newscrawler.items import Prix
from newscrawler.memoire import Memoire
from newscrawler.structured import canonical, first, json_ld, read_article


class IncrementalSpider(scrapy.Spider):
    """Deux façons de ne pas tout relire, une par sorte de pages.

    Articles : le sitemap dit la date de chaque changement (`lastmod`) ; celui qui n'a pas changé
    n'est pas demandé. Produits : rien ne dit qu'un prix a bougé, il faut demander ; mais avec
    `If-None-Match` le serveur répond « 304 » sans renvoyer la page, et « 410 » si elle n'est plus.
    """

    name = "incremental"
    handle_httpstatus_list = [304, 404, 410]

    def __init__(self, date: str | None = None, memoire: str | None = None, **kwargs):
        super().__init__(**kwargs)
        self.date = jour.fromisoformat(date) if date else None
        self.memoire = Memoire(
            memoire or Path(data_path("incremental", createdir=True)) / "pages.sqlite"
        )

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        """Une page n'est retenue qu'une fois son objet accepté : ni avant, ni s'il est refusé."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.retenir, signals.item_scraped)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Le sitemap, et les produits connus : ceux qui n'y sont plus ont peut-être disparu."""
        self.base = self.settings["PRACTICE_URL"].rstrip("/")
        if self.date:  # le web d'entraînement sait se montrer tel qu'il est un autre jour
            self.base += f"/le/{self.date}"
        yield Request(f"{self.base}/sitemap.xml")
        for adresse in self.memoire.produits():
            yield self.produit(adresse)

    def parse(self, response: TextResponse) -> Iterator[Request]:
        """Un index ou un sitemap. Un produit demandé deux fois ne part qu'une : Scrapy dédouble."""
        plan = Sitemap(response.body)
        for entree in plan:
            adresse = entree["loc"].removeprefix(self.base)
            if plan.type == "sitemapindex":
                if not adresse.endswith("/news.xml"):  # les mêmes articles, sans lastmod
                    yield Request(entree["loc"])
            elif "lastmod" not in entree:
                yield self.produit(adresse)
            elif entree["lastmod"] != self.memoire[adresse]["lastmod"]:
                lastmod = {"lastmod": entree["lastmod"]}
                yield Request(entree["loc"], self.parse_article, cb_kwargs=lastmod, meta=lastmod)
            else:
                self.crawler.stats.inc_value("incremental/inchanges")

    def produit(self, adresse: str) -> Request:
        """Demander un produit « seulement s'il a changé »."""
        etag = self.memoire[adresse]["etag"]
        entetes = {"If-None-Match": etag} if etag else {}
        return Request(self.base + adresse, self.parse_produit, headers=entetes)

    def parse_article(self, response: TextResponse, lastmod: str) -> Iterator:
        """Un article nouveau ou corrigé : le même identifiant, il remplacera l'ancien."""
        if response.status == 200:
            yield read_article(response)

    def parse_produit(self, response: TextResponse) -> Iterator[Prix]:
        """Un relevé par changement : c'est l'ensemble qui fait l'historique des prix."""
        adresse = response.url.removeprefix(self.base)
        connu = self.memoire[adresse]
        if response.status == 304:
            self.crawler.stats.inc_value("incremental/inchanges")
        elif response.status in (404, 410):
            if connu["prix"] is not None and not connu["retiree"]:
                yield self.releve(response, connu["officielle"], connu["nom"], None, None,
                                  "Discontinued", connu["prix"])  # fmt: skip
        else:
            fiche = json_ld(response, "Product")
            offre = first(fiche["offers"])
            prix, etat = float(offre["price"]), offre["availability"].rsplit("/", 1)[-1]
            if (prix, etat) != (connu["prix"], connu["disponibilite"]):
                yield self.releve(response, canonical(response), fiche["name"], prix,
                                  offre["priceCurrency"], etat, connu["prix"])  # fmt: skip
            else:  # la page a changé, pas l'offre
                self.memoire.noter(adresse, etag=response.headers["ETag"].decode())

    def releve(self, response, officielle, nom, prix, monnaie, etat, avant) -> Prix:
        """Plusieurs relevés pour un produit : l'identifiant comprend le jour."""
        le = (self.date or jour.today()).isoformat()
        return Prix(id=stable_id(f"{officielle}#{le}"), url=response.url, canonical_url=officielle,
                    nom=nom, jour=le, prix=prix, monnaie=monnaie, disponibilite=etat,
                    prix_precedent=avant)  # fmt: skip

    def retenir(self, item, response: TextResponse) -> None:
        """L'objet est accepté : à la prochaine visite, cette page ne sera plus nouvelle."""
        adresse = response.url.removeprefix(self.base)
        if not isinstance(item, Prix):
            self.memoire.noter(adresse, lastmod=response.meta["lastmod"])
        elif item.disponibilite == "Discontinued":
            self.memoire.noter(adresse, retiree=1)
        else:
            self.memoire.noter(adresse, officielle=item.canonical_url, nom=item.nom, prix=item.prix,
                               disponibilite=item.disponibilite, retiree=0,
                               etag=response.headers["ETag"].decode())  # fmt: skip

    def closed(self, reason: str) -> None:
        """Fermer le fichier proprement."""
        self.memoire.fermer()
