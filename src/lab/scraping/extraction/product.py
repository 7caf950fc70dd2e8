"""The fields of a product: its schema.org object, then OpenGraph.

Price of a product with several offers or variants: the lowest among those that can be bought,
else the lowest (the « à partir de » price); an AggregateOffer gives its lowPrice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.scraping import cleaning
from lab.scraping.extraction.places import canonical, crumbs, image
from lab.scraping.extraction.reader import Reader
from lab.scraping.extraction.schema import Node
from lab.scraping.extraction.values import address, decoded, first, names, plain, several
from lab.scraping.items import Product

BUYABLE = (
    "InStock",
    "LimitedAvailability",
    "OnlineOnly",
    "PreOrder",
    "PreSale",
    "BackOrder",
    "InStoreOnly",
)
# Words of social networks' catalogues (https://www.facebook.com/business/help/120325381656392).
WORDS = {
    "instock": "InStock", "in stock": "InStock", "available": "InStock",
    "available for order": "InStock", "oos": "OutOfStock", "out of stock": "OutOfStock",
    "outofstock": "OutOfStock", "preorder": "PreOrder",
    "pending": "OutOfStock", "discontinued": "Discontinued", "en stock": "InStock",
    "backorder": "BackOrder",
}  # fmt: skip


def product(reader: Reader) -> Product:
    """Return the product of the page, and fill the reader's provenance."""
    page, node = reader.page, reader.node
    offer = best_offer(node)
    rating = first(node.get("aggregateRating"))
    rating = rating if isinstance(rating, dict) else {}
    source = reader.sources[0][0] if reader.sources else ""
    item = Product(
        url=page.url,
        canonical_url=canonical(reader),
        name=_one(reader, "name", "name", "og:title") or page.heading,
        brand=_one(reader, "brand", "brand", "product:brand", "og:brand"),
        category=_one(reader, "category", "category", "product:category"),
        sku=_one(reader, "sku", "sku", "product:retailer_item_id"),
        description=_one(reader, "description", "description", "og:description", "description"),
        image=image(reader),
        price=reader.take("price", [
            (source, _amount(offer)),
            ("opengraph", page.meta(
                "product:sale_price:amount", "product:price:amount", "og:price:amount")),
        ]),
        currency=reader.take("currency", [
            (source, _currency(offer)),
            ("opengraph", page.meta("product:price:currency", "og:price:currency")),
        ]),
        availability=reader.take("availability", [
            (source, availability(offer.get("availability"))),
            ("opengraph", availability(page.meta("product:availability", "og:availability"))),
        ]),
        rating=reader.take("rating", [(source, plain(rating.get("ratingValue")))]),
        reviews=reader.take(
            "reviews", [(source, plain(rating.get("reviewCount") or rating.get("ratingCount")))]
        ),
    )  # fmt: skip
    if item.category is None:
        trail = crumbs(page, item.name)
        item.category = reader.take("category", [("json-ld", trail[-1] if trail else None)])
    if item.image is None:
        images = (address(variant.get("image"), page.base) for variant in variants(node))
        item.image = reader.take("image", [(source, next((one for one in images if one), None))])
    return item


def _one(reader: Reader, field: str, key: str, *metas: str) -> str | None:
    found: str | None = reader.take(
        field,
        [
            *reader.nodes(lambda node: next(iter(names(node.get(key))), None)),
            *(
                ("opengraph" if ":" in name else "meta", decoded(reader.page.meta(name) or ""))
                for name in metas
            ),
        ],
    )
    return found


def variants(node: Node) -> list[Node]:
    """Return the variants of a ProductGroup."""
    return [one for one in several(node.get("hasVariant")) if isinstance(one, dict)]


def offers(node: Node) -> Iterator[Node]:
    """Yield the offers of a product and of its variants."""
    for holder in (node, *variants(node)):
        for offer in several(holder.get("offers")):
            if isinstance(offer, dict):
                yield offer
                yield from (one for one in several(offer.get("offers")) if isinstance(one, dict))


def best_offer(node: Node) -> Node:
    """Return the cheapest offer that can be bought, else the cheapest, else the first, else {}."""
    listed = list(offers(node))
    priced = [(price, offer) for offer in listed if (price := _price(offer)) is not None]
    if not priced:
        return listed[0] if listed else {}
    open_ones = [pair for pair in priced if availability(pair[1].get("availability")) in BUYABLE]
    return min(open_ones or priced, key=lambda pair: pair[0])[1]


def availability(value: Any) -> str | None:
    """Return the schema.org word: ``https://schema.org/InStock`` and ``in stock`` are InStock."""
    word = plain(value)
    if word is None:
        return None
    return WORDS.get(word.lower(), word.rstrip("/").rsplit("/", 1)[-1])


def _specifications(offer: Node) -> list[Node]:
    """Return its price specifications, list prices (crossed out) left out."""
    return [
        one
        for one in several(offer.get("priceSpecification"))
        if isinstance(one, dict) and "ListPrice" not in str(one.get("priceType", ""))
        and "StrikethroughPrice" not in str(one.get("priceType", ""))
    ]  # fmt: skip


def _amount(offer: Node) -> str | None:
    found = plain(offer.get("price")) or plain(offer.get("lowPrice"))
    return found or next(
        (p for one in _specifications(offer) if (p := plain(one.get("price")))), None
    )


def _currency(offer: Node) -> str | None:
    holders = (offer, *_specifications(offer))
    return next((c for one in holders if (c := plain(one.get("priceCurrency")))), None)


def _price(offer: Node) -> float | None:
    try:
        return cleaning.number(_amount(offer))
    except ValueError:
        return None
