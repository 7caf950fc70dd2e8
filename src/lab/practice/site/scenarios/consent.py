"""Two rooms behind a cookie banner: one hidden by a script only, one closed by the server."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lab.practice.scenario import Scenario
from lab.practice.site.posted import one, posted
from lab.practice.site.scenarios.library import FAMILY, detour, quotes_page, room

SALON, BOUDOIR, CONSENT = (
    f"/bibliotheque/{name}/" for name in ("salon", "boudoir", "consentement")
)
COOKIE, ACCEPTED, REFUSED = "consentement", "oui", "non"
SIX_MONTHS = 180 * 24 * 3600  # seconds: how long the CNIL recommends to keep a choice
# The tag that each room shows.
LABELS = {SALON: "humour", BOUDOIR: "maxime"}


async def salon(request: Request) -> Response:
    """List the room's quotations: the banner, drawn by a script, hides them from people only."""
    pages, found = quotes_page(request, f"etiquette/{LABELS[SALON]}")
    return room(request, "salon.html", pager=pages, quotes=found, banner=True,
                title="Le salon")  # fmt: skip


async def boudoir(request: Request) -> Response:
    """List the room's quotations; 302 to the consent page without the cookie."""
    if request.cookies.get(COOKIE) != ACCEPTED:
        return detour(request, CONSENT, "retour", 302)
    pages, found = quotes_page(request, f"etiquette/{LABELS[BOUDOIR]}")
    response = room(request, "salon.html", pager=pages, quotes=found, banner=False,
                    title="Le boudoir")  # fmt: skip
    response.headers["vary"] = "cookie"
    return response


async def consent(request: Request) -> Response:
    """Ask (GET), then keep the answer in a cookie and send back to where it was asked (POST)."""
    if request.method != "POST":
        back = request.query_params.get("retour", BOUDOIR)
        return room(request, "consentement.html", back=_inside(back))
    fields = await posted(request)
    choice = ACCEPTED if one(fields, "choix") == ACCEPTED else REFUSED
    target = _inside(one(fields, "retour")) if choice == ACCEPTED else "/bibliotheque/"
    response = RedirectResponse(target, 303)
    response.set_cookie(COOKIE, choice, max_age=SIX_MONTHS, path="/bibliotheque/", samesite="lax")
    return response


def _inside(asked: str) -> str:
    """Return `asked` when it is a page of the room, else the room itself."""
    path, _, query = asked.partition("?")
    return asked if path == BOUDOIR and query.isprintable() else BOUDOIR


SCENARIOS = (
    Scenario(
        "bibliotheque-salon", FAMILY, "Bandeau de témoins par-dessus la page", SALON, 1,
        "Le bandeau cache tout aux personnes, mais le texte est bien dans la page : un robot "
        "n’a rien à accepter.", "consentement",
    ),
    Scenario(
        "bibliotheque-boudoir", FAMILY, "Consentement exigé par le serveur", BOUDOIR, 2,
        "Sans le témoin de consentement, toute page renvoie vers une autre : il faut l’envoyer "
        "avec chaque demande.", "consentement",
    ),
)  # fmt: skip

ROUTES = [
    Route(SALON, salon),
    Route(BOUDOIR, boudoir),
    Route(CONSENT, consent, methods=["GET", "POST"]),
]
