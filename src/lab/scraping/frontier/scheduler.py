"""The scheduler that Scrapy's engine sees: synchronous, in memory, fed by the `Courier`.

`enqueue_request` files a request for the next exchange (its duplicate is found in Redis a moment
later, so it is not refused here); `next_request` gives what was claimed. A lease is done when the
engine itself has finished with its request: downloaded, parsed, every item through the pipelines,
every new request enqueued, or failed for good. Redirects and retries come back as new requests
with leases of their own, queued before their parent is acknowledged.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import uuid
from typing import TYPE_CHECKING, Any, cast

from scrapy import Request, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.exceptions import CloseSpider
from scrapy.utils.defer import deferred_from_coro

from lab.scraping.batching import describe
from lab.scraping.config import CONFIG, UNAVAILABLE
from lab.scraping.frontier.client import ID, START, Push, Reply
from lab.scraping.frontier.codec import UNSERIALISABLE, decode, encode
from lab.scraping.frontier.courier import Courier
from lab.scraping.frontier.held import LEASE, PARENT, Held
from lab.scraping.frontier.politeness import Politeness
from lab.scraping.pipelines import close_unavailable

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.defer import Deferred

logger = logging.getLogger(__name__)
LOST = "frontier_lost"  # the finish reason of a crawl whose frontier vanished from Redis
REMEMBERED = 100_000  # ids known to be queued already: their duplicates stay at home
UNLIMITED = 64  # requests at once when CONCURRENT_REQUESTS sets no limit


class FrontierScheduler(BaseScheduler):
    """Shares one crawl between workers; see the package."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self.held = Held()
        limit = crawler.settings.getint("CONCURRENT_REQUESTS") or UNLIMITED
        prefetch = crawler.settings.getint("LAB_FRONTIER_PREFETCH")
        self.courier = Courier(crawler, crawler.settings[CONFIG], self.held, limit + prefetch)
        self.courier.on_reply, self.courier.on_failure = self._on_reply, self._fail
        self.courier.on_doubt = self._on_doubt
        self.courier.in_progress = self._in_progress
        self.politeness = Politeness(crawler, self.courier)
        self.over = False  # nothing more will come
        self.broken = False  # Redis is gone, or has forgotten the crawl
        self._remembered: set[bytes] = set()
        self._start_known = asyncio.Event()
        self._start_mine = self._start_over = False
        self._refusal: CloseSpider | None = None
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._received, signals.response_received)
        crawler.signals.connect(self._scraped, signals.item_scraped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy."""
        return cls(crawler)

    # --- Scrapy's side -------------------------------------------------------------------

    def open(self, spider: Spider) -> Deferred[None]:
        """Enter the crawl; when Redis stays down, the spider closes as soon as it is open."""
        return deferred_from_coro(self._open(spider))

    async def _open(self, spider: Spider) -> None:
        self._spider = spider
        self._fingerprint = cast("Any", self._crawler.request_fingerprinter).fingerprint
        try:
            outcome = await self.courier.open()
        except Exception as error:
            self._crawler.stats.set_value("lab/redis/unavailable", describe(error))
            logger.error("frontière injoignable : %s", describe(error))
            self._break(UNAVAILABLE)
            return
        if outcome == "other":
            self._break(LOST)
            return
        self.over = outcome == "late"
        logger.info("frontière %s : %s", self.courier.frontier.crawl[:8], outcome)
        if self.over:
            self._start_known.set()
        else:
            self.courier.run()

    def _break(self, reason: str) -> None:
        self.over = self.broken = True
        self._start_known.set()
        self._refusal = CloseSpider(reason)

    def _opened(self) -> None:
        if self._refusal is not None:
            raise self._refusal

    def close(self, reason: str) -> Deferred[None]:
        """Acknowledge what was finished, give the rest back."""
        return deferred_from_coro(self._close())

    async def _close(self) -> None:
        self._start_known.set()
        if not self.broken:
            try:
                await self.courier.close()
            except Exception as error:
                self._fail(error)

    def has_pending_requests(self) -> bool:
        """Tell whether something may still come: the crawl of all the workers is not over."""
        return bool(not self.over or self.held.ready or self.held.own)

    def enqueue_request(self, request: Request) -> bool:
        """File a request for the next exchange; False when it is surely known already."""
        lease = request.meta.pop(LEASE, None)
        parent = request.meta.pop(PARENT, None) or lease
        id_ = self._id(request, parent)
        if self.over or id_ in self._remembered:
            self._crawler.stats.inc_value("dupefilter/filtered")
            return False
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered.add(id_)
        try:
            payload, slot = encode(request, self._spider), self.politeness.slot(request)
        except UNSERIALISABLE as error:
            self._keep(request, id_, error)
            payload, slot = b"", ""
        self.courier.push(Push(slot, request.priority, id_, payload))
        return True

    def next_request(self) -> Request | None:
        """Return a claimed request, or one that only this process can run."""
        taken = self.held.take()
        if taken is None:
            if self.held.working:
                self.courier.nudge()
            return None
        id_, request = taken
        self.politeness.granted(request)
        request.meta[LEASE] = id_
        self._crawler.stats.inc_value("scheduler/dequeued/redis")
        return request

    def _id(self, request: Request, parent: bytes | None) -> bytes:
        """Return 16 bytes: the fingerprint, or for `dont_filter` the n-th of its parent.

        So a page fetched again after a crash does not queue its unfiltered requests twice.
        """
        fingerprint: bytes = self._fingerprint(request)
        if not request.dont_filter:
            return fingerprint[:ID]
        if parent is None:
            return uuid.uuid4().bytes
        rank = self.held.rank(parent, fingerprint)
        return hashlib.sha256(fingerprint + parent + str(rank).encode()).digest()[:ID]

    def _keep(self, request: Request, id_: bytes, error: BaseException) -> None:
        self.held.own.append((id_, request))
        self._crawler.stats.inc_value("lab/frontier/unserialisable")
        logger.warning(
            "%s ne peut passer à un autre ouvrier (%s) : perdue si celui-ci est tué", request, error
        )

    # --- The courier's side ----------------------------------------------------------------

    def _in_progress(self) -> set[Request]:
        slot = self._crawler.engine._slot
        return set() if slot is None else slot.inprogress

    def _on_doubt(self) -> None:
        self._remembered.clear()

    def _on_reply(self, reply: Reply) -> None:
        stats = self._crawler.stats
        if reply.state == "lost":
            logger.error("Redis a oublié la frontière : relancez la collecte")
            self._stop(LOST)
            return
        if reply.expired:
            stats.inc_value("lab/frontier/expired")
            stats.inc_value("lab/frontier/returned", self.held.drop_ready())
            self.held.start = False
        for _, id_, payload in reply.claims:
            self._claimed(id_, payload)
        self._start(reply.start)
        stats.set_value("lab/frontier/queue", max(0, reply.pending - reply.leased))
        stats.set_value("lab/frontier/leased", reply.leased)
        stats.set_value("lab/frontier/workers", reply.workers)
        stats.set_value("lab/frontier/poisoned", reply.poisoned)
        if reply.duplicates:
            stats.inc_value("dupefilter/filtered", reply.duplicates)
        if reply.state == "finished":
            self.over = True
        if reply.claims or self.over:
            self._wake_engine()

    def _claimed(self, id_: bytes, payload: bytes) -> None:
        try:
            self.held.ready.append((id_, decode(payload, self._spider)))
        except Exception as error:  # the spider's code changed since it was queued
            logger.error("requête illisible, laissée de côté : %s", describe(error))
            self._crawler.stats.inc_value("lab/frontier/unreadable")
            self.held.done.append(id_)

    def _wake_engine(self) -> None:
        slot = self._crawler.engine._slot
        if slot is not None and slot.closing is None:
            slot.nextcall.schedule()

    def _start(self, holder: bytes) -> None:
        mine = holder == self.courier.worker.encode()
        if mine and not self.held.start:
            self.held.start = self._start_mine = True
            if self._start_over:  # given back while we slept, though all of it is queued
                self.start_ended()
        if mine or holder == b"done":
            self._start_known.set()

    def _fail(self, error: BaseException) -> None:
        logger.error("frontière : %s", describe(error))
        close_unavailable(self._crawler, "redis", error)
        self._stop(UNAVAILABLE)

    def _stop(self, reason: str) -> None:
        self.over = self.broken = True
        self._start_known.set()
        engine = self._crawler.engine
        if engine.spider is not None and reason == LOST:
            closing = asyncio.ensure_future(engine.close_spider_async(reason=reason))
            closing.add_done_callback(lambda task: task.cancelled() or task.exception())

    # --- What the middleware and the extension ask -------------------------------------------

    async def start_is_mine(self) -> bool:
        """Wait until somebody runs, or has run, the spider's `start()`; True: this worker does."""
        await self._start_known.wait()
        return self._start_mine and not self.over

    def start_ended(self) -> None:
        """The spider's `start()` gave all it had: its lease can be acknowledged."""
        self._start_over = True
        if self.held.start:
            self.held.done.append(START)
            self.courier.nudge()

    def _received(self, request: Request, response: Response) -> None:
        id_ = request.meta.get(LEASE)
        if id_ is not None:
            self.held.count_page(id_)

    def _scraped(self, item: Any, response: Response | None) -> None:
        request = response.request if response is not None else None
        self.held.count_item(START if request is None else request.meta.get(LEASE, START))
