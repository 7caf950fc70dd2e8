"""Export of the engine's whole state, as records, when the journal has outgrown its bound.

Points in time freeze the documents while the write lock is held (milliseconds); the export itself
then runs beside reads and writes, which go to the next journal. Nothing is removed before the new
snapshot is complete, its metadata tried on a second, empty engine, and renamed into place.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.runtimes.search_gateway.dialect import segment
from lab.runtimes.search_gateway.engine import Engine
from lab.runtimes.search_gateway.journal import Record

PAGE = 500
KEEP_ALIVE = "30m"
# Given by the engine itself at creation: it refuses them, or they mean nothing elsewhere.
_OWN_SETTINGS = frozenset(
    {"creation_date", "uuid", "version", "provided_name", "verified_before_close", "replication"}
)


class Postponed(Exception):
    """The state cannot be exported now (a closed or blocked index…); the journals stay."""


@dataclass
class Plan:
    """What was captured under the write lock."""

    indices: dict[str, dict[str, Any]] = field(default_factory=dict)
    pits: dict[str, str] = field(default_factory=dict)
    last: list[Record] = field(default_factory=list)


async def _json(engine: Engine, method: str, target: str, body: Any = None) -> Any:
    data = b"" if body is None else json.dumps(body).encode()
    answer = await engine.request(method, target, data)
    if answer.status >= 300:
        raise Postponed(f"{method} {target}: {answer.status} {answer.body[:200]!r}")
    return answer.json()


def _http(method: str, target: str, body: Any) -> Record:
    return Record("http", json.dumps(body).encode(), method, target, "application/json")


async def capture(engine: Engine) -> Plan:
    """Freeze the state; the caller holds the write lock. Raise Postponed if it cannot be."""
    plan = Plan()
    plan.indices = await _json(engine, "GET", "/_all?expand_wildcards=all")
    for index in plan.indices:
        target = f"/{segment(index)}/_search/point_in_time?keep_alive={KEEP_ALIVE}"
        plan.pits[index] = (await _json(engine, "POST", target))["pit_id"]
    components = await _json(engine, "GET", "/_component_template")
    for one in components.get("component_templates", []):
        name, body = one["name"], one["component_template"]
        plan.last.append(_http("PUT", f"/_component_template/{segment(name)}", body))
    for one in (await _json(engine, "GET", "/_index_template")).get("index_templates", []):
        name, body = one["name"], one["index_template"]
        plan.last.append(_http("PUT", f"/_index_template/{segment(name)}", body))
    for name, body in (await _json(engine, "GET", "/_template")).items():
        plan.last.append(_http("PUT", f"/_template/{segment(name)}", body))
    settings = await _json(engine, "GET", "/_cluster/settings")
    if any(settings.values()):
        plan.last.append(_http("PUT", "/_cluster/settings", settings))
    return plan


def _index_records(index: str, state: dict[str, Any]) -> tuple[Record, Record | None]:
    """Return what makes an index again, and what blocks it again once it is filled."""
    given = dict(state.get("settings", {}).get("index", {}))
    blocks = given.pop("blocks", None)
    settings = {key: value for key, value in given.items() if key not in _OWN_SETTINGS}
    body = {
        "settings": {"index": settings},
        "mappings": state.get("mappings", {}),
        "aliases": state.get("aliases", {}),
    }
    target = f"/{segment(index)}"
    after = _http("PUT", f"{target}/_settings", {"index": {"blocks": blocks}}) if blocks else None
    return _http("PUT", target, body), after


async def _documents(engine: Engine, index: str, pit: str) -> AsyncIterator[bytes]:
    """Yield bulk lines by pages; raise Postponed if fewer documents come than are counted."""
    after: list[Any] | None = None
    total, seen = None, 0
    while True:
        request: dict[str, Any] = {
            "size": PAGE,
            "pit": {"id": pit, "keep_alive": KEEP_ALIVE},
            "sort": ["_shard_doc"],
            "version": True,
            "track_total_hits": True,
        }
        if after is not None:
            request["search_after"] = after
        hits = (await _json(engine, "POST", "/_search", request))["hits"]
        total = hits["total"]["value"] if total is None else total
        page = hits.get("hits", [])
        if not page:
            break
        seen += len(page)
        after = page[-1]["sort"]
        yield b"".join(_lines(index, hit) for hit in page)
    if seen != total:
        raise Postponed(f"{index}: {seen} documents exported, {total} counted")


def _lines(index: str, hit: dict[str, Any]) -> bytes:
    meta = {"_index": index, "_id": hit["_id"]}
    # keeps _version across restarts; the engine is empty, so no tombstone can object
    meta |= {"version": hit["_version"], "version_type": "external"}
    if "_routing" in hit:
        meta["routing"] = hit["_routing"]
    action = json.dumps({"index": meta}, ensure_ascii=False)
    return f"{action}\n{json.dumps(hit['_source'], ensure_ascii=False)}\n".encode()


async def export(engine: Engine, plan: Plan, path: Path, *, fsync: bool = True) -> int:
    """Write the captured state to `path`, complete; return the number of bytes."""
    blocks: list[Record] = []
    metadata: list[Record] = []
    with path.open("wb") as stream:
        for index, state in plan.indices.items():
            create, block = _index_records(index, state)
            metadata.append(create)
            stream.write(create.encode())
            if block is not None:
                blocks.append(block)
            async for page in _documents(engine, index, plan.pits[index]):
                stream.write(Record("bulk", page).encode())
        for record in [*plan.last, *blocks]:
            metadata.append(record)
            stream.write(record.encode())
        stream.write(Record("end").encode())
        stream.flush()
        if fsync:
            os.fsync(stream.fileno())
        size = stream.tell()
    await _try_metadata(metadata)
    return size


async def _try_metadata(records: list[Record]) -> None:
    """Raise Postponed if an empty engine refuses a record that a replay would need."""
    trial = Engine(isolate=False)
    await trial.start()
    try:
        for record in records:
            answer = await trial.request(record.method, record.target, record.body)
            if answer.status >= 300:
                raise Postponed(f"{record.target}: {answer.body[:300]!r}")
    finally:
        await trial.stop()


async def release(engine: Engine, plan: Plan) -> None:
    """Free the points in time."""
    if plan.pits:
        body = json.dumps({"pit_id": list(plan.pits.values())}).encode()
        await engine.request("DELETE", "/_search/point_in_time", body)
