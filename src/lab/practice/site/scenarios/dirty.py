"""The flea market: every ad well meant, badly written, and listed under several addresses."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.practice.dirty import Ad, ad, ad_count, written_date, written_price, written_text
from lab.practice.grammar import slugify
from lab.practice.scenario import Scenario
from lab.practice.site.pages import answer, numbered_or_404, page, pager, render, world_of
from lab.practice.world import World

PER_PAGE = 15
# How an ad's page is encoded: bytes, what the header says, what <meta charset> says.
# Browsers and Scrapy believe the header first (WHATWG Encoding, RFC 9110).
ENCODINGS = (
    ("utf-8", "text/html; charset=utf-8", "utf-8"),
    ("iso-8859-1", "text/html; charset=iso-8859-1", "iso-8859-1"),
    ("utf-8", "text/html; charset=iso-8859-1", "utf-8"),  # the header lies
    ("cp1252", "text/html", "utf-8"),  # the page lies
)
ENCODED = (0,) * 14 + (1, 1, 2, 2, 3, 3)


def encoding_of(world: World, index: int) -> int:
    """Return which of `ENCODINGS` the page of an ad has."""
    return world.rng("ad encoding", index).choice(ENCODED)


def alias(world: World, item: Ad, place: str) -> str:
    """Return one of the addresses under which the page at `place` links to an ad."""
    rng = world.rng(f"ad alias {place}", item.index)
    return rng.choice(
        (
            item.path,
            item.path + "?utm_source=lettre&utm_medium=courriel",
            item.path + f"?ref={place}",
            item.path.replace("/brocante/annonce/", "/BROCANTE/Annonce/"),
            item.path + "imprimer",
        )
    )


async def listing(request: Request) -> Response:
    """List the ads; a selection of others stands beside, under other addresses."""
    world = world_of(request)
    pages = pager(request, ad_count(world), PER_PAGE)
    shown = [ad(world, index) for index in pages.ranks]
    links = [(item, item.path if n % 3 else alias(world, item, "liste")) for n, item in
             enumerate(shown)]  # fmt: skip
    rng = world.rng("ad selection", pages.number)
    chosen = [ad(world, index) for index in rng.sample(range(pages.total), min(6, pages.total))]
    beside = [(item, alias(world, item, f"selection{pages.number}")) for item in chosen]
    return page(request, "brocante/liste.html", links=links, beside=beside, pager=pages)


async def detail(request: Request) -> Response:
    """Show an ad under any of its addresses; `<link rel=canonical>` says which is official."""
    world = world_of(request)
    item = numbered_or_404(ad, request, "Cette annonce n’existe plus.")
    if request.path_params["slug"] != slugify(item.title):
        raise HTTPException(404)
    return _encoded(request, world, item, request.url.path.endswith("imprimer"))


def _encoded(request: Request, world: World, item: Ad, printed: bool) -> Response:
    encoding, content_type, declared = ENCODINGS[encoding_of(world, item.index)]
    text = render(
        request, "brocante/annonce.html", item=item, printed=printed, declared=declared,
        title=written_text(world, item, "title", item.title),
        price=written_price(world, item),
        posted=written_date(world, item),
        city=written_text(world, item, "city", item.city),
        state=written_text(world, item, "state", item.state),
        description=written_text(world, item, "description", item.description),
        today=world.today,
    )  # fmt: skip
    # What an old encoding cannot write becomes an entity, as old tools do.
    return answer(request, text.encode(encoding, "xmlcharrefreplace"), content_type)


SCENARIOS = (
    Scenario(
        "valeurs-sales", "Données sales", "Prix et dates écrits n’importe comment", "/brocante/", 3,
        "« 12,50 € », « EUR 1.299,00 », « £45 », « sur demande »… et des dates « hier », "
        "« 03/03/26 », « March 3, 2026 » : des valeurs à comprendre avant de les ranger.",
        "brocante",
    ),
    Scenario(
        "doublons", "Données sales", "La même page sous plusieurs adresses", "/brocante/", 2,
        "Paramètres de suivi, majuscules, version à imprimer : chaque annonce a plusieurs "
        "adresses, et une seule officielle.", "brocante",
    ),
    Scenario(
        "encodages", "Données sales", "Encodages vrais et faux", "/brocante/", 3,
        "Des pages en latin-1, d’autres dont l’en-tête ou la balise ment sur l’encodage, des "
        "entités HTML échappées deux fois.", "brocante",
    ),
)  # fmt: skip
ROUTES = [
    Route("/brocante/", listing),
    Route("/brocante/annonce/{number:int}-{slug}/", detail),
    Route("/brocante/annonce/{number:int}-{slug}/imprimer", detail),
    Route("/BROCANTE/Annonce/{number:int}-{slug}/", detail),
]
