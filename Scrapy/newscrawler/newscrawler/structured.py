"""Lire les données structurées d'une page : JSON-LD d'abord, OpenGraph ensuite.

Les sites décrivent leurs pages pour les moteurs de recherche (https://schema.org). Ces
données changent bien moins souvent que la mise en page : on commence toujours par elles.
"""

import json
from collections.abc import Iterator
from typing import Any

from scrapy.http import TextResponse

from lab.scraping.items import Article


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Tous les objets d'un bloc : seul, dans une liste, ou dans un « @graph »."""
    if isinstance(value, list):
        for element in value:
            yield from _objects(element)
    elif isinstance(value, dict):
        yield value
        yield from _objects(value.get("@graph"))


def json_ld(response: TextResponse, kind: str) -> dict[str, Any]:
    """Le premier objet JSON-LD du type demandé (« NewsArticle », « Product »), ou {}."""
    for block in response.css('script[type="application/ld+json"]::text').getall():
        try:
            data = json.loads(block, strict=False)
        except ValueError:
            continue  # un bloc mal écrit ne doit pas faire perdre la page
        for found in _objects(data):
            kinds = found.get("@type")
            if kind in (kinds if isinstance(kinds, list) else [kinds]):
                return found
    return {}


def meta(response: TextResponse, name: str) -> str | None:
    """Le contenu d'une balise <meta property="…"> (OpenGraph) ou <meta name="…">."""
    return response.xpath("//meta[@property=$name or @name=$name]/@content", name=name).get()


def metas(response: TextResponse, name: str) -> list[str]:
    """Comme `meta`, pour une balise répétée."""
    return response.xpath("//meta[@property=$name or @name=$name]/@content", name=name).getall()


def canonical(response: TextResponse) -> str:
    """L'adresse officielle de la page : la même quel que soit le chemin qui y mène."""
    link = response.css('link[rel~="canonical"]::attr(href)').get()
    return response.urljoin(link or meta(response, "og:url") or response.url)


def first(value: Any) -> Any:
    """Le premier élément d'une liste, ou la valeur elle-même."""
    return value[0] if isinstance(value, list) and value else value


def names(value: Any) -> list[str]:
    """Les noms d'une ou plusieurs personnes ou marques : « X », {"name": "X"}, ou une liste."""
    several = value if isinstance(value, list) else [value]
    found = [one.get("name") if isinstance(one, dict) else one for one in several]
    return [name for name in found if isinstance(name, str)]


def address(value: Any) -> str | None:
    """L'adresse d'une image : « https://… », {"url": "https://…"}, ou une liste."""
    one = first(value)
    found = one.get("url") if isinstance(one, dict) else one
    return found if isinstance(found, str) and found else None


def paragraphes(response: TextResponse) -> str:
    """Les paragraphes de l'article, séparés par une ligne vide."""
    trouves = response.css("article p:not([class])")
    return "\n\n".join(p.xpath("string()").get("").strip() for p in trouves)


def read_article(response: TextResponse) -> Article:
    """L'article d'une page : JSON-LD d'abord, OpenGraph et la page ensuite."""
    donnees = json_ld(response, "NewsArticle")
    image = address(donnees.get("image")) or meta(response, "og:image")
    return Article(
        url=response.url,
        canonical_url=canonical(response),
        title=donnees.get("headline") or meta(response, "og:title"),
        description=donnees.get("description") or meta(response, "og:description"),
        authors=names(donnees.get("author")) or metas(response, "article:author"),
        section=donnees.get("articleSection") or meta(response, "article:section"),
        tags=metas(response, "article:tag") or names(donnees.get("keywords")),
        language=donnees.get("inLanguage") or response.css("html::attr(lang)").get(),
        published=donnees.get("datePublished") or meta(response, "article:published_time"),
        modified=donnees.get("dateModified") or meta(response, "article:modified_time"),
        body=donnees.get("articleBody") or paragraphes(response),
        image=response.urljoin(image) if image else None,
    )
