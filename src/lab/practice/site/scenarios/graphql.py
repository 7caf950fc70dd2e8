"""GraphQL: one address, and the client says which fields it wants."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lab.practice.scenario import Scenario
from lab.practice.site.pages import JSON, base_url, page, world_of

MOST_BODY = 20_000  # bytes
EXAMPLE = """\
{
  articles(first: 3) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges {
      node { title published section { name } authors { name } }
    }
  }
}"""


async def endpoint(request: Request) -> Response:
    """Answer a query (GET or POST, https://graphql.github.io/graphql-over-http/)."""
    if request.method == "GET" and "query" not in request.query_params:
        return _manual(request)
    try:
        query, variables, name = await _read(request)
    except (ValueError, TypeError, AttributeError):
        return _reply({"errors": [{"message": 'Il faut du JSON : {"query": "…"}.'}]}, 400)
    from lab.practice.site.queries import run

    return _reply(*run(world_of(request), base_url(request), query, variables, name))


def _manual(request: Request) -> Response:
    from lab.practice.site.graph import MAX_COST, MAX_DEPTH, MOST

    return page(
        request, "api/graphql.html", example=EXAMPLE, most=MOST, depth=MAX_DEPTH, cost=MAX_COST
    )


async def _read(request: Request) -> tuple[str, dict[str, Any], str | None]:
    """Return the query, its variables and the operation's name. Raises ValueError…"""
    if request.method == "GET":
        asked: dict[str, Any] = dict(request.query_params)
        asked["variables"] = json.loads(asked.get("variables") or "{}")
    else:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BODY:
                raise ValueError("body too long")
        asked = json.loads(body)
    query, variables = asked.get("query"), asked.get("variables") or {}
    name = asked.get("operationName") or None
    if not isinstance(query, str) or not isinstance(variables, dict) or len(query) > MOST_BODY:
        raise ValueError(query)
    return query, variables, name if isinstance(name, str) else None


def _reply(data: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(data, ensure_ascii=False), status, media_type=JSON)


async def schema(request: Request) -> Response:
    """Return the schema, in its own language."""
    from lab.practice.site.queries import printed_schema

    return PlainTextResponse(printed_schema())


SCENARIOS = (
    Scenario(
        "graphql", "API", "GraphQL", "/graphql", 3,
        "Une seule adresse : on y envoie la liste des champs voulus, et l’on tourne les pages "
        "avec des curseurs.", "graphql",
    ),
)  # fmt: skip
ROUTES = [
    Route("/graphql", endpoint, methods=["GET", "POST"]),
    Route("/graphql/schema", schema),
]
