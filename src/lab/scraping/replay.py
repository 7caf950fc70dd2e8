"""Store what the dead letters hold: what ``lab crawl --replay`` calls."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.scraping import stores
from lab.scraping.archive import Ledger
from lab.scraping.batching import BatchWriter, Store, describe, insist
from lab.scraping.config import NEEDS, StorageConfig
from lab.scraping.deadletters import TAKEN, DeadLetters, read, take
from lab.scraping.items import Item, as_record, fingerprint, member


@dataclass
class ReplayResult:
    """Per store: items `stored` (or found there unchanged or newer), items that `remain`."""

    stored: Counter[str] = field(default_factory=Counter)
    remain: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "stored": dict(self.stored),
            "remain": dict(self.remain),
            "reasons": dict(self.reasons),
        }


class _Leftovers(DeadLetters):
    """Dead letters of a replay: written to a new file that then replaces the one read."""

    def __init__(self, path: Path, store: str) -> None:
        self.store, self.path, self.reason = store, path, ""
        self.kept: list[Item] = []

    def add(self, items: Iterable[Item], reason: str) -> None:
        kept = list(items)
        super().add(kept, reason)
        self.kept += kept
        self.reason = reason


class _Stats(Counter[str]):
    """Scrapy's stats interface over a counter."""

    def inc_value(self, key: str, count: Any = 1) -> None:
        self[key] += count

    def max_value(self, key: str, value: Any) -> None:
        self[key] = max(self[key], value)

    def set_value(self, key: str, value: Any) -> None:
        self[key] = value


def pending(folder: Path) -> list[Path]:
    """Return the dead-letter files of a folder, oldest first."""
    return sorted([*folder.glob("*.jsonl"), *folder.glob(f"*.jsonl{TAKEN}")])


def replay(folder: Path, settings: Mapping[str, Any]) -> ReplayResult:
    """Store every dead letter of `folder`; may be repeated, interrupted, run twice at once.

    `settings` maps the environment contract (and ``LAB_STORE_DEADLINE``…). A file is removed
    once the store has acknowledged all of it; what cannot be stored stays, with its reason. A
    document of which the store holds a more recent copy counts as stored.
    """
    return asyncio.run(_replay(folder, StorageConfig.from_mapping(settings)))


async def _replay(folder: Path, config: StorageConfig) -> ReplayResult:
    result = ReplayResult()
    down: set[str] = set()
    for path in pending(folder):
        name = path.name.removesuffix(TAKEN).removesuffix(".jsonl").rsplit("-", 1)[-1]
        if name not in config.stores or name in down:
            continue
        if not all(getattr(config, needed.lower()) for needed in NEEDS[name]):
            result.remain[name] += len(path.read_bytes().splitlines())
            result.reasons[name] = f"{name} n’est pas lancé"
            continue
        # Two files of one crawl and store: the one taken by an earlier replay, and what came
        # after it. Each keeps its own name.
        taken = path if path.name.endswith(TAKEN) else take(_unused(path))
        with taken.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # another replay has it
            if taken.exists() and not await _replay_file(taken, name, config, result):
                down.add(name)
    return result


def _unused(path: Path) -> Path:
    """Rename a file whose replay name is taken, so that both are kept."""
    number, free = 0, path
    while free.with_name(free.name + TAKEN).exists():
        number += 1
        free = path.with_name(path.name.replace(".jsonl", f".{number}.jsonl"))
    if free is not path:
        stem, store = path.name.removesuffix(".jsonl").rsplit("-", 1)
        free = path.with_name(f"{stem}.{number}-{store}.jsonl")
        path.rename(free)
    return free


async def _replay_file(path: Path, name: str, config: StorageConfig, result: ReplayResult) -> bool:
    """Store one file; False when its store is down."""
    items, odd = read(path)
    spider = items[0].spider if items else "lab"
    aside = path.with_name(path.name + f".{os.getpid()}")
    aside.unlink(missing_ok=True)
    letters = _Leftovers(aside, name)
    failure = await _store(items, stores.build(name, config, spider), config, letters)
    result.stored[name] += len(items) - len(letters.kept)
    if odd:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            file.write("\n".join(odd) + "\n")
        result.reasons[name] = f"{len(odd)} lignes illisibles dans {path.name}"
    if aside.exists():
        aside.replace(path)
        result.remain[name] += len(letters.kept) + len(odd)
        result.reasons[name] = letters.reason or result.reasons.get(name, "")
    else:
        os.unlink(path)  # noqa: PTH108  a rename or an unlink does not block for long
    return failure is None


async def _store(
    items: Sequence[Item], store: Store, config: StorageConfig, letters: _Leftovers
) -> BaseException | None:
    """Write items through a `BatchWriter`; return why the store was given up, if it was."""
    writer = BatchWriter(store, config, _Stats(), letters, lambda name, error: None)
    ledger = Ledger(config, items[0].spider) if items and _keeps_ledger(store, config) else None
    try:
        try:
            await writer.open()
        except Exception as error:
            letters.add(items, f"dépôt injoignable : {describe(error)}")
            return error
        for start in range(0, len(items), config.batch_size):
            batch = items[start : start + config.batch_size]
            for item in await _worth_writing(batch, store, config, ledger):
                await writer.put(item)
    finally:
        await writer.close()
        if ledger is not None:
            kept = {id(item) for item in letters.kept}
            await _record(ledger, [item for item in items if id(item) not in kept])
            await ledger.close()
    return writer.failure


async def _record(ledger: Ledger, items: Sequence[Item]) -> None:
    with contextlib.suppress(Exception):  # at worst, archived once more at the next crawl
        await ledger.record(
            {member(item.collection, item.id): fingerprint(as_record(item)) for item in items}
        )


def _keeps_ledger(store: Store, config: StorageConfig) -> bool:
    return store.name == "s3" and "redis" in config.stores and bool(config.redis_url)


async def _worth_writing(
    batch: Sequence[Item], store: Store, config: StorageConfig, ledger: Ledger | None
) -> list[Item]:
    """Leave out what the store holds already in a more recent copy (or the same, on S3)."""
    if ledger is not None:
        held = await asyncio.gather(*(ledger.holds(item) for item in batch))
        return [item for item, is_held in zip(batch, held, strict=True) if not is_held]
    newer = getattr(store, "newer", None)
    if newer is None:
        return list(batch)
    ids = await insist(store, config, lambda: newer(batch))
    return [item for item in batch if member(item.collection, item.id) not in ids]
