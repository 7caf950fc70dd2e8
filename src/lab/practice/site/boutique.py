"""Pages of the shop."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.practice.products import Product, Review, product, shown_reviews
from lab.practice.site.pages import base_url, found_or_404, json_script, page, pager, world_of

PER_PAGE = 24


async def front(request: Request) -> Response:
    """Show the categories and a few products of each."""
    world = world_of(request)
    blocks = []
    for found in world.plan.categories.values():
        cycle = world.plan.cycle(found)
        total = cycle.count(world.products)
        items = [product(world, cycle.nth(rank)) for rank in range(min(4, total))]
        blocks.append((found, total, items))
    return page(request, "boutique.html", blocks=blocks)


async def category(request: Request) -> Response:
    """List the products of a category."""
    world = world_of(request)
    found = found_or_404(world.plan.categories.get(request.path_params["slug"]))
    cycle = world.plan.cycle(found)
    pages = pager(request, cycle.count(world.products), PER_PAGE)
    items = [product(world, cycle.nth(rank)) for rank in range(pages.start, pages.stop)]
    return page(request, "categorie.html", category=found, items=items, pager=pages)


async def detail(request: Request) -> Response:
    """Show a product; the address must be exact."""
    world = world_of(request)
    try:
        item = product(world, request.path_params["number"] - 1)
    except IndexError:
        raise HTTPException(404) from None
    if item.path != request.url.path:
        raise HTTPException(404)
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
