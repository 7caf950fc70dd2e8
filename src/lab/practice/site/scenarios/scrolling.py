"""Infinite scroll: an empty page, a script, and the JSON API that it calls."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.practice.quotes import Quote
from lab.practice.scenario import Scenario
from lab.practice.site.pages import as_json, base_url
from lab.practice.site.scenarios.library import FAMILY, quotes_page, room

API = "/bibliotheque/api/citations"


def as_data(found: Quote) -> dict[str, Any]:
    """Return a quotation as the API gives it."""
    return {
        "numero": found.number,
        "adresse": found.canonical_url,
        "chemin": found.path,
        "texte": found.text,
        "auteur": {
            "nom": found.writer.name,
            "adresse": found.writer.canonical_url,
            "chemin": found.writer.path,
        },
        "etiquettes": [
            {"nom": label.name, "chemin": f"/bibliotheque/etiquette/{label.slug}/"}
            for label in found.labels
        ],
    }


async def scroll(request: Request) -> Response:
    """Show the gallery; the quotations come from `api`, as the reader goes down."""
    return room(request, "defilement.html", api=API)


async def api(request: Request) -> Response:
    """Return one page of quotations; `suite` is the next page's address, null at the end."""
    try:
        pages, found = quotes_page(request)
    except HTTPException as error:
        return as_json(request, {"erreur": error.detail}, error.status_code)
    more = f"{base_url(request)}{pages.link(pages.number + 1)}"
    return as_json(
        request,
        {
            "page": pages.number,
            "pages": pages.last,
            "total": pages.total,
            "suite": more if pages.number < pages.last else None,
            "citations": [as_data(one) for one in found],
        },
    )


SCENARIOS = (
    Scenario(
        "bibliotheque-defilement", FAMILY, "Défilement infini", "/bibliotheque/defilement/", 2,
        "La page est vide : un script demande la suite à une API JSON quand on arrive en bas. "
        "L’onglet Réseau du navigateur montre laquelle.", "defilement",
    ),
)  # fmt: skip

ROUTES = [Route("/bibliotheque/defilement/", scroll), Route(API, api)]
