"""Pages of the shop."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.practice.changes import withdrawn
from lab.practice.plan import Category, Cycle
from lab.practice.products import Product, Review, product, shown_reviews
from lab.practice.site.pages import (
    base_url,
    found_or_404,
    json_script,
    numbered_or_404,
    page,
    pager,
    world_of,
)
from lab.practice.world import World

PER_PAGE = 24


async def front(request: Request) -> Response:
    """Show the categories and a few products of each."""
    world = world_of(request)
    blocks = []
    for found in world.plan.categories.values():
        cycle = world.plan.cycle(found)
        total = cycle.count(world.products)
        sold = total - _withdrawn_from(world, found)
        items = _sold(world, cycle, range(min(4, total)))
        blocks.append((found, sold, items))
    return page(request, "boutique.html", blocks=blocks)


async def category(request: Request) -> Response:
    """List the products of a category."""
    world = world_of(request)
    found = found_or_404(world.plan.categories.get(request.path_params["slug"]))
    cycle = world.plan.cycle(found)
    pages = pager(request, cycle.count(world.products), PER_PAGE)
    items = _sold(world, cycle, pages.ranks)
    sold = pages.total - _withdrawn_from(world, found)
    return page(request, "categorie.html", category=found, items=items, pager=pages, total=sold)


def _sold(world: World, cycle: Cycle, ranks: range) -> list[Product]:
    gone = withdrawn(world)
    return [product(world, n) for rank in ranks if (n := cycle.nth(rank)) not in gone]


def _withdrawn_from(world: World, category: Category) -> int:
    return sum(world.plan.category(index) == category for index in withdrawn(world))


async def detail(request: Request) -> Response:
    """Show a product; the address must be exact."""
    world = world_of(request)
    item = numbered_or_404(product, request)
    if item.path != request.url.path:
        raise HTTPException(404)
    if item.index in withdrawn(world):
        raise HTTPException(410, "Ce produit n’est plus vendu.")
    reviews = shown_reviews(world, item)
    data = json_script(schema_product(item, reviews, base_url(request)))
    return page(request, "produit.html", item=item, reviews=reviews, data=data)


def schema_product(item: Product, reviews: list[Review], base: str) -> dict[str, Any]:
    """Return the schema.org Product of a product (https://schema.org/Product)."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "@id": item.canonical_url,
        "url": item.canonical_url,
        "name": item.name,
        "sku": item.sku,
        "category": item.category.name,
        "description": item.description,
        "brand": {"@type": "Brand", "name": item.brand},
        "image": [base + item.image_path],
        "offers": {
            "@type": "Offer",
            "url": item.canonical_url,
            "price": f"{item.price:.2f}",
            "priceCurrency": "EUR",
            "availability": f"https://schema.org/{item.availability}",
            "itemCondition": "https://schema.org/NewCondition",
        },
    }
    if item.rating is not None:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": item.rating,
            "reviewCount": item.reviews,
            "bestRating": 5,
            "worstRating": 1,
        }
        data["review"] = [
            {
                "@type": "Review",
                "author": {"@type": "Person", "name": review.author},
                "reviewRating": {"@type": "Rating", "ratingValue": review.stars},
                "reviewBody": review.text,
            }
            for review in reviews
        ]
    return data


ROUTES = [
    Route("/boutique/", front),
    Route("/boutique/categorie/{slug}/", category),
    Route("/boutique/produit/{slug}-{number:int}.html", detail, name="product"),
]
