"""Faults on demand: ``/pannes/`` shows them one by one, ``/pannes/journal/`` in a newspaper."""

from __future__ import annotations

import asyncio
import base64
import gzip
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lab.practice import faults
from lab.practice.articles import paragraphs
from lab.practice.faults import FAULTS, Attempts, Fault
from lab.practice.scenario import Scenario
from lab.practice.site import broken
from lab.practice.site.gazette import news_article
from lab.practice.site.pages import HTML, base_url, json_script, page, pager, render, world_of

FAMILY = "Pannes et réponses trompeuses"
SCENARIOS = (
    Scenario(
        "journal-en-panne", FAMILY, "Un journal en panne", faults.PREFIX, 4,
        f"{faults.JOURNAL_SIZE} articles, chacun avec sa panne : en ramener tous ceux qui peuvent "
        "l’être, et aucun autre.", "pannes",
    ),
    Scenario(
        "tempete-429", FAMILY, "Tempête de 429", "/pannes/tempete/", 3,
        "Quarante pages, dix par seconde au plus : qui insiste pendant la pause la prolonge.",
    ),
    *(
        Scenario(fault.slug, FAMILY, fault.title, f"/pannes/{fault.slug}/", fault.level,
                 fault.summary, "pannes")
        for fault in FAULTS.values()
    ),
)  # fmt: skip

HOPS = (301, 302, 307, 308)
LOOP = 3
SLOW, DRIPPING = 1.0, 1.0  # seconds
ELSEWHERE = "http://ailleurs.example/"
STORM_PAGES, STORM_RATE, STORM_PAUSE = 40, 10, 1.0
# A real picture, one transparent pixel (PNG, https://www.w3.org/TR/png/).
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


async def index(request: Request) -> Response:
    """List the faults."""
    return page(request, "pannes/index.html", faults=FAULTS.values(), journal=faults.PREFIX)


async def one(request: Request) -> Response:
    """Show one fault on demand; ``?fois=3`` makes a passing fault happen three times."""
    fault = FAULTS.get(request.path_params["slug"])
    if fault is None:
        raise HTTPException(404)
    asked = request.query_params.get("fois", "1")
    times = int(asked) if asked in map(str, range(1, 10)) else 1
    series = (fault,) if fault.lasting else (fault,) * times
    return await _meet(request, series, render(request, "pannes/servie.html", fault=fault))


async def journal(request: Request) -> Response:
    """Show a page of the faulty newspaper, newest article first."""
    world = world_of(request)
    pages = pager(request, faults.JOURNAL_SIZE)
    ranks = range(faults.JOURNAL_SIZE - 1 - pages.start, faults.JOURNAL_SIZE - 1 - pages.stop, -1)
    heads = [faults.head_of(world, rank) for rank in ranks]
    return page(
        request, "pannes/journal.html", pager=pages,
        articles=[(faults.path_of(head), head) for head in heads],
    )  # fmt: skip


async def article(request: Request) -> Response:
    """Show an article of the faulty newspaper, once its faults are over."""
    world, index = world_of(request), request.path_params["number"] - 1
    if not 0 <= index < faults.JOURNAL_SIZE:
        raise HTTPException(404)
    head = faults.head_of(world, index)
    if faults.path_of(head) != request.url.path:
        raise HTTPException(404)
    canonical = faults.canonical_of(head)
    body = paragraphs(faults.journal(world), index)
    data = news_article(head, body, base_url(request)) | {
        "@id": canonical, "url": canonical, "mainEntityOfPage": canonical,
        "author": [{"@type": "Person", "name": one.name} for one in head.entry.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": faults.PUBLISHER},
    }  # fmt: skip
    del data["image"]
    text = render(
        request, "pannes/article.html", head=head, body=body, data=json_script(data),
        canonical=canonical,
    )  # fmt: skip
    return await _meet(request, faults.faults_of(world, index), text)


async def storm(request: Request) -> Response:
    """Serve the pages of the storm, `STORM_RATE` a second at most."""
    wait = request.app.state.storm.wait()
    if wait:
        raise _too_many(str(int(wait) + 1))
    number = request.path_params.get("number", 0)
    if not 0 <= number <= STORM_PAGES:
        raise HTTPException(404)
    return page(request, "pannes/tempete.html", number=number, count=STORM_PAGES)


class Storm:
    """A limit of `rate` requests a second for everybody; asking during a pause prolongs it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._window = self._closed = float("-inf")
        self._count = 0

    def wait(self) -> float:
        """Return 0 when a request may pass, else the seconds to wait."""
        now = self._clock()
        if now >= self._window + 1:
            self._window, self._count = now, 0
        self._count += 1
        if now < self._closed or self._count > STORM_RATE:
            self._closed = now + STORM_PAUSE
            return STORM_PAUSE
        return 0.0


async def _meet(request: Request, series: tuple[Fault, ...], text: str) -> Response:
    """Answer with the fault of this attempt, or with the page when they are over."""
    attempts: Attempts = request.app.state.attempts
    if series[-1].lasting:
        return await _fail(request, series[-1], text)
    rank = attempts.next(request.url.path, len(series))
    if rank < len(series):
        return await _fail(request, series[rank], text)
    return Response(text, media_type=HTML)


async def _fail(request: Request, fault: Fault, text: str) -> Response:
    step = request.query_params.get("etape", "0")
    if fault.slug == "lent":
        await asyncio.sleep(broken.seconds(request, SLOW))
        return Response(text, media_type=HTML)
    if fault.slug == "goutte":
        return broken.drip(text.encode(), broken.seconds(request, DRIPPING), {})
    if fault.slug in _ERRORS:
        raise _ERRORS[fault.slug]()
    if fault.slug in _REDIRECTS:
        return _REDIRECTS[fault.slug](request, int(step) if step in "0123" else 0, text)
    return _PAGES[fault.slug](request, text)


def _too_many(wait: str) -> HTTPException:
    return HTTPException(429, "Trop de demandes : revenez plus tard.", {"Retry-After": wait})


def _soon() -> str:
    # Rounded up to a whole second: the format has no fraction, and less than one is no pause.
    return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)


_ERRORS: dict[str, Callable[[], HTTPException]] = {
    "erreur-500": lambda: HTTPException(500, "Le serveur a trébuché : réessayez."),
    "panne-500": lambda: HTTPException(500, "Le serveur est en panne, et le restera."),
    "indisponible-503": lambda: HTTPException(
        503, "Le serveur demande un répit : revenez après.", {"Retry-After": "1"}
    ),
    "trop-429": lambda: _too_many("1"),
    "trop-429-date": lambda: _too_many(_soon()),
    "introuvable-404": lambda: HTTPException(404),
}


def _hops(request: Request, step: int, text: str) -> Response:
    if step >= len(HOPS) - 1 and "fin" in request.query_params:
        return Response(text, media_type=HTML)
    after = f"?etape={step + 1}" if step < len(HOPS) - 1 else f"?etape={step}&fin=1"
    return RedirectResponse(request.url.path + after, HOPS[step])


def _loop(request: Request, step: int, text: str) -> Response:
    after = (step + 1) % LOOP
    return RedirectResponse(request.url.path + (f"?etape={after}" if after else ""), 302)


def _elsewhere(request: Request, step: int, text: str) -> Response:
    target = ELSEWHERE + "accueil" if step else f"{request.url.path}?etape=1"
    return RedirectResponse(target, 302)


_REDIRECTS: dict[str, Callable[[Request, int, str], Response]] = {
    "rebonds": _hops,
    "boucle": _loop,
    "ailleurs": _elsewhere,
}


def _zipped(body: bytes) -> Response:
    return Response(body, headers={"content-encoding": "gzip"}, media_type=HTML)


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


_PAGES: dict[str, Callable[[Request, str], Response]] = {
    "tronquee": lambda r, text: broken.Cut(_half(text.encode()), len(text.encode())),
    "coupure": lambda r, text: broken.Cut(),
    "vide": lambda r, text: Response(b"", media_type=HTML),
    "gzip-casse": lambda r, text: _zipped(text.encode()),
    "gzip-tronque": lambda r, text: _zipped(gzip.compress(text.encode())[:-400]),
    "blocage": lambda r, text: Response(render(r, "pannes/blocage.html"), media_type=HTML),
    # Labels of the old encoding mean windows-1252 on the Web (https://encoding.spec.whatwg.org).
    "encodage-latin": lambda r, text: Response(text.encode("cp1252"), media_type=HTML),
    "encodage-utf8": lambda r, text: Response(
        text.encode(), media_type="text/html; charset=iso-8859-1"
    ),
    "type-menteur": lambda r, text: Response(text, media_type="application/octet-stream"),
    "binaire": lambda r, text: Response(PIXEL, media_type="image/png"),
    "fausse-404": lambda r, text: page(
        r, "erreur.html", code=404, message="Cette page n’existe pas, ou n’existe plus."
    ),
    "enorme": lambda r, text: broken.huge(),
    "bombe": lambda r, text: broken.bomb(),
}

ROUTES = [
    Route("/pannes/", index),
    Route(faults.PREFIX, journal),
    Route(faults.PREFIX + "{slug}-{number:int}.html", article),
    Route("/pannes/tempete/", storm),
    Route("/pannes/tempete/{number:int}/", storm),
    Route("/pannes/{slug}/", one),
]
