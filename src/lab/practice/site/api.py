"""The JSON API, and the messages of ``/tweet``."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.practice import truth
from lab.practice.changes import withdrawn
from lab.practice.site.pages import as_json, base_url, world_of
from lab.practice.tweets import LAST_MINUTE, minute_of, tweet
from lab.practice.world import World

PER_PAGE, MOST_PER_PAGE = 20, 100
Item = Callable[[World, int], dict[str, Any]]


class BadParameterError(Exception):
    """A query parameter that cannot be read; the message, in French, goes to the client."""


def _integer(request: Request, name: str, default: int, low: int, high: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high):
        raise BadParameterError(f"{name} doit être un entier compris entre {low} et {high}.")
    return int(text)


def _error(status: int, message: str) -> Response:
    body = json.dumps({"error": message}, ensure_ascii=False)
    return Response(body, status, media_type="application/json")


def public(kind: str, item: dict[str, Any], base: str) -> dict[str, Any]:
    """Return an item of the answer key as the API shows it: addresses on `base`, no stable id."""
    number = item["number"]
    data = {key: value for key, value in item.items() if key not in ("id", "number")}
    for key in ("published", "modified"):
        if key in data:
            data[key] = data[key].isoformat()
    data["url"] = base + data["url"]
    data["image"] = base + data["image"]
    return {"id": number, **data, "api_url": f"{base}/api/{kind}/{number}"}


def _list(
    request: Request, kind: str, total: int, index_of: Callable[[int], int], make: Item
) -> Response:
    try:
        size = _integer(request, "per_page", PER_PAGE, 1, MOST_PER_PAGE)
        number = _integer(request, "page", 1, 1, 10**9)
    except BadParameterError as error:
        return _error(400, str(error))
    last = max(1, -(-total // size))
    if number > last:
        return _error(404, f"Il n’y a que {last} pages.")
    world, base = world_of(request), base_url(request)
    ranks = range((number - 1) * size, min(total, number * size))
    address = f"{base}/api/{kind}?per_page={size}&page="
    return as_json(
        request,
        {
            "page": number,
            "per_page": size,
            "pages": last,
            "total": total,
            "previous": f"{address}{number - 1}" if number > 1 else None,
            "next": f"{address}{number + 1}" if number < last else None,
            "items": [
                public(kind, make(world, index), base)
                for index in map(index_of, ranks)
                if kind != "products" or index not in withdrawn(world)
            ],
        },
    )


async def articles(request: Request) -> Response:
    """List the articles, newest first."""
    total = world_of(request).article_count
    return _list(request, "articles", total, lambda rank: total - 1 - rank, truth.article)


async def products(request: Request) -> Response:
    """List the products in the order of their numbers."""
    total = world_of(request).products
    return _list(request, "products", total, lambda rank: rank, truth.product_item)


def _one(request: Request, kind: str, make: Item) -> Response:
    try:
        item = make(world_of(request), request.path_params["number"] - 1)
    except IndexError:
        return _error(404, "Aucun élément ne porte ce numéro.")
    return as_json(request, public(kind, item, base_url(request)))


async def article(request: Request) -> Response:
    """Return one article by its number."""
    return _one(request, "articles", truth.article)


async def one_product(request: Request) -> Response:
    """Return one product by its number."""
    if request.path_params["number"] - 1 in withdrawn(world_of(request)):
        return _error(410, "Ce produit n’est plus vendu.")
    return _one(request, "products", truth.product_item)


async def one_tweet(request: Request) -> Response:
    """Return the message of this minute, or of ``?minute=N`` to replay the past."""
    try:
        now = minute_of(datetime.now(UTC))
        minute = _integer(request, "minute", now, 0, LAST_MINUTE)
    except BadParameterError as error:
        return _error(400, str(error))
    return as_json(request, tweet(world_of(request), minute))


ROUTES = [
    Route("/api/articles", articles),
    Route("/api/articles/{number:int}", article),
    Route("/api/products", products),
    Route("/api/products/{number:int}", one_product),
    Route("/tweet", one_tweet),
]
