"""The library: lists of quotations, authors, tags, and the same lists laid out with tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lab.practice.quotes import BIBLIOTHEQUE, Quote, library, members, present, quote, ranked
from lab.practice.scenario import Scenario
from lab.practice.site.pages import (
    Pager,
    answer,
    found_or_404,
    numbered_or_404,
    page,
    pager,
    world_of,
)
from lab.practice.world import World

FAMILY = "Bibliothèque"
PER_PAGE = 10
STATIC = Path(__file__).parents[1] / "static" / "bibliotheque"
MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class QueryPager(Pager):
    """A pager whose links keep the other parameters of a search."""

    query: tuple[tuple[str, str], ...] = ()

    def link(self, number: int) -> str:
        """Return the address of page `number` of the same search."""
        shown = self.query if number == 1 else (*self.query, ("page", str(number)))
        return f"{self.path}?{urlencode(shown)}" if shown else self.path


def room(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Render a page of the library; `canonical` is its address on the fictional host."""
    values.setdefault("canonical", BIBLIOTHEQUE + _asked(request))
    return page(request, f"bibliotheque/{template}", status, **values)


def _asked(request: Request) -> str:
    """Return the address asked for, without its host."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def detour(request: Request, door: str, field: str, status: int) -> Response:
    """Redirect to `door`, whose parameter `field` says where to come back."""
    return RedirectResponse(f"{door}?{urlencode({field: _asked(request)})}", status)


def quotes_page(request: Request, *keys: str) -> tuple[Pager, list[Quote]]:
    """Return the page asked for of the quotations that answer `keys`; HTTPException 404."""
    world = world_of(request)
    cycle, count = members(world, *keys)
    pages = pager(request, count, PER_PAGE)
    return pages, ranked(world, cycle, pages.start, pages.stop)


def with_query(pages: Pager, query: list[tuple[str, str]]) -> QueryPager:
    """Return the same pager, whose links carry `query`."""
    return QueryPager(pages.number, pages.total, pages.size, pages.path, tuple(query))


def posted_page(request: Request, total: int, number: int = 1) -> Pager:
    """Return page `number` of `total` quotations, whatever the address says (posted forms)."""
    return Pager(number, total, PER_PAGE, request.url.path)


def known_labels(world: World) -> list[tuple[str, str, int]]:
    """Return (slug, name, number of quotations) of the tags in use, by name."""
    found = []
    for slug, label in library(world).labels.items():
        count = members(world, f"etiquette/{slug}")[1]
        if count:
            found.append((slug, label.name, count))
    return sorted(found)


def known_writers(world: World) -> list[tuple[str, str, int]]:
    """Return (slug, name, number of quotations) of the authors in use, by surname."""
    found = []
    for slug, writer in library(world).writers.items():
        count = members(world, f"auteur/{slug}")[1]
        if count:
            found.append((slug, writer.name, count))
    return sorted(found, key=lambda one: one[1].partition(" ")[2])


async def home(request: Request) -> Response:
    """Welcome: the quotation of the day, and the rooms."""
    world = world_of(request)
    today = quote(world, world.today.toordinal() % world.quotes) if world.quotes else None
    return room(
        request, "accueil.html", total=world.quotes, today=today, rooms=ROOMS,
        writers=len(known_writers(world)), labels=known_labels(world),
    )  # fmt: skip


async def quotes_list(request: Request) -> Response:
    """List every quotation, ten a page."""
    pages, found = quotes_page(request)
    return room(
        request, "liste.html", pager=pages, quotes=found, kind="Collection", title="Citations",
        intro="Toutes les citations de la bibliothèque, dans l’ordre de leur numéro.",
    )  # fmt: skip


async def one_quote(request: Request) -> Response:
    """Show one quotation."""
    return room(request, "citation.html", quote=numbered_or_404(quote, request))


async def writers_list(request: Request) -> Response:
    """List the authors who have at least one quotation."""
    return room(request, "index.html", title="Auteurs", base_path="/bibliotheque/auteur/",
                things=known_writers(world_of(request)))  # fmt: skip


async def labels_list(request: Request) -> Response:
    """List the tags in use."""
    return room(request, "index.html", title="Étiquettes", base_path="/bibliotheque/etiquette/",
                things=known_labels(world_of(request)))  # fmt: skip


async def one_writer(request: Request) -> Response:
    """Show an author: life, and quotations."""
    world, slug = world_of(request), request.path_params["slug"]
    writer = found_or_404(library(world).writers.get(slug))
    found_or_404(present(world, f"auteur/{slug}") or None)
    pages, found = quotes_page(request, f"auteur/{slug}")
    return room(request, "auteur.html", writer=writer, pager=pages, quotes=found)


async def one_label(request: Request) -> Response:
    """List the quotations of a tag."""
    world, slug = world_of(request), request.path_params["slug"]
    label = found_or_404(library(world).labels.get(slug))
    pages, found = quotes_page(request, f"etiquette/{slug}")
    return room(
        request, "liste.html", pager=pages, quotes=found, kind="Étiquette", title=label.name,
        intro=f"Les citations rangées sous «\u00a0{label.name}\u00a0».",
    )  # fmt: skip


async def table(request: Request) -> Response:
    """List every quotation in nested tables, without any class or id to hold on to."""
    pages, found = quotes_page(request)
    return room(request, "tableau.html", pager=pages, quotes=found)


@cache
def _static() -> dict[str, tuple[bytes, str]]:
    files = (path for path in STATIC.iterdir() if path.suffix in MEDIA_TYPES)
    return {path.name: (path.read_bytes(), MEDIA_TYPES[path.suffix]) for path in files}


async def static(request: Request) -> Response:
    """Return the style sheet or a script of the library."""
    return answer(request, *found_or_404(_static().get(request.path_params["name"])))


# What the home page shows to readers: (path, title, sentence).
ROOMS = (
    ("/bibliotheque/citations/", "La grande salle", "Toutes les citations, page après page."),
    ("/bibliotheque/defilement/", "La galerie", "Les citations arrivent à mesure que l’on "
     "descend."),
    ("/bibliotheque/rendu/immediat/", "L’atelier", "Des pages que le navigateur dessine lui-même."),
    ("/bibliotheque/rendu/differe/", "L’horloge", "Il faut attendre un instant."),
    ("/bibliotheque/rendu/clic/", "Le cabinet de curiosités", "Un bouton, et la suite."),
    ("/bibliotheque/tableau/", "La réserve de 1999", "La mise en page de l’époque, conservée."),
    ("/bibliotheque/connexion", "Le fonds ancien", "Pour lecteurs inscrits."),
    ("/bibliotheque/recherche", "Le catalogue", "Chercher par auteur et par étiquette."),
    ("/bibliotheque/villes", "L’atlas", "Les citations des villes de votre choix."),
    ("/bibliotheque/guichet", "Le guichet", "Un auteur d’abord, une étiquette ensuite."),
    ("/bibliotheque/salon/", "Le salon", "Un bandeau, et derrière, le sourire."),
    ("/bibliotheque/boudoir/", "Le boudoir", "On n’y entre qu’après avoir dit oui."),
)  # fmt: skip

SCENARIOS = (
    Scenario(
        "bibliotheque-citations", FAMILY, "Listes, pagination et fiches liées",
        "/bibliotheque/citations/", 1,
        "Des citations page après page, et la fiche de chaque auteur à lire une seule fois, "
        "puis à relier aux citations.", "citations",
    ),
    Scenario(
        "bibliotheque-tableau", FAMILY, "Mise en page en tableaux", "/bibliotheque/tableau/", 2,
        "Des tableaux dans des tableaux, sans une classe ni un identifiant : il faut se repérer "
        "aux intitulés.", "tableau",
    ),
)  # fmt: skip

ROUTES = [
    Route("/bibliotheque/", home),
    Route("/bibliotheque/citations/", quotes_list),
    Route("/bibliotheque/citation/{number:int}/", one_quote),
    Route("/bibliotheque/auteurs/", writers_list),
    Route("/bibliotheque/auteur/{slug}/", one_writer),
    Route("/bibliotheque/etiquettes/", labels_list),
    Route("/bibliotheque/etiquette/{slug}/", one_label),
    Route("/bibliotheque/tableau/", table),
    Route("/bibliotheque/statique/{name}", static),
]
