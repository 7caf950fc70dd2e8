"""Read an article or a product out of any page, and say where each field came from.

::

    found = extract(response)
    if found.kind == Kind.ARTICLE:
        yield found.item

Sources, the best first; an unknown field stays None (or an empty list), nothing is guessed:

=============  ======================================================================
title          JSON-LD headline, microdata, og:title, the only <h1>, <title>
description    JSON-LD, microdata, <meta description>, og:description
authors        JSON-LD author (and contributor), microdata, article:author, rel=author,
               bylines, <meta author>
section        JSON-LD articleSection, microdata, article:section, breadcrumbs,
               rel=category
tags           JSON-LD keywords, microdata, article:tag, news_keywords, rel=tag,
               <meta keywords>
published,     JSON-LD, microdata, article:published_time and its cousins, <time>, then
modified       dates written for people; zone: `lab.scraping.extraction.dates`
language       JSON-LD inLanguage, <html lang>, <meta>, og:locale, Content-Language
image          JSON-LD, microdata, og:image (relative addresses made absolute)
canonical_url  <link rel=canonical>, JSON-LD, og:url of the same host, the address
body           JSON-LD articleBody when whole and in paragraphs, else the main text
               (trafilatura); what a publisher marks as not free is never read
=============  ======================================================================

Provenances: ``json-ld``, ``microdata``, ``opengraph``, ``meta``, ``link``, ``html`` (the
page's own elements), ``text`` (trafilatura), ``http``, ``url``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scrapy.http import TextResponse

from lab.scraping.extraction import text
from lab.scraping.extraction.article import ArticleReader
from lab.scraping.extraction.kind import ARTICLES, PRODUCTS, Kind, choose, next_page, page_kind
from lab.scraping.extraction.page import Page
from lab.scraping.extraction.product import product
from lab.scraping.extraction.reader import Reader, Sources
from lab.scraping.extraction.schema import Node
from lab.scraping.extraction.values import plain
from lab.scraping.items import Article, Product

__all__ = ["Extraction", "Kind", "extract"]

SHORTEST = 200  # characters of text without which an undeclared article is not one


@dataclass(frozen=True)
class Extraction:
    """What a page is, the item it holds (None unless article or product), and its sources."""

    kind: Kind
    item: Article | Product | None = None
    provenance: dict[str, str] = field(default_factory=dict)
    next_page: str | None = None  # of an article cut in several pages
    paragraphs: tuple[str, ...] = ()  # the text, also of a continuation
    free: bool = True  # False: the publisher keeps a part for its subscribers


def extract(response: TextResponse) -> Extraction:
    """Read a page. Never raises for what the page holds; costs a few milliseconds."""
    page = Page(response)
    if page.root is None:
        return Extraction(Kind.OTHER)
    articles, products = _sources(page, ARTICLES), _sources(page, PRODUCTS)
    kind = page_kind(
        page,
        articles[0][1] if articles else None,
        products[0][1] if products and not articles else None,
    )
    if kind == Kind.PRODUCT:
        reader = Reader(page, products)
        item = product(reader)
        return Extraction(kind, item, reader.provenance)
    if kind not in (Kind.ARTICLE, Kind.CONTINUATION):
        return Extraction(kind)
    return _article(page, kind, articles)


def _article(page: Page, kind: Kind, sources: Sources) -> Extraction:
    reader = ArticleReader(page, sources)
    item = reader.article()
    if not sources and (item.published is None or item.title is None):
        return Extraction(Kind.OTHER)
    body = reader.body(item)
    if not sources and len("".join(body)) < SHORTEST:
        return Extraction(Kind.OTHER)
    item.body = "\n\n".join(body) or None
    return Extraction(
        kind=kind,
        item=item if kind == Kind.ARTICLE else None,
        provenance=reader.provenance,
        next_page=next_page(page),
        paragraphs=tuple(body),
        free=text.is_free(reader.node),
    )


def _sources(page: Page, kinds: frozenset[str]) -> Sources:
    """Return the objects that describe the page: JSON-LD, completed by a microdata twin."""
    found: Sources = []
    main = choose(page.json_ld, kinds, page)
    if main is not None:
        found.append(("json-ld", main))
    if not (main is None and any(_is_list(node) for node in page.json_ld)):
        twin = choose(page.microdata, kinds, page)
        if twin is not None and (main is None or _title(twin) == _title(main)):
            found.append(("microdata", twin))
    return found


def _is_list(node: Node) -> bool:
    return "ItemList" in str(node.get("@type")) or "CollectionPage" in str(node.get("@type"))


def _title(node: Node) -> str | None:
    return plain(node.get("headline")) or plain(node.get("name"))
