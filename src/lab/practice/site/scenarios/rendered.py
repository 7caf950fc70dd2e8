"""Pages drawn by JavaScript: at once, after a while, on a click.

The delayed and clicked pages receive scrambled data: reading their script would do, but a
browser is what they are here to teach.
"""

from __future__ import annotations

import base64
import hashlib
import json
from itertools import cycle
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lab.practice.quotes import quote
from lab.practice.scenario import Scenario
from lab.practice.site.pages import json_script, pager, world_of
from lab.practice.site.scenarios.library import FAMILY, PER_PAGE, quotes_page, room
from lab.practice.site.scenarios.scrolling import as_data
from lab.practice.truth.library import SELECTION
from lab.practice.world import World

ROOM = "/bibliotheque/rendu"


def scrambling_key(world: World) -> bytes:
    """Return the 16 bytes that hide the data from those who do not run the script."""
    return hashlib.sha256(f"{world.seed}/bibliotheque/brouillage".encode()).digest()[:16]


def scrambled(world: World, data: Any) -> str:
    """Return `data` as JSON, each byte exclusive-ored with the key, in base 64."""
    clear = json.dumps(data, ensure_ascii=False).encode()
    mixed = bytes(a ^ b for a, b in zip(clear, cycle(scrambling_key(world)), strict=False))
    return base64.b64encode(mixed).decode()


async def immediate(request: Request) -> Response:
    """Give the data in a variable of a script that draws the page at once."""
    pages, found = quotes_page(request)
    data = json_script([as_data(one) for one in found])
    return room(request, "immediat.html", pager=pages, data=data)


async def delayed(request: Request) -> Response:
    """Draw the page after a delay and a request."""
    pages, _ = quotes_page(request)
    key = scrambling_key(world_of(request)).hex()
    return room(request, "differe.html", pager=pages, key=key, source=f"{ROOM}/differe/donnees")


async def clicked(request: Request) -> Response:
    """Draw ten quotations at each click on « Voir la suite »."""
    world = world_of(request)
    total = min(SELECTION, world.quotes)
    key = scrambling_key(world).hex()
    return room(request, "clic.html", total=total, key=key, source=f"{ROOM}/clic/donnees")


async def delayed_data(request: Request) -> Response:
    """Return the scrambled data of one page of `delayed`."""
    pages, found = quotes_page(request)
    return _answer(request, [as_data(one) for one in found], pages.number < pages.last)


async def clicked_data(request: Request) -> Response:
    """Return the scrambled data of one click."""
    world = world_of(request)
    pages = pager(request, min(SELECTION, world.quotes), PER_PAGE)
    found = [quote(world, rank) for rank in pages.ranks]
    return _answer(request, [as_data(one) for one in found], pages.number < pages.last)


def _answer(request: Request, found: list[dict[str, Any]], more: bool) -> Response:
    body = scrambled(world_of(request), {"citations": found, "suite": more})
    return PlainTextResponse(body, headers={"cache-control": "no-cache"})


SCENARIOS = (
    Scenario(
        "bibliotheque-rendu-immediat", FAMILY, "JSON caché dans un script",
        f"{ROOM}/immediat/", 2,
        "Le navigateur dessine tout, mais les données sont dans la page, dans une variable : "
        "nul besoin de navigateur pour les lire.", "json_cache",
    ),
    Scenario(
        "bibliotheque-rendu-differe", FAMILY, "Page dessinée après un délai",
        f"{ROOM}/differe/", 3,
        "Rien à lire dans la page : un script attend, demande des données brouillées, puis "
        "dessine. Un vrai navigateur le fait pour nous.", "navigateur",
    ),
    Scenario(
        "bibliotheque-rendu-clic", FAMILY, "Page qui s’étend à chaque clic", f"{ROOM}/clic/", 3,
        "« Voir la suite » : il faut cliquer, attendre, et recommencer jusqu’à ce que le bouton "
        "disparaisse.".replace("« ", "«\u00a0").replace(" »", "\u00a0»"), "navigateur",
    ),
)  # fmt: skip

ROUTES = [
    Route(f"{ROOM}/immediat/", immediate),
    Route(f"{ROOM}/differe/", delayed),
    Route(f"{ROOM}/differe/donnees", delayed_data),
    Route(f"{ROOM}/clic/", clicked),
    Route(f"{ROOM}/clic/donnees", clicked_data),
]
