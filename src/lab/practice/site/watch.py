"""Who ignored robots.txt: the forbidden parts of the site, and the host closed to robots.

A robots.txt holds for one host (RFC 9309, section 2.3).  The same server answers to
`CLOSED_HOST`, whose robots.txt forbids everything; ``--robots deny`` closes every host, and so
does ``--robots broken``, since a robots.txt out of order forbids everything (section 2.3.1.4).
Coming all the same is allowed, counted, and shown by ``/robots-violations``.
"""

from __future__ import annotations

from collections import Counter

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lab.practice.site.pages import page

CLOSED_HOST = "interdit.localhost"
MOST_PATHS = 1000
_ALWAYS = frozenset({"/robots.txt", "/health", "/robots-violations"})
_CLOSED = CLOSED_HOST.encode()


def closed(scope: Scope) -> bool:
    """Tell whether the robots.txt of the host asked for forbids everything."""
    if scope["app"].state.robots != "allow":
        return True
    for name, value in scope["headers"]:
        if name == b"host":
            return bytes(value).startswith(_CLOSED)
    return False


def remember(violations: Counter[str], path: str) -> None:
    """Count a visit; bounded, so that a mad robot cannot fill the memory with invented paths."""
    violations[path if path in violations or len(violations) < MOST_PATHS else "…"] += 1


class Watch:
    """Counts every visit to a closed host."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and closed(scope) and scope["path"] not in _ALWAYS:
            remember(scope["app"].state.violations, scope["path"])
        await self._app(scope, receive, send)


async def forbidden(request: Request) -> Response:
    """Answer where robots.txt forbids to go, and remember that someone came."""
    path = request.url.path
    if not closed(request.scope):  # there, `Watch` has counted already
        remember(request.app.state.violations, path)
    return page(request, "reserve.html")


async def robots_violations(request: Request) -> Response:
    """Return how many requests ignored robots.txt since the start, and where."""
    violations: Counter[str] = request.app.state.violations
    return JSONResponse({"violations": violations.total(), "paths": dict(violations)})


ROUTES = [Route("/robots-violations", robots_violations)]
