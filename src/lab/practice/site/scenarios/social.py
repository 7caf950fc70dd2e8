"""The social feed: short messages, relative dates, and a cursor instead of page numbers."""

from __future__ import annotations

import re

from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.practice.scenario import Scenario
from lab.practice.site.pages import page, world_of
from lab.practice.social import Message, abridged, index_of, index_range, message

PER_PAGE = 20
_MARK = re.compile(r"([#@])(\w+)")


def decorated(text: str) -> Markup:
    """Return a message as HTML, its hashtags and mentions in elements of their own."""
    kinds = {"#": "mot", "@": "mention"}
    html = _MARK.sub(
        lambda found: f'<span class="{kinds[found[1]]}">{found[0]}</span>', str(escape(text))
    )
    return Markup(html)  # noqa: S704  escaped just above; the marks hold word characters only


def _index(text: str) -> int:
    try:
        return index_of(text)
    except ValueError:
        raise HTTPException(404, "Ce message n’existe pas.") from None


async def feed(request: Request) -> Response:
    """Show twenty messages, newest first, older than the one named by ``?avant=``."""
    world = world_of(request)
    known = index_range(world)
    before = request.query_params.get("avant")
    stop = known.stop if before is None else _index(before)
    if not known.start <= stop <= known.stop:
        raise HTTPException(404, "Ce message n’existe pas.")
    start = max(known.start, stop - PER_PAGE)
    messages = [message(world, index) for index in range(stop - 1, start - 1, -1)]
    older = messages[-1].id if messages and start > known.start else None
    return _show(request, messages, older, before is None)


def _show(request: Request, messages: list[Message], older: str | None, first: bool) -> Response:
    return page(
        request, "fil/fil.html", messages=messages, older=older, first=first,
        abridged=abridged, decorated=decorated,
    )  # fmt: skip


async def alone(request: Request) -> Response:
    """Show one message."""
    world = world_of(request)
    try:
        found = message(world, _index(request.path_params["number"]))
    except IndexError:
        raise HTTPException(404, "Ce message n’existe pas.") from None
    return page(request, "fil/message.html", message=found, abridged=abridged, decorated=decorated)


SCENARIOS = (
    Scenario(
        "fil", "Réseau social", "Un fil de messages", "/fil/", 2,
        "Des messages courts avec mots-dièse et mentions, des dates « il y a 3 h », des comptes "
        "arrondis (« 1,2 k »), et un bouton « plus anciens » au lieu de numéros de page.", "fil",
    ),
    Scenario(
        "tweet", "Réseau social", "Un message chaque minute", "/tweet", 1,
        "Une adresse JSON dont la réponse change chaque minute : à relever régulièrement, sans "
        "en manquer.",
    ),
)  # fmt: skip
ROUTES = [
    Route("/fil/", feed),
    Route("/fil/message/{number}/", alone),
]
