"""Ce que les spiders de la Bibliothèque ont en commun : lire les fiches d'une page."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from parsel import Selector
from scrapy.http import TextResponse

from lab.scraping.items import stable_id
from newscrawler.items import Citation
from newscrawler.structured import canonical


def officielle(response: TextResponse, lien: str) -> str:
    """L'adresse officielle d'un lien : calculée depuis celle de la page, non celle du serveur.

    Deux serveurs qui montrent la même bibliothèque donnent ainsi les mêmes identifiants.
    """
    return urljoin(canonical(response), lien)


def citations(response: TextResponse) -> Iterator[Citation]:
    """Les fiches <article class="citation"> d'une page."""
    for bloc in response.css("article.citation"):
        yield citation(response, bloc)


def citation(response: TextResponse, bloc: Selector) -> Citation:
    """Une fiche : le texte, l'auteur, les étiquettes, et l'ouvrage s'il est montré."""
    lien = bloc.css('a[rel~="bookmark"]::attr(href)').get("")
    auteur = bloc.css('a[rel~="author"]')
    return Citation(
        url=response.urljoin(lien),
        canonical_url=officielle(response, lien),
        texte=bloc.css("blockquote p::text").get(),
        auteur=auteur.css("::text").get(),
        auteur_id=stable_id(officielle(response, auteur.attrib["href"])),
        etiquettes=bloc.css('a[rel~="tag"]::text').getall(),
        ouvrage=bloc.css(".ouvrage::text").get(),
        annee=bloc.css(".annee::text").get(),
    )


def depuis_json(response: TextResponse, donnees: dict[str, Any]) -> Citation:
    """Une citation telle que l'API et les scripts la donnent."""
    return Citation(
        url=response.urljoin(donnees["chemin"]),
        canonical_url=donnees["adresse"],
        texte=donnees["texte"],
        auteur=donnees["auteur"]["nom"],
        auteur_id=stable_id(donnees["auteur"]["adresse"]),
        etiquettes=[une["nom"] for une in donnees["etiquettes"]],
    )
