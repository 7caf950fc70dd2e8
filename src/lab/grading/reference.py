"""The first crawl as it was before the student's code ran: what truths are computed from.

Students may write in every store of theirs, these records included; the judge keeps its own copy.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from pymongo.database import Database

from lab import workspace

KEPT = ("articles", "products")
SEEN = "lab:boutique:seen"
ARCHIVES = "crawls/"


class Snapshot:
    """A collection that nobody can change; `find` takes no filter, as the judges ask."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def find(
        self, filter: Mapping[str, Any] | None = None, projection: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Return copies of the documents, cut down to the fields asked for."""
        if filter:
            raise NotImplementedError("a judge must filter in Python")
        names = {name for name, kept in (projection or {}).items() if kept} | {"_id"}
        return [
            copy.deepcopy(
                {name: value for name, value in row.items() if not projection or name in names}
            )
            for row in self._rows
        ]


def freeze() -> None:
    """From now on `workspace` gives this process the records as they are at this moment."""
    base = workspace.mongo()
    kept = {name: Snapshot(list(base[name].find())) for name in KEPT}
    frozen: Any = type("Frozen", (Database,), kept)(base.client, base.name)
    workspace.mongo = lambda: frozen  # type: ignore[assignment]
    _freeze_redis()
    _freeze_s3()


def _freeze_redis() -> None:
    client: Any = workspace.redis()
    seen, ask = client.smembers(SEEN), client.smembers
    client.smembers = lambda name: set(seen) if name == SEEN else ask(name)


def _freeze_s3() -> None:
    client: Any = workspace.s3()
    pages, marker = [], ""
    ask = client.list_objects
    while True:
        page = ask(Bucket=workspace.bucket(), Prefix=ARCHIVES, Marker=marker)
        pages += page.get("Contents", [])
        if not page.get("IsTruncated") or not page.get("Contents"):
            break
        marker = pages[-1]["Key"]

    def list_objects(**options: Any) -> Any:
        if options.get("Prefix") != ARCHIVES:
            return ask(**options)
        return {"Contents": copy.deepcopy(pages), "IsTruncated": False}

    client.list_objects = list_objects
