"""Redis: which items are stored, and counters that never drift.

Keys: ``lab:<spider>:seen`` (set of names, `lab.scraping.items.member`), ``lab:<spider>:stats``
(hash: ``items``, number of distinct items ever stored, and ``updated``, when),
``lab:<spider>:archived`` (hash name → fingerprint of the content that S3 holds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import redis.asyncio as aioredis
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    TimeoutError,
    TryAgainError,
)

from lab.scraping.batching import Outcome
from lab.scraping.config import StorageConfig
from lab.scraping.items import Item, member

# Adding and counting are one atomic step: when the answer is lost and the batch is sent
# again, SADD answers 0 and the counter does not move.
REMEMBER = """
local added = redis.call('SADD', KEYS[1], unpack(ARGV, 2))
redis.call('HINCRBY', KEYS[2], 'items', added)
redis.call('HSET', KEYS[2], 'updated', ARGV[1])
return added
"""


def key(spider: str, name: str) -> str:
    """Return the key of a spider's `seen`, `stats` or `archived`."""
    return f"lab:{spider}:{name}"


def transient(error: BaseException) -> bool:
    """Tell whether a Redis error can pass: outage, restart, memory full; not a wrong password."""
    if isinstance(error, AuthenticationError | AuthorizationError):
        return False
    kinds = (
        ConnectionError,
        TimeoutError,
        BusyLoadingError,
        OutOfMemoryError,
        ReadOnlyError,
        TryAgainError,
        OSError,
    )
    return isinstance(error, kinds)


def client(config: StorageConfig) -> aioredis.Redis:
    """Return a client that waits at most the configured timeout and leaves retries to us."""
    return aioredis.Redis.from_url(
        config.redis_url,
        decode_responses=True,
        socket_timeout=config.timeout,
        socket_connect_timeout=config.timeout,
        retry=None,
    )


class RedisStore:
    """Remembers the ids of the stored items of one spider."""

    name = "redis"

    def __init__(self, config: StorageConfig, spider: str) -> None:
        self._client = client(config)
        self._spider = spider
        self._remember = self._client.register_script(REMEMBER)

    async def open(self) -> None:
        """Check address and password."""
        await self._client.get(key(self._spider, "check"))

    async def write(self, items: Sequence[Item]) -> Outcome:
        """Add the ids to the set of each item's spider and count the new ones."""
        spiders: dict[str, list[str]] = {}
        for item in items:
            spiders.setdefault(item.spider or self._spider, []).append(
                member(item.collection, item.id)
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        for spider, ids in spiders.items():
            await self._remember(keys=[key(spider, "seen"), key(spider, "stats")], args=[now, *ids])
        return Outcome()

    def transient(self, error: BaseException) -> bool:
        """See `transient` of this module."""
        return transient(error)

    async def archived_count(self) -> int:
        """Return how many items of this spider S3 is known to hold."""
        return int(await self._client.hlen(key(self._spider, "archived")))

    async def archived(self, ids: Sequence[str]) -> list[str | None]:
        """Return the archived fingerprint of each id, None for those never archived."""
        found = await self._client.hmget(key(self._spider, "archived"), list(ids))
        return [None if value is None else str(value) for value in found]

    async def set_archived(self, spider: str, fingerprints: Mapping[str, str]) -> None:
        """Record what S3 holds now."""
        mapping: dict[Any, Any] = dict(fingerprints)
        await self._client.hset(key(spider, "archived"), mapping=mapping)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
