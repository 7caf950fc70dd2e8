"""The same web on another day: ``/le/2026-09-20/gazette/``.

The pages are those of the site, made for another `World.today`; the answer is then rewritten so
that links to what has a history stay on that day.  Its ETag is that of the page itself, so that
a page which did not change between two days has the same one on both.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from lab.practice.changes import day_of
from lab.practice.scenario import Scenario
from lab.practice.site.pages import base_url, page, short_date, world_of
from lab.practice.truth.timeline import summary
from lab.practice.world import REFERENCE_DAY, World

FIRST_DAY = REFERENCE_DAY - timedelta(days=30)
LAST_DAY = REFERENCE_DAY + timedelta(days=366)
SHOWN = 10  # days told on the page of help
# What has a history. Everything else (the basket, the other rooms) has one address only.
_DATED = (
    r"/(?:gazette/(?!admin/)|boutique/(?!panier/)|api/(?:articles|products)\b|sitemap\.xml"
    r"|sitemaps/)"
)
_IS_DATED = re.compile(_DATED)
_LINK = re.compile(rf'((?:href|action)=")(?={_DATED})')


@lru_cache(maxsize=32)
def world_on(world: World, day: date) -> World:
    """Return the world as it is on another day."""
    return replace(world, today=day)


def _asked_day(text: str) -> date:
    try:
        day = day_of(text)
    except ValueError:
        day = date.max
    if not FIRST_DAY <= day <= LAST_DAY:
        raise HTTPException(
            404, f"La machine va du {short_date(FIRST_DAY)} au {short_date(LAST_DAY)}, "
            "et s’écrit comme ceci : /le/2026-09-20/gazette/."
        )  # fmt: skip
    return day


class TimeMachine:
    """ASGI endpoint: hands the request to the site as of a day, and dates the links."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the page of that day; 404 for what has no history."""
        request = Request(scope, receive)
        day, rest = _asked_day(scope["path_params"]["day"]), "/" + scope["path_params"]["rest"]
        if not _IS_DATED.match(rest):
            raise HTTPException(404, "Cette partie du site n’a pas d’histoire.")
        dated = {"path": rest, "raw_path": rest.encode(), "path_params": {}}
        inner = {**scope, **dated, "lab.world": world_on(world_of(request), day)}
        started: list[Message] = []
        body = b""

        async def keep(message: Message) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                started.append(message)
            else:
                body += message.get("body", b"")

        await scope["app"](inner, receive, keep)
        await send(_dated_headers(started[0], body := _dated(body, base_url(request), day)))
        await send({"type": "http.response.body", "body": body})


def _dated(body: bytes, base: str, day: date) -> bytes:
    """Return a page with its links to dated pages on the same day, and a banner for humans."""
    prefix = f"/le/{day}"
    text = _LINK.sub(rf"\g<1>{prefix}", body.decode())
    text = re.sub(rf"{re.escape(base)}(?={_DATED})", base + prefix, text)
    head, found, rest = text.partition("<body")
    if found:
        tag, end, rest = rest.partition(">")
        text = f"{head}{found}{tag}{end}{_banner(day)}{rest}"
    return text.encode()


def _banner(day: date) -> str:
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    return (
        f'\n<p class="bandeau-date" role="note">Le site tel qu’il est le {short_date(day)}. '
        f'<a rel="nofollow" href="/le/{before}/gazette/">La veille</a> · '
        f'<a rel="nofollow" href="/le/{after}/gazette/">Le lendemain</a> · '
        '<a rel="nofollow" href="/le/">Choisir un jour</a></p>'
    )


def _dated_headers(message: Message, body: bytes) -> Message:
    headers = [(k, v) for k, v in message["headers"] if k != b"content-length"]
    if message["status"] != 304:
        headers.append((b"content-length", str(len(body)).encode()))
    return {**message, "headers": headers}


async def choose(request: Request) -> Response:
    """Explain the machine; ``?date=`` leads to the front page of that day."""
    asked = request.query_params.get("date")
    if asked is not None:
        return RedirectResponse(f"/le/{_asked_day(asked)}/gazette/", 303)
    world = world_of(request)
    days = [REFERENCE_DAY + timedelta(days=n) for n in range(1, SHOWN + 1)]
    # In a thread: in a very large world, counting takes a moment the first time.
    counted = await run_in_threadpool(lambda: [summary(world_on(world, day)) for day in days])
    return page(
        request, "timeline/index.html", first=FIRST_DAY, last=LAST_DAY, start=REFERENCE_DAY,
        days=[(day, *counts) for day, counts in zip(days, counted, strict=True)],
    )  # fmt: skip


SCENARIOS = (
    Scenario(
        "date-simulee", "Temps", "Revenir ne prendre que le neuf", "/le/", 4,
        "Le même site un autre jour (/le/2026-09-20/…) : des articles nouveaux ou corrigés, des "
        "prix qui changent, des produits retirés. Ne reprendre que ce qui a changé.", "incremental",
    ),
)  # fmt: skip
ROUTES = [
    Route("/le/", choose),
    Route("/le/{day}/{rest:path}", TimeMachine()),
]
