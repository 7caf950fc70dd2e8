"""La Boutique, un site marchand : des catégories, des pages de liste, des produits.

scrapy crawl boutique                          toute la boutique
scrapy crawl boutique -a categorie=jardin      une seule catégorie
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import Request, TextResponse
from scrapy.linkextractors import LinkExtractor

from lab.scraping.items import Product
from newscrawler.structured import address, canonical, first, json_ld, meta, names


class BoutiqueSpider(scrapy.Spider):
    """Suit les catégories et leurs pages, et lit chaque fiche de produit."""

    name = "boutique"

    produits = LinkExtractor(allow=r"/boutique/produit/[^/]+\.html$", unique=True)
    categories = LinkExtractor(allow=r"/boutique/categorie/[^/?]+/$", unique=True)

    def __init__(self, categorie: str | None = None, **kwargs):
        super().__init__(**kwargs)
        self.categorie = categorie

    async def start(self) -> AsyncIterator[Request]:
        """Le point de départ : l'accueil, ou directement la catégorie demandée."""
        accueil = self.settings["PRACTICE_URL"].rstrip("/") + "/boutique/"
        if self.categorie:
            yield Request(f"{accueil}categorie/{self.categorie}/", callback=self.parse_liste)
        else:
            yield Request(accueil, callback=self.parse)

    def parse(self, response: TextResponse) -> Iterator[Request]:
        """L'accueil : un lien par catégorie."""
        for lien in self.categories.extract_links(response):
            yield Request(lien.url, callback=self.parse_liste)

    def parse_liste(self, response: TextResponse) -> Iterator[Request]:
        """Une page de liste : ses produits, puis la page suivante."""
        for lien in self.produits.extract_links(response):
            yield Request(lien.url, callback=self.parse_produit, priority=1)
        suivante = response.css('a[rel~="next"]::attr(href), link[rel~="next"]::attr(href)').get()
        if suivante:
            yield response.follow(suivante, callback=self.parse_liste)

    def parse_produit(self, response: TextResponse) -> Iterator[Product]:
        """Une fiche : JSON-LD « Product », ses offres et ses notes."""
        donnees = json_ld(response, "Product")
        offre = first(donnees.get("offers")) or {}
        notes = donnees.get("aggregateRating") or {}
        image = address(donnees.get("image")) or meta(response, "og:image")
        yield Product(
            url=response.url,
            canonical_url=canonical(response),
            name=donnees.get("name") or meta(response, "og:title"),
            brand=next(iter(names(donnees.get("brand"))), None),
            category=donnees.get("category"),
            sku=donnees.get("sku"),
            price=offre.get("price") or meta(response, "product:price:amount"),
            currency=offre.get("priceCurrency") or meta(response, "product:price:currency"),
            availability=offre.get("availability"),
            rating=notes.get("ratingValue"),
            reviews=notes.get("reviewCount", 0),  # pas de note : aucun avis
            description=donnees.get("description") or meta(response, "og:description"),
            image=response.urljoin(image) if image else None,
        )
