"""The same articles under three layouts, with class names that mean nothing and do not last.

Layout A describes itself in JSON-LD, B in microdata and OpenGraph, C hardly at all: what they
share is the meaning of HTML elements, and that is what a robust spider leans on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lab.practice.articles import headline, paragraphs
from lab.practice.scenario import Scenario
from lab.practice.site.gazette import PUBLISHER, news_article
from lab.practice.site.pages import base_url, json_script, page, pager, world_of
from lab.practice.world import World

VARIANTS = ("a", "b", "c")
COOKIE = "variante"


def variant_of(world: World, number: int, wished: str = "") -> str:
    """Return the layout of an article: the visitor's, else one drawn from the number."""
    if wished in VARIANTS:
        return wished
    return world.rng("variant", number).choice(VARIANTS)


def hashed(world: World, variant: str) -> Callable[[str], str]:
    """Return a function that names CSS classes as build tools do: anew every day."""

    def name(part: str) -> str:
        text = f"{world.seed}/{world.today}/{variant}/{part}"
        return f"{part[0]}_{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"

    return name


async def listing(request: Request) -> Response:
    """List the articles, newest first."""
    world = world_of(request)
    pages = pager(request, world.article_count)
    heads = [headline(world, n) for n in world.newest(None, pages.start, pages.stop)]
    wished = request.cookies.get(COOKIE, "")
    return page(
        request, "variantes/liste.html", heads=heads, pager=pages, variants=VARIANTS, wished=wished
    )


async def article(request: Request) -> Response:
    """Show an article in one of the layouts."""
    world, number = world_of(request), request.path_params["number"]
    if not 1 <= number <= world.article_count:
        raise HTTPException(404)
    head = headline(world, number - 1)
    variant = variant_of(world, number, request.cookies.get(COOKIE, ""))
    body = paragraphs(world, head.index)
    shown = page(
        request, f"variantes/{variant}.html", head=head, body=body, publisher=PUBLISHER,
        data=json_script({"@graph": [news_article(head, body, base_url(request))]}),
        k=hashed(world, variant),
    )  # fmt: skip
    shown.headers["vary"] = "Cookie"
    return shown


async def choose(request: Request) -> Response:
    """Keep a layout in a cookie, or forget it (``aucune``)."""
    wished = request.path_params["variant"]
    if wished not in (*VARIANTS, "aucune"):
        raise HTTPException(404)
    answered = RedirectResponse("/variantes/", 303)
    if wished == "aucune":
        answered.delete_cookie(COOKIE, path="/variantes/")
    else:
        answered.set_cookie(COOKIE, wished, path="/variantes/", httponly=True, samesite="lax")
    return answered


SCENARIOS = (
    Scenario(
        "variantes", "Mise en page", "Trois mises en page pour un article", "/variantes/", 3,
        "Le site essaie trois présentations, et ses noms de classes changent chaque jour : un "
        "sélecteur écrit pour l’une ne trouve rien dans les autres.", "robuste",
    ),
)  # fmt: skip
ROUTES = [
    Route("/variantes/", listing),
    Route("/variantes/article/{number:int}/", article),
    Route("/variantes/choisir/{variant}", choose),
]
