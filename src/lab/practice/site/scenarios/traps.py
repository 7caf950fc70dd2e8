"""Traps: sites without end, addresses that never repeat, links a visitor does not see."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lab.practice import events
from lab.practice.products import product
from lab.practice.scenario import Scenario
from lab.practice.site.pages import page, world_of
from lab.practice.site.watch import CLOSED_HOST

FAMILY = "Pièges à robots"
SCENARIOS = (
    Scenario(
        "calendrier", FAMILY, "Un calendrier sans fin", "/agenda/", 3,
        "Un an d’événements, puis des mois vides à l’infini : savoir s’arrêter.", "agenda",
    ),
    Scenario(
        "facettes", FAMILY, "Des filtres qui se combinent sans fin", "/pieges/facettes/", 3,
        "Vingt-quatre produits, et une infinité d’adresses pour les afficher.",
    ),
    Scenario(
        "sessions", FAMILY, "Un numéro de session dans l’adresse", "/pieges/sessions/", 3,
        "Douze pages dont l’adresse change à chaque visite : ne les compter qu’une fois.",
    ),
    Scenario(
        "lien-cache", FAMILY, "Un lien que personne ne voit", "/pieges/lien-cache/", 2,
        "Le lien invisible est interdit par robots.txt : le suivre trahit un robot.",
    ),
    Scenario(
        "interdit", FAMILY, "Un site fermé aux robots", "/pieges/interdit/", 1,
        "Son robots.txt interdit tout : un robot poli n’y lit aucune page.",
    ),
)  # fmt: skip

SORTS = {"prix": "prix", "nom": "nom", "note": "note", "nouveautes": "nouveauté"}
FILTERS = {
    "en-stock": "en stock", "promo": "en promotion", "local": "fabriqué ici",
    "recycle": "recyclé", "noir": "noir", "bleu": "bleu", "bois": "en bois", "leger": "léger",
}  # fmt: skip
SHOWN = 24
DOCUMENTS = 12
LONGEST_FILTER = 60  # filters in one address: beyond, 404 as a server that refuses long addresses


async def agenda(request: Request) -> Response:
    """Send to the first month."""
    year, month = events.FIRST
    return RedirectResponse(f"/agenda/{year}/{month:02d}/", 302)


async def month(request: Request) -> Response:
    """Show a month, with links to the one before and the one after, for ever."""
    year, number = request.path_params["year"], request.path_params["month"]
    if year not in events.YEARS or not 1 <= number <= 12:
        raise HTTPException(404)
    around: dict[str, Any] = {}
    for word, step in (("before", -1), ("after", 1), ("next_year", 12)):
        there = events.shift(year, number, step)
        around[word] = (f"/agenda/{there[0]}/{there[1]:02d}/", events.month_name(*there))
    return page(
        request, "pieges/mois.html", name=events.month_name(year, number),
        found=events.events_of(world_of(request), year, number), **around,
    )  # fmt: skip


async def event(request: Request) -> Response:
    """Show one event."""
    year, number = request.path_params["year"], request.path_params["month"]
    if year in events.YEARS and 1 <= number <= 12:
        for one in events.events_of(world_of(request), year, number):
            if one.path == request.url.path:
                name = events.month_name(year, number)
                return page(request, "pieges/evenement.html", event=one, name=name)
    raise HTTPException(404)


async def facets(request: Request) -> Response:
    """Show the same products in any order, under any combination of filters."""
    world, asked = world_of(request), request.query_params
    sort = asked.get("tri", "")
    chosen = [name for name in asked.get("filtre", "").split(",") if name]
    if len(chosen) > LONGEST_FILTER:
        raise HTTPException(404, "Cette combinaison de filtres est trop longue.")
    # Filters pile up, in the order of the clicks: the same list under ever new addresses.
    filters = [(name, _facet(sort, [*chosen, name])) for name in FILTERS]
    sorts = [(name, _facet(name, chosen)) for name in SORTS]
    items = [product(world, number) for number in range(min(world.products, SHOWN))]
    return page(
        request, "pieges/facettes.html", items=items, filters=filters, sorts=sorts,
        chosen=chosen, sort=sort,
        labels=SORTS | FILTERS,
    )  # fmt: skip


def _facet(sort: str, chosen: list[str]) -> str:
    query = {"tri": sort, "filtre": ",".join(chosen)}
    return "/pieges/facettes/?" + urlencode({k: v for k, v in query.items() if v}, safe=",")


async def sessions(request: Request) -> Response:
    """Show a document; every link carries a session number that was never seen before."""
    number = request.path_params.get("number", 0)
    if not 0 <= number <= DOCUMENTS:
        raise HTTPException(404)
    sid = request.query_params.get("sid", "")
    if not sid:
        return RedirectResponse(f"{request.url.path}?sid={_session(request, '', number)}", 302)
    links = [
        (n, f"/pieges/sessions/{n}/?sid={_session(request, sid, n)}")
        for n in range(1, DOCUMENTS + 1)
    ]
    return page(request, "pieges/sessions.html", number=number, links=links)


def _session(request: Request, sid: str, number: int) -> str:
    # A function of the address: no memory, and the same walk gives the same numbers.
    key = f"{world_of(request).seed}/{sid}/{request.url.path}/{number}"
    return hashlib.blake2b(key.encode(), digest_size=12).hexdigest()


async def hidden_link(request: Request) -> Response:
    """Show a page with links to follow, and links that only a robot sees."""
    return page(request, "pieges/lien_cache.html", step=request.path_params.get("step", 1))


async def closed_site(request: Request) -> Response:
    """Tell how to reach the host that is closed to robots."""
    port = request.url.port
    address = f"{request.url.scheme}://{CLOSED_HOST}{f':{port}' if port else ''}/"
    return page(request, "pieges/interdit.html", address=address)


ROUTES = [
    Route("/agenda/", agenda),
    Route("/agenda/{year:int}/{month:int}/", month),
    Route("/agenda/{year:int}/{month:int}/{day:int}-{slug}/", event),
    Route("/pieges/facettes/", facets),
    Route("/pieges/sessions/", sessions),
    Route("/pieges/sessions/{number:int}/", sessions),
    Route("/pieges/lien-cache/", hidden_link),
    Route("/pieges/interdit/", closed_site),
]
