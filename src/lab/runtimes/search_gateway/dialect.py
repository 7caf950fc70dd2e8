"""The few requests that Elasticsearch's clients and the (OpenSearch) engine spell differently."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, unquote_plus

from lab.runtimes.search_gateway.errors import BadRequest, Unsupported

COMPATIBLE_VERSION = "9.5.0"
ENGINE_NAME = "osmem"

# Parameters of Elasticsearch 9 that the engine does not know, and whose meaning is already its
# only behaviour.
_DROPPED = frozenset({"include_source_on_error", "list_executed_pipelines", "require_data_stream"})


def parameters(query: str) -> list[tuple[str, str, str]]:
    """Split a query string into (name, value, raw pair); raw pairs are sent on unchanged."""
    pairs = []
    for raw in query.split("&"):
        if raw:
            name, _, value = raw.partition("=")
            pairs.append((unquote_plus(name), unquote_plus(value), raw))
    return pairs


def engine_query(query: str, *, without: frozenset[str] = frozenset()) -> str:
    """Return the query string for the engine; raise Unsupported for what it does not do."""
    kept = []
    for name, value, raw in parameters(query):
        if name == "pipeline" and value != "_none":
            raise Unsupported("Les pipelines d'ingestion")
        if name == "version_type" and value != "internal":
            raise Unsupported("Le versionnement externe (version_type)")
        if name == "wait_for_completion" and value == "false":
            raise Unsupported("Les tâches en arrière-plan (wait_for_completion=false)")
        if name == "require_data_stream" and value != "false":
            raise Unsupported("Les flux de données (data streams)")
        if name not in _DROPPED and name not in without:
            kept.append(raw)
    return "&".join(kept)


def target(path: str, query: str) -> str:
    """Return a request target."""
    return f"{path}?{query}" if query else path


def segment(name: str) -> str:
    """Quote one path segment (commas and wildcards stay, as index lists use them)."""
    return quote(name, safe="*,-_.")


def root(isolated: bool) -> dict[str, Any]:
    """Return the answer of ``GET /``: the shape of a 9.x node, and the truth in `lab`."""
    return {
        "name": "lab",
        "cluster_name": "lab",
        "cluster_uuid": "lab-local-engine-osmem",
        "version": {
            "number": COMPATIBLE_VERSION,
            "build_flavor": "default",
            "build_type": "wheel",
            "build_hash": ENGINE_NAME,
            "build_date": "2026-01-01T00:00:00.000000000Z",
            "build_snapshot": False,
            "lucene_version": "10.5.0",
            "minimum_wire_compatibility_version": "8.19.0",
            "minimum_index_compatibility_version": "8.0.0",
        },
        "tagline": "Ce n'est pas Elasticsearch : osmem, compatible, en local "
        "(le vrai : ./lab up --docker)",
        "lab": {
            "real": False,
            "product": f"compatible Elasticsearch (osmem {version('osmem-server')})",
            "engine": ENGINE_NAME,
            "engine_version": version("osmem-server"),
            "engine_port_closed": isolated,
        },
    }


def json_object(body: bytes) -> dict[str, Any]:
    """Decode a JSON object ({} for an empty body); raise BadRequest otherwise."""
    if not body.strip():
        return {}
    try:
        document = json.loads(body)
    except ValueError as error:
        raise BadRequest(f"Le corps de la requête n'est pas du JSON : {error}") from error
    if not isinstance(document, dict):
        raise BadRequest("Le corps de la requête doit être un objet JSON.")
    return document


def open_pit_target(index: str, query: str) -> str:
    """Return where the engine opens a point in time."""
    kept = [raw for name, _, raw in parameters(query) if name != "ignore_unavailable"]
    return target(f"/{segment(index)}/_search/point_in_time", "&".join(kept))


def opened_pit(body: bytes) -> bytes:
    """Translate the engine's answer to an opened point in time."""
    answer = json.loads(body)
    return json.dumps({"id": answer["pit_id"], "_shards": answer["_shards"]}).encode()


def close_pit_body(body: bytes) -> bytes:
    """Translate the request that closes a point in time."""
    return json.dumps({"pit_id": [str(json_object(body).get("id", ""))]}).encode()


def closed_pit(body: bytes) -> bytes:
    """Translate the engine's answer to a closed point in time."""
    freed = sum(1 for pit in json.loads(body).get("pits", []) if pit.get("successful"))
    return json.dumps({"succeeded": True, "num_freed": freed}).encode()


def search_body(body: bytes) -> bytes:
    """Add the tiebreaker that Elasticsearch adds to a sorted search on a point in time.

    Without it, pages cut by ``search_after`` inside a run of equal sort values would skip hits.
    """
    if b'"pit"' not in body:
        return body
    document = json_object(body)
    sort = document.get("sort")
    if "pit" not in document or not sort:
        return body
    sort = sort if isinstance(sort, list) else [sort]
    if any("_shard_doc" in key for key in sort):
        return body
    after = document.get("search_after")
    if after is None or len(after) == len(sort) + 1:
        document["sort"] = [*sort, {"_shard_doc": "asc"}]
    return json.dumps(document).encode()
