"""Search forms: by GET, by POST, and in dependent steps that carry a signed state."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.practice.plan import PERIOD, Cycle
from lab.practice.quotes import library, members, ranked
from lab.practice.scenario import Scenario
from lab.practice.site.pages import found_or_404, world_of
from lab.practice.site.posted import one, posted
from lab.practice.site.scenarios.library import (
    FAMILY,
    PER_PAGE,
    known_labels,
    known_writers,
    posted_page,
    quotes_page,
    room,
    with_query,
)
from lab.practice.site.scenarios.login import refused
from lab.practice.site.signatures import sign, verified
from lab.practice.world import World

STATE = "__VIEWSTATE"  # the name that ASP.NET Web Forms gave it


async def search(request: Request) -> Response:
    """Search by author and tag (``?auteur=&etiquette=``), both optional."""
    world, asked = world_of(request), request.query_params
    wanted = [(name, asked[name]) for name in ("auteur", "etiquette") if asked.get(name)]
    keys = [f"{name}/{value}" for name, value in wanted]
    pages, found = quotes_page(request, *keys) if wanted else (None, [])
    return room(
        request, "recherche.html", writers=known_writers(world), labels=known_labels(world),
        chosen={"auteur": "", "etiquette": ""} | dict(wanted), quotes=found,
        pager=with_query(pages, wanted) if pages else None,
    )  # fmt: skip


def _towns(world: World, chosen: list[str]) -> Cycle:
    """Return the quotations of authors born in one of the towns."""
    places = library(world).places
    kept = set().union(*(places.get(f"ville/{slug}", frozenset()) for slug in chosen))
    return Cycle(PERIOD, tuple(sorted(kept)))


def _number(text: str, last: int) -> int | None:
    """Return a page number between 1 and `last`, None for anything else."""
    valid = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if valid and 1 <= int(text) <= last else None


async def towns(request: Request) -> Response:
    """Show the towns (GET), or the quotations of the towns chosen (POST, paged by POST too)."""
    world = world_of(request)
    known = {
        slug: town
        for slug, town in library(world).towns.items()
        if members(world, f"ville/{slug}")[1]
    }
    fields = await posted(request) if request.method == "POST" else {}
    chosen = [slug for slug in dict.fromkeys(fields.get("ville", [])) if slug in known]
    cycle = _towns(world, chosen)
    count = cycle.count(world.quotes)
    blank = posted_page(request, count)
    number = found_or_404(_number(one(fields, "page") or "1", blank.last))
    pages = posted_page(request, count, number)
    return room(
        request, "villes.html", known=known, chosen=chosen, asked=request.method == "POST",
        pager=pages, quotes=ranked(world, cycle, pages.start, pages.stop),
    )  # fmt: skip


async def desk(request: Request) -> Response:
    """Serve the desk: an author, then one of the author's tags, then the pages of quotations.

    Each answer carries a new state that the next request must send back: 400 when it is
    missing or forged, or when it does not lead to what is asked.
    """
    world = world_of(request)
    state: dict[str, Any] = {"etape": 0, "auteur": "", "etiquette": "", "page": 0}
    if request.method == "POST":
        fields = await posted(request)
        before = verified(world, "guichet", one(fields, STATE))
        after = _step(world, before, fields) if before else None
        if after is None:
            return refused(
                request, 400, "L’état du formulaire manque, est faux ou ne mène pas ici."
            )
        state = after
    return _desk_page(request, world, state)


def _step(
    world: World, before: dict[str, Any], fields: dict[str, list[str]]
) -> dict[str, Any] | None:
    """Return the state after a posted step, None when the state before does not allow it."""
    writer, label = one(fields, "auteur"), one(fields, "etiquette")
    after = {**before, "etape": before["etape"] + 1}
    if writer != before["auteur"]:  # another author: everything starts again
        known = {slug for slug, *_ in known_writers(world)}
        return {**after, "auteur": writer, "etiquette": "", "page": 0} if writer in known else None
    if not label:
        return {**after, "etiquette": "", "page": 0}
    if label not in {slug for slug, _ in _labels_of(world, writer)}:
        return None
    if label != before["etiquette"] or "suite" not in fields:
        return {**after, "etiquette": label, "page": 1}
    last = _last_page(world, writer, label)
    return {**after, "page": before["page"] + 1} if before["page"] < last else None


def _last_page(world: World, writer: str, label: str) -> int:
    """Return the number of the last page of an author's quotations under a tag."""
    count = members(world, f"auteur/{writer}", f"etiquette/{label}")[1]
    return -(-count // PER_PAGE)


def _labels_of(world: World, writer: str) -> list[tuple[str, str]]:
    """Return (slug, name) of the tags that an author has quotations under."""
    if not writer:
        return []
    return [
        (slug, name)
        for slug, name, _ in known_labels(world)
        if members(world, f"auteur/{writer}", f"etiquette/{slug}")[1]
    ]


def _desk_page(request: Request, world: World, state: dict[str, Any]) -> Response:
    pages, found = None, []
    if state["etiquette"]:
        keys = (f"auteur/{state['auteur']}", f"etiquette/{state['etiquette']}")
        cycle, count = members(world, *keys)
        pages = posted_page(request, count, state["page"])
        found = ranked(world, cycle, pages.start, pages.stop)
    return room(
        request, "guichet.html", field=STATE, state=sign(world, "guichet", state), chosen=state,
        writers=known_writers(world), labels=_labels_of(world, state["auteur"]),
        pager=pages, quotes=found,
    )  # fmt: skip


SCENARIOS = (
    Scenario(
        "bibliotheque-recherche", FAMILY, "Formulaire de recherche (GET)",
        "/bibliotheque/recherche", 2,
        "Les citations d’un auteur, d’une étiquette ou des deux : le formulaire ne fait que "
        "composer une adresse.", "formulaire",
    ),
    Scenario(
        "bibliotheque-villes", FAMILY, "Formulaire de recherche (POST)",
        "/bibliotheque/villes", 2,
        "Des cases à cocher envoyées par POST : les pages de résultats n’ont pas d’adresse, il "
        "faut renvoyer le formulaire pour tourner la page.", "formulaire",
    ),
    Scenario(
        "bibliotheque-guichet", FAMILY, "Formulaire à états (__VIEWSTATE)",
        "/bibliotheque/guichet", 3,
        "Chaque choix en ouvre un autre, et un champ caché, différent à chaque pas, doit revenir "
        "intact.", "viewstate",
    ),
)  # fmt: skip

ROUTES = [
    Route("/bibliotheque/recherche", search),
    Route("/bibliotheque/villes", towns, methods=["GET", "POST"]),
    Route("/bibliotheque/guichet", desk, methods=["GET", "POST"]),
]
