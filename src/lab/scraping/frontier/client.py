"""The frontier in Redis: one method per Lua script, no policy.

Every change is one script, so it happens whole or not at all, and each may be repeated: pushes
are filtered by id, acknowledgements count only for who holds the lease. The scripts stand in
``lua/`` with the list of keys (`common.lua`).
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import redis.asyncio as aioredis

from lab.scraping.frontier.config import FrontierConfig

ID = 16  # bytes of a request's id
START = b"@start"  # the lease of whoever runs the spider's `start()`
Command = bytes | str | int | float


def prefix(spider: str, name: str) -> str:
    """Return what all the keys of one crawl begin with."""
    return f"lab:{spider}:frontier:{name}:"


def worker_name() -> str:
    """Return a name no other process has."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"


@dataclass(frozen=True)
class Push:
    """A request for the queue; `slot` is '' when only this process can run it."""

    slot: str
    priority: int
    id: bytes
    payload: bytes


@dataclass
class Outbox:
    """What a worker has to tell since its last exchange."""

    rules: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    pushes: list[Push] = field(default_factory=list)
    sent: list[tuple[bytes, float, float]] = field(default_factory=list)
    landed: list[bytes] = field(default_factory=list)
    acks: list[tuple[bytes, int, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.rules or self.pushes or self.sent or self.landed or self.acks)


@dataclass(frozen=True)
class Reply:
    """What the frontier answers; `wait` is in seconds, None when nothing is queued."""

    state: str
    expired: bool = False
    start: bytes = b""
    pending: int = 0
    leased: int = 0
    workers: int = 0
    duplicates: int = 0
    wait: float | None = None
    poisoned: int = 0
    claims: Sequence[tuple[str, bytes, bytes]] = ()


class Frontier:
    """One worker's (or an onlooker's) view of one crawl."""

    def __init__(self, redis: aioredis.Redis, spider: str, config: FrontierConfig) -> None:
        self.redis, self.config = redis, config
        self.prefix = prefix(spider, config.name)
        self.crawl = ""
        self._join, self._leave, self._exchange = (
            redis.register_script(_source(name)) for name in ("join", "leave", "exchange")
        )

    async def join(self, worker: str) -> str:
        """Enter the crawl or create it; worker '' only creates.

        Returns 'new', 'joined', 'late' (it ended a moment ago) or 'other' (the crawl asked for
        in the settings is not there).
        """
        own = self.config
        outcome, crawl, _ = await self._call(
            self._join, worker, own.crawl, uuid.uuid4().hex, int(own.grace * 1000), own.pages,
            int(own.fresh),
        )  # fmt: skip
        self.crawl = crawl.decode()
        return str(outcome.decode())

    async def exchange(
        self, worker: str, outbox: Outbox, wanted: int, *, start: bool, busy: Collection[bytes]
    ) -> Reply:
        """Tell and get, in one round trip. `busy`: what the worker may be working on."""
        own = self.config
        values: list[Command] = [
            self.crawl, worker, int(own.lease * 1000), own.deaths, max(0, wanted), int(start),
            b"".join(busy), len(outbox.rules),
        ]  # fmt: skip
        for slot, rule in outbox.rules.items():
            values += (slot, *rule)
        values.append(len(outbox.pushes))
        for push in outbox.pushes:
            values += (push.slot, push.priority, push.id, push.payload)
        values.append(len(outbox.sent))
        for id_, age, delay in outbox.sent:
            values += (id_, int(age * 1000), int(delay * 1000 + 0.999))
        values += (len(outbox.landed), *outbox.landed, len(outbox.acks))
        for ack in outbox.acks:
            values += ack
        return _reply(await self._call(self._exchange, *values))

    async def give_back(
        self, worker: str, keep: Collection[bytes] = (), *, failed: bool = False, gone: bool = False
    ) -> tuple[str, int]:
        """Return a worker's leases to the queue, but for those it keeps.

        `failed`: it died with what it was working on; `gone`: it will not come back.
        Returns the state of the crawl and how many workers are left.
        """
        state, _, workers = await self._call(
            self._leave, self.crawl, worker, self.config.deaths, int(failed), int(gone), len(keep),
            *keep,
        )  # fmt: skip
        return state.decode(), int(workers)

    async def numbers(self) -> dict[str, str]:
        """Return the crawl's own numbers (see `common.lua`), {} when there is no crawl."""
        found: Any = await self.redis.hgetall(self.prefix + "crawl")
        return {name.decode(): value.decode() for name, value in found.items()}

    async def set_archived(self, added: int) -> None:
        """Write down that S3 holds all that this crawl stored, `added` items having missed."""
        await self.redis.hset(self.prefix + "crawl", "archived", added)

    async def poison(self) -> dict[bytes, bytes]:
        """Return what was set aside: id -> msgpack of [reason, encoded request]."""
        found: Any = await self.redis.hgetall(self.prefix + "poison")
        return dict(found)

    async def _call(self, script: Any, *values: Command) -> Any:
        return await script(keys=[self.prefix], args=list(values))


def _source(name: str) -> str:
    folder = files("lab.scraping.frontier") / "lua"
    return "".join((folder / f"{part}.lua").read_text("utf-8") for part in ("common", name))


def _reply(values: list[Any]) -> Reply:
    state = values[0].decode()
    if state == "lost":
        return Reply(state)
    expired, start, pending, leased, workers, duplicates, wait, poisoned = values[1:9]
    claims = [
        (slot.decode(), member[:ID], member[ID:])
        for slot, member in zip(values[9::2], values[10::2], strict=True)
    ]
    return Reply(
        state, bool(expired), start, pending, leased, workers, duplicates,
        None if wait < 0 else wait / 1000, poisoned, claims,
    )  # fmt: skip
