"""Storage in a database that the code really uses; declaring one is not using it."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.review.code import Call
from lab.review.criteria.composefile import compose_files
from lab.review.criteria.libraries import STORES, Store
from lab.review.model import LIKELY, SURE, Evidence, Verdict
from lab.review.project import Project, Source

_SOUPS = (
    "soup",
    "driver",
    "browser",
    "response",
    "page",
    "table",
    "element",
    "div",
    "tag",
    "html",
    "tree",
    "df",
)
_DOCUMENTS = ("", "Dict", "Name", "Call", "List", "Starred")  # what MongoDB is handed
_SHARED = frozenset(
    [
        "index",
        "get",
        "set",
        "open",
        "query",
        "execute",
        "all",
        "filter",
        "add",
        "save",
        "run",
        "merge",
        "select",
        "find",
        "create",
        "search",
        "count",
        "insert",
        "update",
        "put",
        "write",
        "json",
        "commit",
        "keys",
    ]
)


@dataclass
class Use:
    """What the code does with one store."""

    store: Store
    imported: list[Evidence] = field(default_factory=list)
    written: list[Evidence] = field(default_factory=list)
    read: list[Evidence] = field(default_factory=list)
    indexed: list[Evidence] = field(default_factory=list)


def uses(project: Project) -> dict[str, Use]:
    """The stores that the student's code imports, with what is done with each."""
    found = {}
    for key, store in STORES.items():
        use = Use(store)
        use.imported = [
            source.evidence(line) for source, _, line in project.imports(*store.modules)
        ]
        if not use.imported and not _handed(project, key):
            continue
        writes = project.calls(lambda source, call, s=store: _does(source, call, s, s.writes))  # type: ignore[misc]
        reads = project.calls(lambda source, call, s=store: _does(source, call, s, s.reads))  # type: ignore[misc]
        use.written = [source.evidence(call.line) for source, call in writes]
        use.read = [source.evidence(call.line) for source, call in reads]
        use.indexed = [
            source.evidence(call.line)
            for source, call in project.calls(
                lambda _, call: (
                    call.method in ("create_index", "create_indexes") or "upsert" in call.keywords
                )
            )
        ]
        found[key] = use
    return found


def _handed(project: Project, key: str) -> bool:
    """Does the code take its client from the lab (``workspace.mongo()``)?"""
    return any(project.calls(lambda _, call: call.name.endswith(f"workspace.{key}")))


def _does(source: Source, call: Call, store: Store, methods: frozenset[str]) -> bool:
    if call.method not in methods or not call.on:
        return False
    holder = call.on.rpartition(".")[2].lower()
    if call.method.startswith("to_"):
        return True  # a data frame pours itself: to_sql, to_parquet
    if holder.startswith(_SOUPS) or call.on.startswith(("os", "json", "requests", "bs4")):
        return False
    if call.method in ("find", "insert") and call.first not in _DOCUMENTS:
        return False  # soup.find("a"), frame.insert(2, …)
    if call.method in _SHARED:  # the word is anybody's: the file must know the store
        return bool(source.facts.imported(*store.modules)) or _named_after(call, store)
    return True


def _named_after(call: Call, store: Store) -> bool:
    words = {module.split(".")[0] for module in store.modules} | set(store.images)
    holder = call.on.lower()
    return any(word in holder for word in words) or (
        "pymongo" in words and any(word in holder for word in ("collection", "coll", "db"))
    )


def judge(project: Project) -> Verdict:
    """0 none; 1 declared or connected only; 2 written by code; 3 written, then read or indexed."""
    found = uses(project)
    written = {key: use for key, use in found.items() if use.written}
    evidence = [proof for use in found.values() for proof in (*use.written[:2], *use.read[:1])]
    if not written:
        return _not_written(project, found)
    names = ", ".join(use.store.title for use in written.values())
    proofs = (Evidence(f"écrit par le code : {names}"), *evidence[:6])
    if set(written) == {"sqlite"}:
        advice = (
            "SQLite est un fichier : employez une base qui est un service (MongoDB, PostgreSQL…)."
        )
        return Verdict("stockage", 1, LIKELY, proofs, advice)
    if any(use.read for use in written.values()) or len(written) > 1:
        unindexed = not any(use.indexed for use in written.values())
        advice = (
            "Un identifiant stable et un index éviteraient doublons et lenteurs."
            if unindexed
            else ""
        )
        return Verdict("stockage", 3, LIKELY if unindexed else SURE, proofs, advice)
    return Verdict("stockage", 2, LIKELY, proofs, "La base est remplie ; rien ne la relit.")


def _not_written(project: Project, found: dict[str, Use]) -> Verdict:
    proofs = [proof for use in found.values() for proof in (*use.read[:2], *use.imported[:1])]
    if any(use.read for use in found.values()):
        question = "La base est lue : qu'est-ce qui la remplit (un script, une image, un export) ?"
        return Verdict(
            "stockage", 1, 0.5, tuple(proofs[:4]), "Publiez le code qui remplit la base.", question
        )
    declared = [
        Evidence(f"service {service.name} ({service.image}) déclaré", file.source.path)
        for file in compose_files(project)
        for service in file.services
        if service.stores
    ]
    if proofs or declared:
        advice = "La base est déclarée, mais aucun code n'y écrit : branchez-y votre récolte."
        return Verdict("stockage", 1, LIKELY, tuple([*proofs, *declared][:5]), advice)
    advice = "Rangez les données dans une base (MongoDB, PostgreSQL…), et non dans des fichiers."
    return Verdict("stockage", 0, LIKELY, (), advice)
