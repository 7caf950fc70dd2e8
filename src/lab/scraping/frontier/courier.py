"""The one task that talks to Redis for a worker: gathers, exchanges, insists, commits.

Scrapy's scheduler methods are synchronous and are called once per request: a round trip in each
would stop the whole crawl for that long. Here they only fill lists; this task sends what
gathered within `LAB_FRONTIER_TICK` as one script call that also brings the next requests.

A page is acknowledged after its items are in the stores (`flush_all`) and after the requests it
gave are queued: in the exchange, pushes come before acknowledgements.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import redis.asyncio as aioredis
from tenacity import (
    AsyncRetrying,
    before_sleep_log,
    retry_if_exception,
    stop_after_delay,
    wait_exponential_jitter,
)

from lab.scraping import pipelines
from lab.scraping.batching import FIRST_WAIT, JITTER, LONGEST_WAIT, ItemsLost
from lab.scraping.frontier.client import Frontier, Outbox, Push, Reply, worker_name
from lab.scraping.frontier.config import FrontierConfig
from lab.scraping.frontier.held import Held
from lab.scraping.stores.redis import transient

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from lab.scraping.config import StorageConfig

logger = logging.getLogger(__name__)
R = TypeVar("R")
SOON, LATE = 0.02, 0.5  # seconds between two questions of a worker that has too little to do
MANY = 1000  # pushes that wait before `room` makes a spider's `start()` wait too


class Courier:
    """Holds the outbox and the exchange loop; `on_reply` and `on_failure` belong to its owner."""

    def __init__(self, crawler: Crawler, storage: StorageConfig, held: Held, capacity: int) -> None:
        self.config = FrontierConfig.read(crawler.settings)
        self.worker = self.config.worker or worker_name()
        self.held, self.outbox = held, Outbox()
        self.on_reply: Callable[[Reply], None] = lambda reply: None
        self.on_failure: Callable[[BaseException], None] = lambda error: None
        self.on_doubt: Callable[[], None] = lambda: None
        self.in_progress: Callable[[], Iterable[Request]] = list
        self._crawler, self._storage, self._capacity = crawler, storage, capacity
        self._redis = aioredis.Redis.from_url(
            storage.redis_url,
            socket_timeout=storage.timeout,
            socket_connect_timeout=storage.timeout,
            retry=None,
        )
        self.frontier = Frontier(self._redis, str(crawler.spidercls.name), self.config)
        self._tasks: list[asyncio.Task[None]] = []
        self._wake, self._commit_now = asyncio.Event(), asyncio.Event()
        self._delay, self._doubt, self._closing = 0.0, False, False
        self._rules: dict[str, tuple[int, int, int]] = {}
        # Pushes that a power cut could still take from Redis; sent again after an outage.
        self._young: list[Push] = []
        self._old: list[Push] = []

    async def open(self) -> str:
        """Enter the crawl (see `Frontier.join`), waiting for Redis up to the deadline."""
        return await self._insist(lambda: self.frontier.join(self.worker))

    def run(self) -> None:
        """Start exchanging."""
        for work in (self._exchange_always(), self._commit_always()):
            task = asyncio.create_task(work)
            task.add_done_callback(self._ended)
            self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.on_failure(error)

    def announce(self, slot: str, concurrency: int, *, delayed: bool, force: bool) -> None:
        """Tell the rule of a slot; without `force`, only if nobody told another one."""
        self._rules[slot] = (concurrency, int(delayed), 0)
        self.outbox.rules[slot] = (concurrency, int(delayed), int(force))

    def push(self, push: Push) -> None:
        """Queue a request."""
        self.outbox.pushes.append(push)
        self._young.append(push)
        self._wake.set()

    def sent(self, id_: bytes, when: float, delay: float) -> None:
        """A request of a slot with a delay went out at `when` (monotonic)."""
        self.outbox.sent.append((id_, when, delay))
        self._wake.set()

    def landed(self, id_: bytes) -> None:
        """A request left the downloader."""
        self.held.airborne.discard(id_)
        self.outbox.landed.append(id_)
        self._wake.set()

    def nudge(self) -> None:
        """Something may have ended: look soon."""
        self._wake.set()

    async def room(self) -> None:
        """Wait while many pushes wait to leave (a spider that starts from a million addresses)."""
        while len(self.outbox.pushes) > MANY and not self._closing:  # noqa: ASYNC110  simplest
            await asyncio.sleep(self.config.tick)

    async def _exchange_always(self) -> None:
        while not self._closing:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._delay):
                    await self._wake.wait()
            await asyncio.sleep(self.config.tick)
            if len(self.held.airborne) > 3 * len(self.outbox.landed):
                await asyncio.sleep(self.config.tick)  # most is on its way: let more gather
            self._wake.clear()
            if self._closing:
                return
            self._collect()
            wanted = self._capacity - self.held.load()
            reply = await self.exchange(wanted)
            self._delay = self._next_delay(reply, wanted)

    def _next_delay(self, reply: Reply, wanted: int) -> float:
        """Return how long to wait for a reason to exchange again."""
        beat = self.config.lease / 4
        if len(reply.claims) >= wanted:
            return beat
        later = SOON if reply.claims else min(LATE, max(SOON, self._delay * 1.5))
        if reply.wait is not None and reply.wait > 0:
            later = min(later, reply.wait)
        return min(beat, later)

    def _collect(self) -> None:
        """See what the engine has finished with; commit at once when nothing else is left."""
        self.held.collect(self.in_progress())
        if self.held.done and not self.held.working and not self.held.ready:
            self._commit_now.set()

    async def exchange(self, wanted: int) -> Reply:
        """Do one round trip, insisting through an outage; the reply is given to `on_reply`."""
        box, self.outbox = self.outbox, Outbox()
        try:
            reply = await self._attempt(box, wanted)
        except Exception as error:
            if not _may_pass(error):
                raise
            reply = await self._insist(lambda: self._attempt(box, wanted))
        self.held.acknowledged(id_ for id_, _, _ in box.acks)
        self.on_reply(reply)
        return reply

    async def _attempt(self, box: Outbox, wanted: int) -> Reply:
        if self._doubt:
            self.on_doubt()
            # Perhaps the last exchange was done and its answer lost: what it gave us goes back.
            await self.frontier.give_back(self.worker, self.held.known())
            box.pushes, box.rules = [*self._old, *self._young], {**self._rules, **box.rules}
            self.outbox.pushes.clear()
        self._doubt = True
        now = time.monotonic()
        aged = Outbox(
            box.rules,
            box.pushes,
            [(id_, now - when, delay) for id_, when, delay in box.sent],  # perhaps still to come
            box.landed,
            box.acks,
        )
        async with asyncio.timeout(self._storage.timeout):
            reply = await self.frontier.exchange(
                self.worker,
                aged,
                wanted,
                start=not self.held.start,
                busy=self.held.busy(),
            )
        self._doubt = False
        return reply

    async def _commit_always(self) -> None:
        while not self._closing:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.config.commit):
                    await self._commit_now.wait()
            self._commit_now.clear()
            await self.commit()

    async def commit(self) -> None:
        """Acknowledge the finished pages, their items being in the stores."""
        done, self.held.done = self.held.done, []
        if not done:
            return
        self.held.settled.update(dict.fromkeys(done))
        self._old, self._young = self._young, []
        try:
            await pipelines.flush_all(self._crawler)
        except ItemsLost:
            logger.error("des fiches n’ont pu être gardées : leurs pages seront refaites")
            self.held.kept.update(done)
            return
        self.outbox.acks += self.held.settle(done)
        self._wake.set()

    async def close(self) -> None:
        """Acknowledge all that was finished and give the rest back (the stores are closed)."""
        self._closing = True
        self._wake.set()
        self._commit_now.set()
        await asyncio.gather(*self._tasks)
        self.held.collect([])
        await self.commit()
        await self.exchange(0)
        await self._insist(lambda: self.frontier.give_back(self.worker))

    async def leave(self) -> tuple[str, int]:
        """Say goodbye; returns the state of the crawl and how many workers are left."""
        return await self._insist(lambda: self.frontier.give_back(self.worker, gone=True))

    async def disconnect(self) -> None:
        """Close the connections, whatever state they are in."""
        self._closing = True
        # Until each has ended: before Python 3.12, `asyncio.wait_for` (redis-py sends with it)
        # loses a cancellation that comes just as its call completes (python/cpython#86296).
        while pending := [task for task in self._tasks if not task.done()]:
            for task in pending:
                task.cancel()
            await asyncio.wait(pending, timeout=1)
        with contextlib.suppress(Exception):
            await self._redis.aclose()

    async def _insist(self, call: Callable[[], Awaitable[R]]) -> R:
        policy = AsyncRetrying(
            retry=retry_if_exception(_may_pass),
            wait=wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT, jitter=JITTER),
            stop=stop_after_delay(self._storage.deadline),
            before_sleep=before_sleep_log(logger, logging.WARNING),
            reraise=True,
        )
        async for attempt in policy:
            with attempt:
                return await call()
        raise AssertionError("unreachable: tenacity re-raises")


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, TimeoutError) or transient(error)
