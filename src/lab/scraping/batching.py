"""The one way items reach a store: a bounded queue, batches, retries, dead letters.

Promises of `BatchWriter`:

* an item given to `put` is either acknowledged by the store or written to the dead letters
  with a reason, once `close` has returned;
* memory is bounded, in items and in bytes: `put` waits while the queue is full (Scrapy then
  slows down by itself);
* a store that fails is retried with exponential backoff and jitter until `deadline` seconds
  have passed since the outage began; then `on_unavailable` is called once and nothing waits;
* one bad document never costs its batch: what a bulk reply refuses is set aside, and a batch
  refused as a whole is cut in two until the culprit is alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    before_sleep_log,
    retry_if_exception,
    stop_after_delay,
    wait_exponential_jitter,
)

from lab.scraping.config import StorageConfig
from lab.scraping.deadletters import DeadLetters
from lab.scraping.items import Item
from lab.scraping.queueing import BatchQueue, Entry

logger = logging.getLogger(__name__)
R = TypeVar("R")

FIRST_WAIT, LONGEST_WAIT, JITTER = 0.1, 3.0, 0.3  # seconds between two attempts


@dataclass
class Outcome:
    """What a store made of a batch: `refused` for good (with reasons), `again` to be retried."""

    refused: list[tuple[Item, str]] = field(default_factory=list)
    again: list[Item] = field(default_factory=list)


def by_collection(items: Iterable[Item]) -> dict[str, list[Item]]:
    """Return the items of each collection, in their order."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.collection, []).append(item)
    return found


class Store(Protocol):
    """One data store. Writes must be idempotent: a batch may be written again after a doubt."""

    name: str

    async def open(self) -> None:
        """Check the connection and prepare indices; idempotent. Raises when it cannot."""

    async def write(self, items: Sequence[Item]) -> Outcome:
        """Write a batch. Raises when the batch as a whole failed."""

    def transient(self, error: BaseException) -> bool:
        """Tell whether the same call can succeed later."""

    async def close(self) -> None:
        """Release the connections; never raises for a store that is gone."""


class Tally(Protocol):
    """Where counters go (Scrapy's stats collector, or a dict in a replay)."""

    def inc_value(self, key: str, count: Any = 1) -> None: ...
    def set_value(self, key: str, value: Any) -> None: ...
    def max_value(self, key: str, value: Any) -> None: ...


class PartialFailure(Exception):
    """The store is overloaded and took only a part of the batch."""


def patient(
    store: Store, config: StorageConfig, on_retry: Callable[[], None] | None = None
) -> AsyncRetrying:
    """Return the retry policy shared by everything that talks to a store."""
    logs = before_sleep_log(logger, logging.WARNING)

    def before_sleep(state: RetryCallState) -> None:
        if state.attempt_number in (1, 5) or state.attempt_number % 20 == 0:
            logs(state)
        if on_retry:
            on_retry()

    def again(error: BaseException) -> bool:
        return isinstance(error, TimeoutError | PartialFailure) or store.transient(error)

    return AsyncRetrying(
        retry=retry_if_exception(again),
        wait=wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT, jitter=JITTER),
        stop=stop_after_delay(config.deadline),
        before_sleep=before_sleep,
        reraise=True,
    )


async def insist(store: Store, config: StorageConfig, call: Callable[[], Awaitable[R]]) -> R:
    """Return `await call()`, each attempt bounded by the timeout, retried until the deadline."""
    async for attempt in patient(store, config):
        with attempt:
            async with asyncio.timeout(config.timeout):
                return await call()
    raise AssertionError("unreachable: tenacity re-raises")


class ItemsLost(RuntimeError):
    """Neither the store nor the dead letters could take some items (a full disk)."""


class BatchWriter:
    """Feeds one store from a bounded queue; see the module for what it promises."""

    def __init__(
        self,
        store: Store,
        config: StorageConfig,
        tally: Tally,
        dead_letters: DeadLetters,
        on_unavailable: Callable[[str, BaseException], None],
    ) -> None:
        self.store, self.config, self.tally = store, config, tally
        self.dead_letters = dead_letters
        self.failure: BaseException | None = None
        self.lost = 0
        self._on_unavailable = on_unavailable
        self._queue = BatchQueue(config)
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, waiting for the store up to the deadline; raises its last error."""
        await insist(self.store, self.config, self.store.open)
        self._task = asyncio.create_task(self._run(), name=f"lab-{self.store.name}")

    def offer(self, item: Item) -> bool:
        """Take an item at once, or return False because the queue is full."""
        return self._queue.offer(item)

    async def put(self, item: Item) -> None:
        """Hand over an item; waits while the queue is full."""
        while not self._queue.offer(item):
            await self._queue.room()

    async def flush(self) -> None:
        """Return once every item put before this call is in the store or the dead letters.

        Raises ItemsLost when even the dead letters could not take one of them. Nothing is
        hurried: what waits goes with its batch, at most `batch_age` seconds later.
        """
        lost = self.lost
        if self._task is not None and not self._task.done():
            await self._queue.settled(self._task)
        if self.lost > lost:
            raise ItemsLost(f"{self.store.name} : {self.lost - lost} documents perdus")

    async def close(self) -> None:
        """Flush what is queued (waiting for the store up to the deadline), then disconnect."""
        if self._task is not None:
            self._queue.close()
            await self._task
        with contextlib.suppress(Exception):
            async with asyncio.timeout(self.config.timeout):
                await self.store.close()

    def measure(self) -> None:
        """Write down how much waits, and since when (seconds)."""
        name = self.store.name
        self.tally.set_value(f"lab/{name}/pending", self._queue.pending)
        self.tally.set_value(f"lab/{name}/lag", round(self._queue.lag(), 3))

    async def _run(self) -> None:
        while batch := await self._queue.next_batch():
            items = [entry.item for entry in batch]
            began = time.monotonic()
            try:
                if self.failure is None:
                    await self._save(items)
                else:
                    self._bury(items, self.failure)
            except Exception:  # e.g. a full disk under the dead letters: say it, do not hang
                logger.critical(
                    "%s : %d documents perdus", self.store.name, len(items), exc_info=True
                )
                self.lost += len(items)
                self.tally.inc_value(f"lab/{self.store.name}/lost", len(items))
            finally:
                self._queue.done(batch)
                self._count(batch, time.monotonic() - began)

    def _count(self, batch: list[Entry], seconds: float) -> None:
        name = self.store.name
        self.tally.inc_value(f"lab/{name}/batches")
        self.tally.inc_value(f"lab/{name}/bytes", sum(entry.size for entry in batch))
        self.tally.inc_value(f"lab/{name}/seconds", round(seconds, 6))
        self.tally.max_value(f"lab/{name}/latency/max", round(seconds, 6))
        self.measure()

    async def _save(self, batch: list[Item]) -> None:
        """Write a batch; when the deadline has passed, bury what is left of it."""
        left = batch
        try:
            async for attempt in patient(self.store, self.config, self._count_retry):
                with attempt:
                    left = await self._attempt(left)
                    if left:
                        raise PartialFailure(f"{len(left)} documents à renvoyer")
        except Exception as error:
            if not isinstance(error, TimeoutError | PartialFailure) and not self.store.transient(
                error
            ):
                await self._halve(left, error)
                return
            self.failure = error
            logger.error("%s injoignable : %s", self.store.name, describe(error))
            self._on_unavailable(self.store.name, error)
            self._bury(left, error)

    async def _attempt(self, batch: list[Item]) -> list[Item]:
        """Write once; count what was taken, bury what was refused, return what to send again."""
        async with asyncio.timeout(self.config.timeout):
            outcome = await self.store.write(batch)
        taken = len(batch) - len(outcome.refused) - len(outcome.again)
        self.tally.inc_value(f"lab/{self.store.name}/stored", taken)
        for item, reason in outcome.refused:
            self._refuse(item, reason)
        return outcome.again

    async def _halve(self, batch: list[Item], error: Exception) -> None:
        """The whole batch was refused: find the culprit by halves."""
        if len(batch) == 1:
            self._refuse(batch[0], describe(error))
            return
        middle = len(batch) // 2
        await self._save(batch[:middle])
        if self.failure is None:
            await self._save(batch[middle:])
        else:
            self._bury(batch[middle:], self.failure)

    def _refuse(self, item: Item, reason: str) -> None:
        logger.error("%s refuse %s : %s", self.store.name, item.canonical_url or item.id, reason)
        self.dead_letters.add([item], f"refusé : {reason}")
        self.tally.inc_value(f"lab/{self.store.name}/refused")
        example = f"{item.canonical_url or item.id} : {reason}"
        self.tally.set_value(f"lab/{self.store.name}/refusal", example[:500])

    def _bury(self, batch: list[Item], error: BaseException) -> None:
        self.dead_letters.add(batch, f"dépôt injoignable : {describe(error)}")
        self.tally.inc_value(f"lab/{self.store.name}/dead_letters", len(batch))

    def _count_retry(self) -> None:
        self.tally.inc_value(f"lab/{self.store.name}/retries")


def describe(error: BaseException) -> str:
    """Return one short line about an error, without the address it was talking to."""
    first_line = (str(error).strip().splitlines() or [""])[0][:300]
    return f"{type(error).__name__}: {first_line}".rstrip(": ")
