"""The first crawl as it was before the student's code ran: what truths are computed from.

Students may write in every store of theirs, these records included; the judge keeps its own copy.
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lab import workspace
from lab.exercises.s3 import project

SEEN = "lab:boutique:seen"
ARCHIVES = "crawls/"
GAZETTE = f"{ARCHIVES}gazette/"
CORRECTED = "2026-09-14"  # as the notebook says: articles of this day and after get a second title


class Snapshot:
    """A collection that nobody can change; `find` takes no filter, as the judges ask."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def find(
        self, filter: Mapping[str, Any] | None = None, projection: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Return copies of the documents, cut down to the fields asked for.

        Raises ValueError for a filter: forgotten, it would give a wrong truth.
        """
        if filter:
            raise ValueError("a judge filters in Python, not in the store")
        names = {name for name, kept in (projection or {}).items() if kept} | {"_id"}
        return [
            copy.deepcopy(
                {name: value for name, value in row.items() if not projection or name in names}
            )
            for row in self._rows
        ]


@dataclass(frozen=True)
class Reference:
    """The records, the pages seen, the archives."""

    collections: dict[str, Snapshot]
    seen: frozenset[str]
    archives: list[dict[str, Any]]
    gazette: dict[str, dict[str, Any]]


def read() -> Reference:
    """Read the stores, then leave them: no connection stays open."""
    base = workspace.mongo()
    found = Reference(
        {name: Snapshot(list(base[name].find())) for name in ("articles", "products")},
        frozenset(workspace.redis().smembers(SEEN)),  # type: ignore[arg-type]
        archives := _archives(),
        _gazette(archives),
    )
    base.client.close()
    workspace.redis().close()
    workspace.forget()
    return found


def _archives() -> list[dict[str, Any]]:
    pages = workspace.s3().get_paginator("list_objects")
    options: Any = {"Bucket": workspace.bucket(), "Prefix": ARCHIVES}
    return [dict(one) for page in pages.paginate(**options) for one in page.get("Contents", [])]


def _gazette(archives: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each article of the project « de l'archive brute à la figure », in its last version.

    Its raw archives are made by a cell of the notebook, hence by the student's code: the same
    rows are made here from the lab's own.
    """
    rows: dict[str, dict[str, Any]] = {}
    for one in sorted(archives, key=lambda archive: archive["LastModified"]):
        if one["Key"].startswith(GAZETTE):
            body = workspace.s3().get_object(Bucket=workspace.bucket(), Key=one["Key"])["Body"]
            lines = gzip.decompress(body.read()).splitlines()
            rows |= {row["id"]: row for row in map(json.loads, lines)}
    kept = sorted(rows.values(), key=lambda row: str(row["id"]))[:2000]
    for row in kept:
        if row["published"] >= CORRECTED:
            row["title"] += " (corrigé)"
    return {row["id"]: row for row in kept}


def install(known: Reference) -> None:
    """From now on `workspace` gives this process these records, whatever the stores hold."""
    plain = workspace.mongo, workspace.redis, workspace.s3

    @cache
    def mongo() -> Any:
        from pymongo.database import Database

        base = plain[0]()
        return type("Reference", (Database,), dict(known.collections))(base.client, base.name)

    @cache
    def redis() -> Any:
        client: Any = plain[1]()
        ask = client.smembers
        client.smembers = lambda name: set(known.seen) if name == SEEN else ask(name)
        return client

    @cache
    def s3() -> Any:
        client: Any = plain[2]()
        ask = client.list_objects

        def list_objects(**options: Any) -> Any:
            if options.get("Prefix") != ARCHIVES:
                return ask(**options)
            return {"Contents": copy.deepcopy(known.archives), "IsTruncated": False}

        client.list_objects = list_objects
        return client

    project._truth = lambda: copy.deepcopy(known.gazette)
    workspace.mongo, workspace.redis, workspace.s3 = mongo, redis, s3
