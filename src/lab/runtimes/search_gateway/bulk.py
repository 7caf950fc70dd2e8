"""Bulk bodies: read before anything is applied, every id chosen, failed items left out after."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from typing import Any

from lab.runtimes.search_gateway.errors import BadRequest, Unsupported

OPERATIONS = frozenset({"index", "create", "update", "delete"})
CONDITIONS = frozenset({"if_seq_no", "if_primary_term"})
VERSIONS = frozenset({"version", "version_type", "_version", "_version_type"})


def new_id() -> str:
    """Return a fresh document id: 20 characters, URL-safe, as Elasticsearch's own."""
    return base64.urlsafe_b64encode(os.urandom(15)).decode()


@dataclass(frozen=True)
class Item:
    """One action: the line for the engine, the line for the journal, the source line if any."""

    line: bytes
    journal_line: bytes
    source: bytes | None
    conditional: bool

    def journal(self) -> bytes:
        """Return the lines to journal."""
        if self.source is None:
            return self.journal_line + b"\n"
        return b"%b\n%b\n" % (self.journal_line, self.source)


@dataclass(frozen=True)
class Bulk:
    """A whole bulk request."""

    items: list[Item]

    @property
    def conditional(self) -> bool:
        """True if an item applies only on a condition that a replay could not check."""
        return any(item.conditional for item in self.items)

    def body(self) -> bytes:
        """Return the body for the engine."""
        out: list[bytes] = []
        for item in self.items:
            out.append(item.line)
            if item.source is not None:
                out.append(item.source)
        return b"\n".join(out) + b"\n"

    def journal(self) -> bytes:
        """Return the body for the journal, every item in it."""
        return b"".join(item.journal() for item in self.items)

    def journal_of(self, results: list[dict[str, dict[str, Any]]]) -> bytes:
        """Return the body for the journal with the items that succeeded only."""
        kept: list[bytes] = []
        for item, result in zip(self.items, results, strict=True):
            (outcome,) = result.values()
            if int(outcome.get("status", 500)) < 300:
                kept.append(item.journal())
        return b"".join(kept)


def action(
    operation: str, given: dict[str, Any], index: str, routing: str
) -> tuple[bytes, bytes, bool]:
    """Return (line for the engine, line for the journal, conditional) of one action.

    `index` and `routing` are the request's defaults. Raises Unsupported for what a journal
    cannot replay faithfully, or the engine does not do.
    """
    if given.get("pipeline") not in (None, "_none"):
        raise Unsupported("Les pipelines d'ingestion")
    if given.get("version_type", given.get("_version_type", "internal")) != "internal":
        raise Unsupported("Le versionnement externe (version_type)")
    meta = dict(given)
    meta.setdefault("_index", index)
    if str(meta["_index"]).startswith("<"):
        raise Unsupported("Un nom d'index calculé d'après la date")
    if operation != "delete" and meta.get("_id") is None and operation != "update":
        meta["_id"] = new_id()
    kept = {"_index": meta["_index"], "_id": meta.get("_id")}
    where = meta.get("routing", meta.get("_routing", routing))
    if where:
        kept["routing"] = where
    conditional = not CONDITIONS.isdisjoint(meta)
    return _line(operation, meta), _line(operation, kept), conditional


def _line(operation: str, meta: dict[str, Any]) -> bytes:
    return json.dumps({operation: meta}, ensure_ascii=False, separators=(",", ":")).encode()


def parse(body: bytes, index: str, routing: str = "") -> Bulk:
    """Read a bulk body; raise BadRequest for a malformed one, before anything is applied."""
    if not body.endswith(b"\n"):
        raise BadRequest("Une requête _bulk se termine par un saut de ligne [\\n].")
    items: list[Item] = []
    lines = iter(enumerate(body.split(b"\n")[:-1], 1))
    for number, line in lines:
        if not line.strip():
            continue
        operation, meta = _read_action(line, number)
        if not (meta.get("_index") or index):
            raise BadRequest(f"Ligne {number} de la requête _bulk : index manquant.")
        to_engine, to_journal, conditional = action(operation, meta, index, routing)
        source = None
        if operation != "delete":
            source = next(lines, (0, None))[1]
            if source is None:
                raise BadRequest(f"Ligne {number} de la requête _bulk : document manquant.")
            source = source.rstrip(b"\r")
            if operation == "update" and b'"script"' in source:
                refuse_script(source)
        items.append(Item(to_engine, to_journal, source, conditional))
    if not items:
        raise BadRequest("Requête _bulk vide.")
    return Bulk(items)


def _read_action(line: bytes, number: int) -> tuple[str, dict[str, Any]]:
    try:
        ((operation, meta),) = json.loads(line).items()
    except (ValueError, AttributeError) as error:
        raise BadRequest(f"Ligne {number} de la requête _bulk : action illisible.") from error
    if operation not in OPERATIONS or not isinstance(meta, dict):
        raise BadRequest(f"Ligne {number} de la requête _bulk : action [{operation}] inconnue.")
    return operation, meta


def refuse_script(source: bytes) -> None:
    """Raise Unsupported if an update's body holds a script."""
    try:
        document = json.loads(source)
    except ValueError:
        return  # the engine says what is wrong with it
    if isinstance(document, dict) and "script" in document:
        raise Unsupported("Une mise à jour par script")


def one_line(body: bytes) -> bytes:
    """Return a JSON body on one line (a raw line break inside a JSON string is not JSON)."""
    return body.replace(b"\r", b" ").replace(b"\n", b" ")
