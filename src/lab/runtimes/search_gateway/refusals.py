"""What is refused from the body of a request, and the French added to the engine's refusals."""

from __future__ import annotations

import json
from typing import Any

from lab.runtimes.search_gateway import analysis, dialect
from lab.runtimes.search_gateway.errors import DOCKER_HINT, Unsupported
from lab.runtimes.search_gateway.routes import Kind, Route

_SEARCH_FEATURES = {
    "knn": "La recherche de voisins (kNN)",
    "retriever": "Les « retrievers »",
    "rank": "La fusion de classements (rank)",
    "sub_searches": "La fusion de classements (sub_searches)",
    "runtime_mappings": "Les champs calculés à la volée (runtime_mappings)",
}
_QUERY_FEATURES = {
    "semantic": "La recherche sémantique",
    "sparse_vector": "La recherche par vecteurs creux",
    "text_expansion": "La recherche par vecteurs creux",
    "percolate": "Le percolateur",
    "knn": "La recherche de voisins (kNN)",
}
_TYPES = frozenset(
    {"dense_vector", "knn_vector", "semantic_text", "sparse_vector", "rank_vectors", "percolator"}
)
_NOT_DONE = (
    "no handler found",
    "incorrect http method",
    "unsupported_operation_exception",
    "not supported",
    "unknown key for",
    "no handler for type",
    "unrecognized parameter",
    "unknown query",
    "unknown aggregation",
)


def check(route: Route, body: bytes) -> None:
    """Raise Unsupported for a body that the engine would get wrong in silence, or not do."""
    if not body:
        return
    if route.kind is Kind.READ and route.api in ("_search", "_count", "_msearch"):
        _check_search(route, body)
    elif route.kind is Kind.DOCUMENT and route.api == "_update":
        document = dialect.json_object(body)
        if "script" in document:
            raise Unsupported("Une mise à jour par script")
    elif route.kind is Kind.QUERY_WRITE:
        _check_query_write(dialect.json_object(body))
    elif route.kind is Kind.METADATA:
        _check_metadata(route, dialect.json_object(body))


def _check_search(route: Route, body: bytes) -> None:
    features = {**_SEARCH_FEATURES, **_QUERY_FEATURES}
    suspects = [name for name in features if f'"{name}"'.encode() in body]
    if not suspects:
        return
    lines = body.splitlines() if route.api == "_msearch" else [body]
    for line in lines:
        document = dialect.json_object(line)
        for name in suspects:
            if name in _SEARCH_FEATURES and name in document:
                raise Unsupported(_SEARCH_FEATURES[name])
            if name in _QUERY_FEATURES and _has_clause(document.get("query"), name):
                raise Unsupported(_QUERY_FEATURES[name])


def _has_clause(query: Any, name: str) -> bool:
    if isinstance(query, dict):
        if isinstance(query.get(name), dict):
            return True
        return any(_has_clause(value, name) for value in query.values())
    return isinstance(query, list) and any(_has_clause(value, name) for value in query)


def _check_query_write(document: dict[str, Any]) -> None:
    if "script" in document:
        raise Unsupported("Une écriture par script")
    source, destination = document.get("source"), document.get("dest")
    if isinstance(source, dict) and "remote" in source:
        raise Unsupported("La copie depuis un autre serveur (reindex remote)")
    if isinstance(destination, dict) and destination.get("pipeline"):
        raise Unsupported("Les pipelines d'ingestion")
    if isinstance(destination, dict) and destination.get("version_type", "internal") != "internal":
        raise Unsupported("Le versionnement externe (version_type)")


def _check_metadata(route: Route, document: dict[str, Any]) -> None:
    template = document.get("template")
    inner = template if isinstance(template, dict) else document
    if "data_stream" in document:
        raise Unsupported("Les flux de données (data streams)")
    if route.api == "_settings":
        settings = document.get("settings", document)
    else:
        settings = inner.get("settings")
    analysis.check_settings(settings)
    for name in ("default_pipeline", "final_pipeline"):
        if name in json.dumps(settings):
            raise Unsupported("Les pipelines d'ingestion")
    mapping = document if route.api in ("_mapping", "_mappings") else inner.get("mappings")
    if mapping:
        analysis.check_mapping(mapping)
        _check_fields(mapping)


def _check_fields(mapping: Any) -> None:
    if not isinstance(mapping, dict):
        return
    if "runtime" in mapping and isinstance(mapping["runtime"], dict):
        raise Unsupported("Les champs calculés à la volée (runtime)")
    source = mapping.get("_source")
    if isinstance(source, dict) and source not in ({}, {"enabled": True}):
        raise Unsupported("Un « _source » incomplet, qui empêcherait de sauver les documents,")
    for holder in ("properties", "fields"):
        fields = mapping.get(holder)
        for field in fields.values() if isinstance(fields, dict) else ():
            if isinstance(field, dict):
                if field.get("type") in _TYPES:
                    raise Unsupported(f"Le type de champ « {field['type']} »")
                _check_fields(field)


def explain(status: int, body: bytes) -> bytes:
    """Add to an engine's refusal what to do about it; other errors are left as they are."""
    if status not in (400, 405, 501) or not any(m.encode() in body.lower() for m in _NOT_DONE):
        return body
    try:
        document = json.loads(body)
    except ValueError:
        return body
    error = document.get("error")
    if isinstance(error, str):
        error = {"type": "illegal_argument_exception", "reason": error}
    if not isinstance(error, dict):
        return body
    note = f" — le moteur local (osmem) ne le fait pas ou l'écrit autrement ; {DOCKER_HINT}"
    error["reason"] = f"{error.get('reason', '')}{note}"
    error.setdefault("root_cause", [{"type": error["type"], "reason": error["reason"]}])
    document = {"error": error, "status": status}
    return json.dumps(document, ensure_ascii=False).encode()
