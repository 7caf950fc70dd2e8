"""What a request is: decided from its method and path alone, before anything else.

The rule is deny by default: an API that is not listed here as known is refused in French, and a
known one that is not listed as a read is a write, hence journalled.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import unquote

from lab.runtimes.search_gateway.errors import Unsupported


class Kind(Enum):
    """How the gateway treats a request."""

    ROOT = auto()
    READ = auto()
    OPEN_PIT = auto()
    CLOSE_PIT = auto()
    DOCUMENT = auto()
    BULK = auto()
    QUERY_WRITE = auto()
    METADATA = auto()


@dataclass(frozen=True)
class Route:
    """A classified request: its kind, the index it names ("" for the cluster), api, last part."""

    kind: Kind
    index: str = ""
    api: str = ""
    rest: tuple[str, ...] = ()


CLUSTER_APIS = frozenset(
    {
        "_cluster",
        "_nodes",
        "_cat",
        "_alias",
        "_aliases",
        "_index_template",
        "_template",
        "_component_template",
        "_bulk",
        "_search",
        "_count",
        "_field_caps",
        "_msearch",
        "_mget",
        "_refresh",
        "_flush",
        "_forcemerge",
        "_cache",
        "_reindex",
        "_analyze",
        "_mapping",
        "_mappings",
        "_settings",
        "_stats",
        "_resolve",
        "_validate",
        "_pit",
        "_search_shards",
        "_mtermvectors",
    }
)
INDEX_APIS = frozenset(
    {
        "_mapping",
        "_mappings",
        "_settings",
        "_stats",
        "_refresh",
        "_flush",
        "_forcemerge",
        "_cache",
        "_open",
        "_close",
        "_doc",
        "_create",
        "_update",
        "_source",
        "_search",
        "_explain",
        "_validate",
        "_pit",
        "_count",
        "_field_caps",
        "_msearch",
        "_mget",
        "_bulk",
        "_delete_by_query",
        "_update_by_query",
        "_analyze",
        "_alias",
        "_aliases",
        "_termvectors",
        "_mtermvectors",
        "_search_shards",
    }
)
# Posted or deleted, and yet they change nothing that must survive a restart.
READ_APIS = frozenset(
    {
        "_search",
        "_count",
        "_msearch",
        "_mget",
        "_analyze",
        "_validate",
        "_field_caps",
        "_explain",
        "_termvectors",
        "_mtermvectors",
        "_search_shards",
        "_refresh",
        "_flush",
        "_forcemerge",
        "_cache",
        "_resolve",
    }
)
QUERY_WRITES = frozenset({"_delete_by_query", "_update_by_query", "_reindex"})
DOCUMENT_APIS = frozenset({"_doc", "_create", "_update"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

NAMES = {
    "_sql": "Le SQL",
    "_query": "ES|QL",
    "_esql": "ES|QL",
    "_eql": "EQL",
    "_ingest": "Les pipelines d'ingestion",
    "_snapshot": "Les instantanés (snapshots)",
    "_slm": "Les instantanés (snapshots)",
    "_scripts": "Les scripts enregistrés",
    "_knn_search": "La recherche de voisins (kNN)",
    "_inference": "L'inférence",
    "_ml": "L'apprentissage automatique",
    "_synonyms": "Les synonymes",
    "_security": "La gestion des comptes",
    "_data_stream": "Les flux de données (data streams)",
    "_tasks": "Les tâches en arrière-plan",
    "_async_search": "La recherche asynchrone",
    "_rollover": "La rotation d'index (rollover)",
    "_ilm": "Le cycle de vie des index",
}


def classify(method: str, path: str) -> Route:
    """Return the route of a request; raise Unsupported for what the engine does not do."""
    parts = [unquote(part) for part in path.split("/") if part]
    if not parts:
        return Route(Kind.ROOT)
    first = parts[0]
    if first.startswith("<") or "/" in first:
        raise Unsupported("Un nom d'index calculé d'après la date")
    on_cluster = first.startswith("_") and first != "_all"
    if on_cluster:
        index, api, rest = "", first, tuple(parts[1:])
        known = CLUSTER_APIS
    else:
        index, api, rest = first, parts[1] if len(parts) > 1 else "", tuple(parts[2:])
        known = INDEX_APIS
    if api and api not in known:
        raise Unsupported(NAMES.get(api, f"L'interface « {api} »"))
    return Route(_kind(method, api, rest), index, api, rest)


def _kind(method: str, api: str, rest: tuple[str, ...]) -> Kind:
    if method in SAFE_METHODS:
        return Kind.READ
    if api == "_pit":
        return Kind.CLOSE_PIT if method == "DELETE" else Kind.OPEN_PIT
    if api in READ_APIS or (rest and rest[0].startswith("_simulate")):
        if rest and rest[-1] == "template":
            raise Unsupported("Les modèles de recherche (search templates)")
        return Kind.READ
    if api == "_bulk":
        return Kind.BULK
    if api in QUERY_WRITES:
        return Kind.QUERY_WRITE
    if api in DOCUMENT_APIS:
        return Kind.DOCUMENT
    return Kind.METADATA
