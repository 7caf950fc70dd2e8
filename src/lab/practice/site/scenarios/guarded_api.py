"""A JSON API as real ones are: a token first, cursors, conditional requests, a rate limit."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import math
import secrets
import time
from collections import OrderedDict
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.practice import truth
from lab.practice.articles import headline
from lab.practice.scenario import Scenario
from lab.practice.site.api import public
from lab.practice.site.pages import JSON, answer, base_url, page, world_of
from lab.practice.world import World

CLIENT_ID, CLIENT_SECRET = "eleve", "rien-de-secret-ici"  # printed on the page of help
LIFETIME, LONGEST_LIFETIME = 300, 3600  # seconds
MOST_BODY = 4096  # bytes of a request for a token
LIMIT, MOST = 20, 50  # articles per page
# Mild: a polite spider meets the limit after some hundred requests, and waits one second.
BURST, PER_SECOND = 100, 50
BUCKETS = 1024  # tokens remembered; beyond, the one unused for longest is forgotten


class Limiter:
    """Token buckets, one per access token, in bounded memory."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, now: float, credit: int = BURST) -> tuple[int, int]:
        """Take one request from a bucket at `now` (seconds); a new one holds `credit`.

        Return how many are left and, when refused, the seconds to wait (0 = accepted).
        """
        left, seen = self._buckets.pop(key, (float(credit), now))
        left = min(BURST, left + max(0.0, now - seen) * PER_SECOND)
        accepted = left >= 1
        self._buckets[key] = (left - accepted, now)
        if len(self._buckets) > BUCKETS:
            self._buckets.popitem(last=False)
        return int(left - accepted), 0 if accepted else max(1, math.ceil((1 - left) / PER_SECOND))

    def __len__(self) -> int:
        return len(self._buckets)


LIMITER = Limiter()


def _key(world: World) -> bytes:
    return hashlib.sha256(f"{world.seed}/jeton".encode()).digest()


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(world: World, expires: float, credit: int = BURST) -> str:
    """Return a token valid until `expires` (Unix seconds); nothing is kept of it.

    `credit` is how many requests it may make at once: 0 shows a 429 from the first one.
    """
    claims = {
        "sub": CLIENT_ID, "exp": int(expires), "credit": credit, "jti": secrets.token_hex(8),
    }  # fmt: skip
    body = _b64(json.dumps(claims).encode())
    return f"{body}.{_b64(hmac.digest(_key(world), body.encode(), 'sha256'))}"


def verify(world: World, token: str, now: float) -> dict[str, Any]:
    """Return the claims of a good token. Raises ValueError saying what is wrong with it."""
    body, _, signature = token.partition(".")
    expected = _b64(hmac.digest(_key(world), body.encode(), "sha256"))
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise ValueError("Jeton inconnu.")
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    if claims["exp"] <= now:
        raise ValueError("Jeton périmé : demandez-en un autre.")
    return claims


def _refusal(status: int, code: str, message: str, **headers: str) -> Response:
    body = {"error": code, "error_description": message}
    return Response(json.dumps(body, ensure_ascii=False), status, headers, JSON)


async def _small_body(request: Request) -> str:
    """Return the body as text. Raises ValueError when it is long or not UTF-8."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            raise ValueError("body too long")
    return body.decode()


async def token(request: Request) -> Response:
    """Give a token for the demo client (OAuth 2 client credentials, RFC 6749 section 4.4)."""
    try:
        body = await _small_body(request)
        json_sent = "json" in request.headers.get("content-type", "")
        asked = json.loads(body) if json_sent else dict(parse_qsl(body))
        given = (str(asked["client_id"]), str(asked["client_secret"]))
        lifetime = int(str(asked.get("expires_in", LIFETIME)))
        credit = int(str(asked.get("credit", BURST)))
    except (ValueError, KeyError, TypeError, AttributeError):
        return _refusal(400, "invalid_request", "Il faut client_id et client_secret.")
    if not 1 <= lifetime <= LONGEST_LIFETIME:
        return _refusal(400, "invalid_request", f"expires_in : de 1 à {LONGEST_LIFETIME} secondes.")
    if not 0 <= credit <= BURST:
        return _refusal(400, "invalid_request", f"credit : de 0 à {BURST} requêtes.")
    if given != (CLIENT_ID, CLIENT_SECRET):
        return _refusal(401, "invalid_client", "Client inconnu ou secret faux.")
    data = {
        "access_token": sign(world_of(request), time.time() + lifetime, credit),
        "token_type": "Bearer",
        "expires_in": lifetime,
    }
    return JSONResponse(data, headers={"cache-control": "no-store"})


def _guard(request: Request) -> Response | dict[str, str]:
    """Return a refusal, or the headers that tell how many requests are left."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given:
        return _refusal(
            401, "unauthorized", "Il faut un jeton : POST /api/v2/token.",
            **{"www-authenticate": 'Bearer realm="gazette"'},
        )  # fmt: skip
    try:
        claims = verify(world_of(request), given, time.time())
    except ValueError as error:
        challenge = 'Bearer realm="gazette", error="invalid_token"'
        return _refusal(401, "invalid_token", str(error), **{"www-authenticate": challenge})
    left, wait = LIMITER.take(given, time.monotonic(), claims["credit"])
    headers = {"x-ratelimit-limit": str(BURST), "x-ratelimit-remaining": str(left)}
    if wait:
        message = f"Trop de requêtes : revenez dans {wait} s."
        return _refusal(429, "rate_limited", message, **headers, **{"retry-after": str(wait)})
    return headers


def _cursor(index: int) -> str:
    return _b64(f"avant:{index}".encode())


def _read_cursor(text: str) -> int:
    """Return the index a cursor stands for. Raises ValueError."""
    try:
        word, _, index = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).partition(b":")
    except binascii.Error as error:
        raise ValueError(text) from error
    if word != b"avant" or len(index) > 12:
        raise ValueError(text)
    return int(index)


async def articles(request: Request) -> Response:
    """List articles before a cursor, newest first: new ones never shift the pages."""
    allowed = _guard(request)
    if isinstance(allowed, Response):
        return allowed
    world, base = world_of(request), base_url(request)
    try:
        asked = request.query_params.get("cursor")
        stop = world.article_count if asked is None else _read_cursor(asked)
        limit = int(request.query_params.get("limit", LIMIT))
        if not (1 <= limit <= MOST and 0 <= stop <= world.article_count):
            raise ValueError(limit)
    except ValueError:
        message = f"limit va de 1 à {MOST} ; cursor vient de la page précédente."
        return _refusal(400, "invalid_request", message, **allowed)
    start = max(0, stop - limit)
    heads = [headline(world, index) for index in range(stop - 1, start - 1, -1)]
    cursor = _cursor(start) if start else None
    body = {
        "data": [
            {
                "id": head.number,
                "title": head.title,
                "section": head.entry.section.name,
                "published": head.published.isoformat(),
                "modified": head.modified.isoformat(),
                "href": f"{base}/api/v2/articles/{head.number}",
            }
            for head in heads
        ],
        "paging": {
            "limit": limit,
            "next_cursor": cursor,
            "next": f"{base}/api/v2/articles?limit={limit}&cursor={cursor}" if cursor else None,
        },
    }
    answered = answer(request, json.dumps(body, ensure_ascii=False), JSON)
    answered.headers.update(allowed)
    return answered


async def article(request: Request) -> Response:
    """Return one article, whole; with its ETag or its date, a client asks only once."""
    allowed = _guard(request)
    if isinstance(allowed, Response):
        return allowed
    try:
        item = truth.article(world_of(request), request.path_params["number"] - 1)
    except IndexError:
        return _refusal(404, "not_found", "Aucun article ne porte ce numéro.", **allowed)
    data: dict[str, Any] = public("articles", item, base_url(request))
    del data["api_url"]
    text = json.dumps(data, ensure_ascii=False)
    answered = answer(request, text, JSON, modified=item["modified"])
    answered.headers.update(allowed)
    return answered


async def manual(request: Request) -> Response:
    """Explain the API to a human."""
    return page(
        request, "api/jeton.html", client_id=CLIENT_ID, client_secret=CLIENT_SECRET,
        lifetime=LIFETIME, burst=BURST, per_second=PER_SECOND, limit=LIMIT, most=MOST,
    )  # fmt: skip


SCENARIOS = (
    Scenario(
        "api-jeton", "API", "API à jeton, curseurs et quotas", "/api/v2/", 3,
        "Un jeton qui se périme, une pagination par curseur, des réponses 304 quand rien n’a "
        "changé, et 429 « Retry-After » pour qui va trop vite.", "api_articles",
    ),
)  # fmt: skip
ROUTES = [
    Route("/api/v2/", manual),
    Route("/api/v2/token", token, methods=["POST"]),
    Route("/api/v2/articles", articles),
    Route("/api/v2/articles/{number:int}", article),
]
