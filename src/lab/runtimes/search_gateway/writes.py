"""From a classified request to a `Write`: what the engine gets, what the journal keeps."""

from __future__ import annotations

import json
from typing import Any

from lab.runtimes.search_gateway import bulk, dialect
from lab.runtimes.search_gateway.engine import Answer
from lab.runtimes.search_gateway.errors import Unsupported
from lab.runtimes.search_gateway.gateway import Write
from lab.runtimes.search_gateway.journal import Record
from lab.runtimes.search_gateway.media import JSON, NDJSON
from lab.runtimes.search_gateway.routes import Kind, Route

# A query with one of these may choose other documents when it is replayed later.
_UNSTABLE = (b"now", b"random_score", b"script")


def build(route: Route, method: str, path: str, query: str, body: bytes) -> Write:
    """Return the write for a request; raise BadRequest or Unsupported before anything is done."""
    if route.kind is Kind.BULK:
        return _bulk(route, path, query, body)
    if route.kind is Kind.DOCUMENT and (method == "DELETE" or body.strip()):
        return _document(route, method, path, query, body)
    if route.kind is Kind.QUERY_WRITE and any(word in body for word in _UNSTABLE):
        raise Unsupported(
            "Une écriture par requête dont le choix dépend de l'heure, du hasard ou d'un script"
        )
    target = dialect.target(path, dialect.engine_query(query))
    record = Record("http", body, method, target, JSON)
    return Write(method, target, body, JSON, record, lambda _: body)


def _bulk(route: Route, path: str, query: str, body: bytes) -> Write:
    given = {name: value for name, value, _ in dialect.parameters(query)}
    request = bulk.parse(body, route.index, given.get("routing", ""))
    # every result is needed to know what to keep, so the answer is not filtered
    cleaned = dialect.engine_query(query, without=frozenset({"filter_path"}))
    journal = request.journal()

    def settle(answer: Answer) -> bytes | None:
        if not request.conditional and b'"errors":false' in answer.body[:64]:
            return journal
        document: dict[str, Any] = json.loads(answer.body)
        if not document["errors"]:
            return journal
        return request.journal_of(document["items"]) or None

    return Write(
        "POST",
        dialect.target(path, cleaned),
        request.body(),
        NDJSON,
        Record("bulk", journal),
        settle,
        request.conditional,
    )


def _document(route: Route, method: str, path: str, query: str, body: bytes) -> Write:
    given = {name: value for name, value, _ in dialect.parameters(query)}
    operation = _operation(route, method, given)
    meta: dict[str, Any] = {name: given[name] for name in bulk.CONDITIONS if name in given}
    if route.rest:
        meta["_id"] = route.rest[0]
    to_engine, to_journal, conditional = bulk.action(
        operation, meta, route.index, given.get("routing", "")
    )
    if not route.rest and operation in ("index", "create"):
        # the id is chosen here, so that the journal knows it before the engine does
        (chosen,) = json.loads(to_engine).values()
        path = f"{path.rstrip('/')}/{dialect.segment(chosen['_id'])}"
    source = None if operation == "delete" else bulk.one_line(body)
    record = bulk.Item(to_engine, to_journal, source, conditional).journal()
    target = dialect.target(path, dialect.engine_query(query))
    return Write(method, target, body, JSON, Record("bulk", record), lambda _: record, conditional)


def _operation(route: Route, method: str, given: dict[str, str]) -> str:
    if method == "DELETE":
        return "delete"
    if route.api == "_update":
        return "update"
    if route.api == "_create" or given.get("op_type") == "create":
        return "create"
    return "index"
