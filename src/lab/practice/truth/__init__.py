"""The answer key: what a perfect spider brings back from a `World`.

Fields are those of the lab's items, without what depends on the visit (`scraped_at`, `spider`,
the host): `url` and `image` are paths, to be resolved against the server's address.  Texts are
exact, no-break spaces (U+00A0) included: compare after the same whitespace clean-up on both
sides.  Imported by checks only; no page gives access to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.practice.articles import headline, paragraphs
from lab.practice.changes import withdrawn
from lab.practice.products import product
from lab.practice.world import World, stable_id


def article(world: World, index: int) -> dict[str, Any]:
    """Return the expected article `index` (0 = oldest); IndexError when there is none."""
    head = headline(world, index)
    return {
        "id": stable_id(head.canonical_url),
        "number": head.number,
        "url": head.path,
        "canonical_url": head.canonical_url,
        "title": head.title,
        "description": head.description,
        "authors": [author.name for author in head.entry.authors],
        "section": head.entry.section.name,
        "tags": [tag.name for tag in head.entry.tags],
        "language": "fr",
        "published": head.published,
        "modified": head.modified,
        "body": "\n\n".join(paragraphs(world, index)),
        "image": head.image_path,
        "source": "gazette.example",
    }


def product_item(world: World, index: int) -> dict[str, Any]:
    """Return the expected product `index`; IndexError when there is none."""
    item = product(world, index)
    return {
        "id": stable_id(item.canonical_url),
        "number": item.number,
        "url": item.path,
        "canonical_url": item.canonical_url,
        "name": item.name,
        "brand": item.brand,
        "category": item.category.name,
        "sku": item.sku,
        "price": item.price,
        "currency": "EUR",
        "availability": item.availability,
        "rating": item.rating,
        "reviews": item.reviews,
        "description": item.description,
        "image": item.image_path,
        "source": "boutique.example",
    }


def articles(world: World) -> Iterator[dict[str, Any]]:
    """Yield every expected article, oldest first."""
    return (article(world, index) for index in range(world.article_count))


def products(world: World) -> Iterator[dict[str, Any]]:
    """Yield every expected product still sold."""
    gone = withdrawn(world)
    return (product_item(world, index) for index in range(world.products) if index not in gone)
