"""N'importe quelle boutique du Web : on lui donne une adresse, il trouve et lit les produits.

scrapy crawl magasin -a site=https://www.exemple.fr
scrapy crawl magasin -a site=https://www.exemple.fr -a pages=50
"""

from collections.abc import Iterator

from scrapy.http import HtmlResponse

from lab.scraping.discovery import SiteSpider
from lab.scraping.discovery.finder import SHOP
from lab.scraping.extraction import Extraction
from lab.scraping.items import Product


class MagasinSpider(SiteSpider):
    """Les boutiques décrivent leurs produits pour les comparateurs de prix : on lit la même chose.

    Le chemin est celui du spider `presse` ; seules changent la forme des adresses que l'on
    cherche et la fiche que l'on garde (schema.org « Product » et ses offres). Une page de
    catégorie contient aussi des produits : elle n'est pas gardée, chacun a sa page.
    """

    name = "magasin"
    taste = SHOP  # les plans du site à laisser, la forme d'une adresse de produit

    def read(self, found: Extraction, response: HtmlResponse) -> Iterator[Product]:
        """Une page : un produit, ou rien."""
        if isinstance(found.item, Product):
            yield found.item
