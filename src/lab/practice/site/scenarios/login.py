"""A login form with a CSRF token, and the pages that only logged-in readers see.

Nothing is remembered on the server: the visitor's number and the session are signed cookies.
"""

from __future__ import annotations

import hmac
import secrets
import time
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lab.practice.scenario import Scenario
from lab.practice.site.pages import page, world_of
from lab.practice.site.posted import one, posted
from lab.practice.site.scenarios.library import FAMILY, detour, quotes_page, room
from lab.practice.site.signatures import sign, verified

LOGIN, LOGOUT = "/bibliotheque/connexion", "/bibliotheque/deconnexion"
RESERVED = "/bibliotheque/fonds-ancien/"
USER, PASSWORD = "lectrice", "phare-1926"  # shown on the page: nothing here is secret
VISIT, SESSION = "visite", "session"
LIFETIME = 3600  # seconds


def reader(request: Request) -> str:
    """Return the name of the logged-in reader, "" when there is none or too long ago."""
    signed = verified(world_of(request), "session", request.cookies.get(SESSION, ""))
    if not signed or not 0 <= time.time() - signed["depuis"] < LIFETIME:
        return ""
    return str(signed["nom"])


def _token(request: Request, visit: str) -> str:
    return sign(world_of(request), "jeton", visit)


def _keep(response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=LIFETIME, path="/bibliotheque/", httponly=True, samesite="lax"
    )


def _destination(asked: str) -> str:
    """Return where to go once logged in: a page of the library, never another site."""
    parts = urlsplit(asked)
    inside = not parts.scheme and not parts.netloc and asked.startswith("/bibliotheque/")
    return asked if inside and asked.isprintable() and "\\" not in asked else RESERVED


def _form(request: Request, status: int = 200, message: str = "", name: str = "") -> Response:
    """Show the form; its token goes with the visitor's cookie and with no other."""
    visit = verified(world_of(request), "visite", request.cookies.get(VISIT, ""))
    known = visit is not None
    visit = visit or secrets.token_hex(8)
    target = _destination(request.query_params.get("suite", ""))
    response = room(
        request, "connexion.html", status, token=_token(request, visit), message=message,
        name=name, user=USER, password=PASSWORD, reader=reader(request), suite=target,
    )  # fmt: skip
    response.headers["vary"] = "cookie"
    if not known:
        _keep(response, VISIT, sign(world_of(request), "visite", visit))
    return response


async def login(request: Request) -> Response:
    """Show the form (GET) or check what it sent (POST).

    POST answers 403 without the token of the visitor's own cookie, 200 and a message when the
    name or the password is wrong, else 303 and the session's cookie.
    """
    if request.method != "POST":
        return _form(request)
    world, fields = world_of(request), await posted(request)
    visit = verified(world, "visite", request.cookies.get(VISIT, ""))
    token = one(fields, "jeton")
    if not visit or not hmac.compare_digest(_token(request, visit).encode(), token.encode()):
        return refused(request, 403, "Le jeton du formulaire n’est pas celui de votre visite.")
    name, password = one(fields, "identifiant"), one(fields, "mot_de_passe")
    if (name, password) != (USER, PASSWORD):
        return _form(request, message="Identifiant ou mot de passe incorrect.", name=name[:80])
    response = RedirectResponse(_destination(one(fields, "suite")), 303)
    session = {"nom": name, "depuis": int(time.time())}
    _keep(response, SESSION, sign(world, "session", session))
    return response


def refused(request: Request, status: int, message: str) -> Response:
    """Return an error page."""
    return page(request, "erreur.html", status, code=status, message=message)


async def logout(request: Request) -> Response:
    """Forget the session; POST only, so that no robot logs itself out by following a link."""
    response = RedirectResponse(LOGIN, 303)
    response.delete_cookie(SESSION, path="/bibliotheque/")
    return response


async def reserved(request: Request) -> Response:
    """List the quotations with the work and the year of each; 303 to the form without session."""
    name = reader(request)
    if not name:
        return detour(request, LOGIN, "suite", 303)
    pages, found = quotes_page(request)
    response = room(request, "fonds_ancien.html", pager=pages, quotes=found, reader=name)
    response.headers.update({"vary": "cookie", "cache-control": "private, no-cache"})
    return response


SCENARIOS = (
    Scenario(
        "bibliotheque-connexion", FAMILY, "Connexion avec jeton CSRF", LOGIN, 3,
        "Un formulaire à remplir, un jeton caché à renvoyer, un témoin de session à garder : "
        "derrière, l’ouvrage et l’année de chaque citation.", "connexion",
    ),
)  # fmt: skip

ROUTES = [
    Route(LOGIN, login, methods=["GET", "POST"]),
    Route(LOGOUT, logout, methods=["POST"]),
    Route(RESERVED, reserved),
]
