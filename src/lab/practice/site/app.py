"""The application: routes, errors, and the watch over what robots.txt forbids."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.practice.articles import headline
from lab.practice.faults import Attempts
from lab.practice.products import product
from lab.practice.site import api, boutique, difficulties, feeds, gazette, images, scenarios, watch
from lab.practice.site.pages import answer, page, world_of
from lab.practice.site.scenarios.faults import Storm
from lab.practice.world import World

STYLE = (Path(__file__).with_name("static") / "style.css").read_bytes()
MESSAGES = {
    400: "La demande n’est pas valable.",
    404: "Cette page n’existe pas, ou n’existe plus.",
    405: "Cette adresse ne répond pas à cette méthode.",
}


async def home(request: Request) -> Response:
    """Say what the practice web offers."""
    world = world_of(request)
    total = world.article_count
    latest = headline(world, total - 1) if total else None
    return page(
        request, "accueil.html", latest=latest,
        sample=product(world, 0) if world.products else None,
    )  # fmt: skip


async def health(request: Request) -> Response:
    """Say that the server answers."""
    return JSONResponse({"status": "ok"})


async def style(request: Request) -> Response:
    """Return the style sheet."""
    return answer(request, STYLE, "text/css; charset=utf-8")


async def _error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(getattr(error, "headers", None) or {})
    message = MESSAGES.get(status, "Le serveur n’a pas su répondre.")
    detail = getattr(error, "detail", "")
    if any(accent in detail for accent in "’êéèà"):  # our own sentences, not Starlette's English
        message = detail
    if status == 400 or request.url.path.startswith("/api/"):
        return JSONResponse({"error": message}, status, headers)
    answered = page(request, "erreur.html", status, code=status, message=message)
    answered.headers.update(headers)
    return answered


def create_app(world: World, robots: str = "allow") -> Starlette:
    """Return the ASGI application that serves `world`.

    `robots` "deny" closes it to robots, "broken" puts its robots.txt out of order.
    """
    routes = [
        Route("/", home),
        Route("/health", health),
        Route("/style.css", style),
        *watch.ROUTES,
        *gazette.ROUTES,
        *boutique.ROUTES,
        *api.ROUTES,
        *images.ROUTES,
        *difficulties.ROUTES,
    ]
    for module in scenarios.MODULES:
        routes += module.ROUTES
    for prefix in feeds.DISALLOWED:
        routes.append(Route(prefix + "{rest:path}", watch.forbidden))
    app = Starlette(
        routes=routes, exception_handlers={HTTPException: _error},
        middleware=[Middleware(watch.Watch)],
    )  # fmt: skip
    app.state.world = world
    app.state.robots = robots
    app.state.violations = Counter()
    app.state.attempts = Attempts()
    app.state.storm = Storm()
    return app
