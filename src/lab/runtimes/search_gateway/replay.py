"""Rebuild an empty engine's state from records; neighbouring bulk records are sent as one.

The last record may be a write that was under way when the gateway was killed: journalled, but
neither applied nor acknowledged. It is sent alone, and what the engine refuses of it is not kept.
Any other refusal is worth a line in the log: the engine has changed, or the journal was edited.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lab.runtimes.search_gateway import bulk
from lab.runtimes.search_gateway.engine import Engine
from lab.runtimes.search_gateway.journal import Record

BATCH_BYTES = 2_000_000
Say = Callable[[str], None]


@dataclass(frozen=True)
class Replayed:
    """How many records or items were refused, and what is to be kept of the last record."""

    refused: int
    last: Record | None
    kept: bytes | None


async def replay(engine: Engine, records: Iterator[Record], say: Say) -> Replayed:
    """Apply `records`, in order, to an empty engine; raise EngineLost if it dies of it."""
    refused, batch, size = 0, list[bytes](), 0
    last: Record | None = None
    for record in records:
        if last is not None:
            if last.kind == "bulk":
                batch.append(last.body)
                size += len(last.body)
            if last.kind != "bulk" or size > BATCH_BYTES:
                refused += await _send_bulk(engine, batch, say)
                batch, size = [], 0
            if last.kind == "http":
                refused += await _send(engine, last, say)
        last = record
    refused += await _send_bulk(engine, batch, say)
    return Replayed(refused, last, await _send_last(engine, last))


async def _send_last(engine: Engine, record: Record | None) -> bytes | None:
    """Apply the last record; return the body to keep of it, None for nothing."""
    if record is None or record.kind == "void":
        return None
    if record.kind == "http":
        answer = await engine.request(
            record.method, record.target, record.body, record.content_type
        )
        return record.body if answer.status < 300 else None
    answer = await engine.request("POST", "/_bulk", record.body, "application/x-ndjson")
    if answer.status >= 300:
        return None
    document = answer.json()
    if not document["errors"]:
        return record.body
    return bulk.parse(record.body, "").journal_of(document["items"]) or None


async def _send_bulk(engine: Engine, batch: list[bytes], say: Say) -> int:
    if not batch:
        return 0
    answer = await engine.request("POST", "/_bulk", b"".join(batch), "application/x-ndjson")
    if answer.status >= 300:
        say(f"le moteur refuse un lot du journal : {answer.body[:300]!r}")
        return 1
    if b'"errors":false' in answer.body[:64] or not (document := answer.json())["errors"]:
        return 0
    items = [next(iter(item.values())) for item in document["items"]]
    failed = [item for item in items if item["status"] >= 300]
    say(f"le moteur refuse {len(failed)} écritures du journal, dont {json.dumps(failed[0])}")
    return len(failed)


async def _send(engine: Engine, record: Record, say: Say) -> int:
    answer = await engine.request(record.method, record.target, record.body, record.content_type)
    if answer.status < 300:
        return 0
    say(f"le moteur refuse {record.method} {record.target} du journal : {answer.body[:300]!r}")
    return 1
