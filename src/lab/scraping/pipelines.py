"""Scrapy item pipelines: one that cleans, one per store. `lab.scraping.addon` wires them."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from scrapy.exceptions import CloseSpider, DropItem
from scrapy.utils.asyncio import create_looping_call

from lab.scraping import stores
from lab.scraping.archive import ArchiveFile, Ledger
from lab.scraping.batching import BatchWriter, describe, insist
from lab.scraping.config import CONFIG, UNAVAILABLE, StorageConfig
from lab.scraping.deadletters import DeadLetters
from lab.scraping.documents import accept, content_id, slug
from lab.scraping.items import Document, InvalidItem, Item
from lab.scraping.observations import Observations
from lab.scraping.seen import Seen
from lab.scraping.stores import s3

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Self

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)
MEASURE = 0.5  # seconds between two measures of what waits
_writers: WeakKeyDictionary[Crawler, list[BatchWriter]] = WeakKeyDictionary()


def spider_name(crawler: Crawler) -> str:
    """Return the name of the crawl's spider."""
    return str(crawler.spidercls.name)


class CleanPipeline:
    """Cleans each item, drops what is invalid (with the reason) or already seen in this crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._spider = crawler, spider_name(crawler)
        self._collection = crawler.settings.get("LAB_COLLECTION") or slug(self._spider)
        self._seen = Seen()
        self._coverage = Observations.of(crawler).coverage

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy."""
        return cls(crawler)

    def process_item(self, item: Any) -> Item:
        """Return the clean item; raises DropItem."""
        stats = self._crawler.stats
        try:
            cleaned = accept(item, collection=self._collection, spider=self._spider)
            cleaned = self._distinct(cleaned)
        except InvalidItem as error:
            stats.inc_value("lab/items/invalid")
            stats.inc_value(f"lab/items/invalid/{error.field}")
            where = item.get("url") if isinstance(item, dict) else getattr(item, "url", "")
            raise DropItem(f"objet invalide ({error}) : {str(where)[:200]}") from error
        stats.inc_value("lab/items/valid")
        self._coverage.count(cleaned)
        return cleaned

    def _distinct(self, item: Item) -> Item:
        """Return an item not seen in this crawl; raises DropItem."""
        stats, key = self._crawler.stats, f"{item.collection}:{item.id}"
        content = content_id(item) if isinstance(item, Document) else ""
        if self._seen.add(key):
            self._seen.add(key + content)
            return item
        if isinstance(item, Document) and self._seen.add(key + content):
            # Several items of one page that only gives its own address: none may be lost.
            if not stats.get_value("lab/items/same_address"):
                logger.warning(
                    "plusieurs objets différents ont la même adresse (%s) : donnez un « id » à "
                    "chacun, sinon une seconde collecte peut les garder en double",
                    item.canonical_url or item.id,
                )
            stats.inc_value("lab/items/same_address")
            return Document({**item, "id": content}, item.collection)
        stats.inc_value("lab/items/duplicate")
        raise DropItem(f"déjà vu dans cette collecte : {item.canonical_url or item.id}", "DEBUG")


class StorePipeline:
    """Hands every item to the `BatchWriter` of one store; subclasses name the store."""

    store_name: ClassVar[str]

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._config: StorageConfig = crawler.settings[CONFIG]
        self._writer: BatchWriter | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy's settings."""
        return cls(crawler)

    async def open_spider(self) -> None:
        """Wait for the store; raises CloseSpider when it stays down until the deadline."""
        spider = spider_name(self._crawler)
        self._writer = BatchWriter(
            stores.build(self.store_name, self._config, spider),
            self._config,
            self._crawler.stats,
            DeadLetters(self._config.dead_letters, spider, self.store_name),
            lambda name, error: close_unavailable(self._crawler, name, error),
        )
        try:
            await self._writer.open()
        except Exception as error:
            refuse_to_start(self._crawler, self.store_name, error)
        _writers.setdefault(self._crawler, []).append(self._writer)
        self._measuring = create_looping_call(self._writer.measure)
        self._measuring.start(MEASURE, now=False)

    def process_item(self, item: Item) -> Item | Awaitable[Item]:
        """Queue the item, waiting while the store is late."""
        writer = self._writer
        if writer is None or writer.offer(item):  # a coroutine per item costs more than this
            return item
        return self._wait(writer, item)

    async def _wait(self, writer: BatchWriter, item: Item) -> Item:
        await writer.put(item)
        return item

    async def close_spider(self) -> None:
        """Flush and disconnect."""
        if self._writer is not None:
            await self._writer.close()
            if self._measuring.running:
                self._measuring.stop()


async def flush_all(crawler: Crawler) -> None:
    """Return once every item handed over so far is in its stores or the dead letters.

    S3 apart, whose objects are closed by Scrapy's feed export. Raises
    `lab.scraping.batching.ItemsLost` when even the dead letters could not take one.
    """
    writers = _writers.get(crawler, [])
    results = await asyncio.gather(*(one.flush() for one in writers), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


class MongoPipeline(StorePipeline):
    """Writes to MongoDB."""

    store_name = "mongo"


class ElasticsearchPipeline(StorePipeline):
    """Writes to Elasticsearch."""

    store_name = "elasticsearch"


class RedisPipeline(StorePipeline):
    """Remembers ids and counts in Redis."""

    store_name = "redis"


class ArchivePipeline:
    """Marks what S3 already holds; the feed export then leaves it out."""

    _of: ClassVar[WeakKeyDictionary[Crawler, ArchivePipeline]] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._config: StorageConfig = crawler.settings[CONFIG]
        self._ledger: Ledger | None = None
        self._asks = False
        self._files: list[ArchiveFile] = []
        self.s3_client = s3.client(self._config)
        self._of[crawler] = self

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy's settings."""
        return cls(crawler)

    @classmethod
    def of(cls, crawler: Crawler) -> ArchivePipeline:
        """Return the pipeline of a crawler (the feed storage shares its connections)."""
        return cls._of[crawler]

    async def open_spider(self) -> None:
        """Create the bucket when it is missing; raises CloseSpider when S3 stays down."""
        store = s3.S3Store(self._config, spider_name(self._crawler))
        try:
            await insist(store, self._config, store.open)
        except Exception as error:
            refuse_to_start(self._crawler, "s3", error)
        if "redis" in self._config.stores:
            self._ledger = Ledger(self._config, spider_name(self._crawler))
            # A first crawl has nothing to compare with: no question per item.
            self._asks = not await self._ledger.is_empty()
        else:
            logger.warning("sans Redis, une seconde collecte archive de nouveau tout sur S3")

    def process_item(self, item: Item) -> Item | Awaitable[Item]:
        """Mark the item when the archive holds it unchanged."""
        return self._mark(self._ledger, item) if self._asks and self._ledger else item

    async def _mark(self, ledger: Ledger, item: Item) -> Item:
        if await ledger.holds(item):
            item.archived = True  # type: ignore[misc]  # one instance's own mark
            self._crawler.stats.inc_value("lab/s3/stored")
            self._crawler.stats.inc_value("lab/s3/unchanged")
        return item

    def opened(self, file: ArchiveFile) -> None:
        """A batch begins."""
        self._files.append(file)

    def closed(self, file: ArchiveFile) -> None:
        """A batch is stored or buried."""
        self._files.remove(file)
        self.measure()

    def measure(self) -> None:
        """Write down for how long the oldest item has waited for its object (seconds)."""
        lag = time.monotonic() - min(file.began for file in self._files) if self._files else 0.0
        self._crawler.stats.set_value("lab/s3/lag", round(lag, 3))

    async def record(self, fingerprints: dict[str, str]) -> None:
        """Write down what a finished upload put on S3."""
        if self._ledger is not None:
            await self._ledger.record(fingerprints)

    def unavailable(self, name: str, error: BaseException) -> None:
        """S3 stayed down: end the crawl."""
        close_unavailable(self._crawler, name, error)


def close_unavailable(crawler: Crawler, name: str, error: BaseException) -> None:
    """Ask the engine to close the crawl because a store stayed down."""
    crawler.stats.set_value(f"lab/{name}/unavailable", describe(error))
    if crawler.engine.spider is not None:
        closing = asyncio.ensure_future(crawler.engine.close_spider_async(reason=UNAVAILABLE))
        closing.add_done_callback(lambda task: task.cancelled() or task.exception())


def refuse_to_start(crawler: Crawler, name: str, error: BaseException) -> None:
    """Raise CloseSpider because a store cannot be used, and say why."""
    crawler.stats.set_value(f"lab/{name}/unavailable", describe(error))
    logger.error("%s injoignable : %s", name, describe(error))
    raise CloseSpider(UNAVAILABLE)
