"""The ASGI application: credentials, media types, then the gateway."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from lab.runtimes.search_gateway import auth, dialect, media, refusals, writes
from lab.runtimes.search_gateway.engine import Answer
from lab.runtimes.search_gateway.errors import (
    BadRequest,
    GatewayError,
    Unauthorized,
    Unsupported,
)
from lab.runtimes.search_gateway.gateway import Gateway, say
from lab.runtimes.search_gateway.routes import Kind, Route, classify

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 100 * 1024 * 1024  # as Elasticsearch's http.max_content_length


class TooLarge(GatewayError):
    """The body is larger than the gateway takes."""

    status = 413
    kind = "content_too_long_exception"


class App:
    """The whole HTTP face of the gateway; a plain ASGI callable, for throughput."""

    def __init__(self, gateway: Gateway, credentials: auth.Credentials) -> None:
        self._gateway = gateway
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        try:
            self._credentials.check(headers.get(b"authorization", b""))
            body = _decoded(await _body(receive), headers.get(b"content-encoding", b""))
            answer = await self._answer(scope, body, headers)
        except GatewayError as error:
            answer = Answer(error.status, media.JSON, error.body(), _extra(error))
        except Exception as error:
            say(f"erreur inattendue : {error!r}")
            failure = GatewayError("Erreur interne de la passerelle ; voir son journal.")
            answer = Answer(500, media.JSON, failure.body(), {})
        await _respond(scope, send, answer, headers.get(b"accept", b"").decode("latin-1"))

    async def _answer(self, scope: Scope, body: bytes, headers: dict[bytes, bytes]) -> Answer:
        method = scope["method"]
        path = scope["raw_path"].decode("ascii").partition("?")[0]
        query = scope["query_string"].decode("latin-1")
        route = classify(method, path)
        refusals.check(route, body)
        if route.kind is Kind.ROOT:
            content = dialect.root(self._gateway.isolated)
            content["lab"] |= self._gateway.describe()
            return _json_answer(content)
        if route.kind in (Kind.OPEN_PIT, Kind.CLOSE_PIT):
            return await self._point_in_time(route, query, body)
        if route.kind is not Kind.READ:
            answer = await self._gateway.write(writes.build(route, method, path, query, body))
        else:
            if route.api == "_search":
                body = dialect.search_body(body)
            sent = media.to_engine(headers.get(b"content-type", b"").decode("latin-1"))
            target = dialect.target(path, dialect.engine_query(query))
            answer = await self._gateway.read(method, target, body, sent or media.JSON)
        if answer.status < 400:
            return answer
        content_ = refusals.explain(answer.status, answer.body)
        return Answer(answer.status, answer.content_type, content_, answer.headers)

    async def _point_in_time(self, route: Route, query: str, body: bytes) -> Answer:
        if route.kind is Kind.OPEN_PIT:
            if body.strip() and dialect.json_object(body):
                raise Unsupported("Un filtre (index_filter) sur un instantané de recherche")
            target = dialect.open_pit_target(route.index, query)
            answer = await self._gateway.read("POST", target, b"", media.JSON)
            translate = dialect.opened_pit
        else:
            sent = dialect.close_pit_body(body)
            answer = await self._gateway.read("DELETE", "/_search/point_in_time", sent, media.JSON)
            translate = dialect.closed_pit
        if answer.status >= 300:
            return answer
        return Answer(answer.status, media.JSON, translate(answer.body), {})


def _json_answer(content: Any) -> Answer:
    return Answer(200, media.JSON, json.dumps(content, ensure_ascii=False).encode(), {})


def _extra(error: GatewayError) -> dict[str, str]:
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": auth.CHALLENGE}
    return {"Retry-After": "1"} if error.status == 503 else {}


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("La requête s'est interrompue.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            raise TooLarge(f"Le corps de la requête dépasse {MAX_BODY // 1024**2} Mio.")
        more = message.get("more_body", False)
    return b"".join(parts)


def _decoded(body: bytes, encoding: bytes) -> bytes:
    if encoding.lower() != b"gzip" or not body:
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise BadRequest("Le corps compressé de la requête ne se lit pas.") from error


async def _respond(scope: Scope, send: Send, answer: Answer, accept: str) -> None:
    kind = media.to_client(answer.content_type or media.JSON, accept)
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-elastic-product", b"Elasticsearch"),
    ]
    for name in ("WWW-Authenticate", "Retry-After", "Allow", "Warning", "Location"):
        if name in answer.headers:
            headers.append((name.lower().encode(), answer.headers[name].encode("latin-1")))
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
