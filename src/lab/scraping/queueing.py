"""The queue in front of one store: bounded in items and in bytes, cut into batches."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from typing import NamedTuple

from lab.scraping.config import StorageConfig
from lab.scraping.items import Item, as_bytes

BATCH_BYTES = 4 * 2**20  # of one batch: far below what any store takes in one request


class Entry(NamedTuple):
    """An item in the queue: its size as JSON (bytes) and when it came (monotonic seconds)."""

    item: Item
    size: int
    at: float


def size_of(item: Item) -> int:
    """Return the bytes of an item's JSON; of one that cannot be written, a guess."""
    try:
        return len(as_bytes(item))
    except TypeError:
        return 1000


class BatchQueue:
    """First in, first out. One reader; any number of coroutines of one loop put and wait.

    Not `asyncio.Queue`: an item must cost a few microseconds only, so nobody is woken before a
    batch is full, its first item is `batch_age` old, or the queue closes.
    """

    def __init__(self, config: StorageConfig) -> None:
        self._config = config
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._in_flight: list[Entry] = []
        self._put = self._done = 0
        self._closing = False
        self._wake, self._freed = asyncio.Event(), asyncio.Event()

    @property
    def pending(self) -> int:
        """How many items were put and are not done."""
        return self._put - self._done

    def lag(self) -> float:
        """Return the age of the oldest item that is not done (seconds), 0 without any."""
        oldest = self._in_flight or self._entries
        return time.monotonic() - oldest[0].at if oldest else 0.0

    def offer(self, item: Item) -> bool:
        """Take the item, or return False: the queue is full (one item always fits)."""
        config, entries = self._config, self._entries
        size = size_of(item)
        if entries and (
            len(entries) >= config.queue_size or self._bytes + size > config.queue_bytes
        ):
            self._freed.clear()
            return False
        entries.append(Entry(item, size, time.monotonic()))
        self._bytes += size
        self._put += 1
        if len(entries) == 1 or self._is_full():
            self._wake.set()
        return True

    async def room(self) -> None:
        """Wait until a batch has left the queue."""
        await self._freed.wait()

    def close(self) -> None:
        """Nothing more will be put: what waits goes at once."""
        self._closing = True
        self._wake.set()

    async def next_batch(self) -> list[Entry]:
        """Return up to `batch_size` entries, in order; [] once closed and empty."""
        while not self._is_full() and not self._closing:
            self._wake.clear()
            left = (
                self._entries[0].at + self._config.batch_age - time.monotonic()
                if (self._entries)
                else None
            )
            if left is not None and left <= 0:
                break
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._wake.wait()
        return self._cut()

    def _is_full(self) -> bool:
        return len(self._entries) >= self._config.batch_size or self._bytes >= BATCH_BYTES

    def _cut(self) -> list[Entry]:
        batch: list[Entry] = []
        size = 0
        while self._entries and len(batch) < self._config.batch_size:
            if batch and size + self._entries[0].size > BATCH_BYTES:
                break
            entry = self._entries.popleft()
            batch.append(entry)
            size += entry.size
        self._bytes -= size
        self._in_flight = batch
        self._freed.set()
        return batch

    def done(self, batch: list[Entry]) -> None:
        """The batch is stored or buried."""
        self._done += len(batch)
        self._in_flight = []
        self._freed.set()

    async def settled(self, reader: asyncio.Task[None]) -> None:
        """Wait until what was put so far is done, or `reader` has ended."""
        target = self._put
        while self._done < target and not reader.done():
            self._freed.clear()
            waiting = asyncio.ensure_future(self._freed.wait())
            await asyncio.wait({waiting, reader}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
