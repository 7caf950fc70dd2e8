"""Reports and photographs to download."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.practice.documents import document_count, pdf, photograph, png, report
from lab.practice.scenario import Scenario
from lab.practice.site.pages import answer, numbered_or_404, page, pager, world_of

PER_PAGE = 12


async def reports(request: Request) -> Response:
    """List the reports."""
    world = world_of(request)
    pages = pager(request, document_count(world), PER_PAGE)
    items = [report(world, index) for index in pages.ranks]
    return page(request, "documents/rapports.html", items=items, pager=pages)


async def photographs(request: Request) -> Response:
    """List the photographs."""
    world = world_of(request)
    pages = pager(request, document_count(world), PER_PAGE)
    items = [photograph(world, index) for index in pages.ranks]
    return page(request, "documents/photographies.html", items=items, pager=pages)


async def one_report(request: Request) -> Response:
    """Present a report; the figures are in the file only."""
    return page(request, "documents/rapport.html", item=numbered_or_404(report, request))


async def one_photograph(request: Request) -> Response:
    """Present a photograph."""
    return page(request, "documents/photographie.html", item=numbered_or_404(photograph, request))


async def file(request: Request) -> Response:
    """Send a file; it is made in a thread, so that other pages do not wait."""
    if request.path_params["kind"] == "rapport":
        item = numbered_or_404(report, request)
        content, media = await run_in_threadpool(pdf, item), "application/pdf"
        name = item.name
    else:
        photo = numbered_or_404(photograph, request)
        content, media = await run_in_threadpool(png, world_of(request).seed, photo), "image/png"
        name = photo.name
    if not request.url.path.endswith("/" + name):
        raise HTTPException(404)
    return answer(request, content, media)


SCENARIOS = (
    Scenario(
        "pdf", "Téléchargements", "Des chiffres enfermés dans des PDF", "/documents/", 3,
        "La page ne dit que le titre : l’auteur, le résumé et les tableaux sont à extraire du "
        "fichier.", "documents",
    ),
    Scenario(
        "images", "Téléchargements", "Des photographies à télécharger", "/documents/photographies/",
        2, "Des images à garder avec leur légende, une seule fois chacune, sous un nom utile.",
        "documents",
    ),
)  # fmt: skip
ROUTES = [
    Route("/documents/", reports),
    Route("/documents/photographies/", photographs),
    Route("/documents/rapport/{number:int}/", one_report),
    Route("/documents/photographie/{number:int}/", one_photograph),
    Route("/documents/fichiers/{kind}-{number:int}-{rest}", file),
]
