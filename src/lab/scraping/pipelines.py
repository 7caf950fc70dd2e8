"""Scrapy item pipelines: one that cleans, one per store. `lab.scraping.addon` wires them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from scrapy.exceptions import CloseSpider, DropItem

from lab.scraping import stores
from lab.scraping.archive import Ledger
from lab.scraping.batching import BatchWriter, describe, insist
from lab.scraping.config import CONFIG, UNAVAILABLE, StorageConfig
from lab.scraping.deadletters import DeadLetters
from lab.scraping.items import Article, InvalidItem, Product, clean
from lab.scraping.stores import s3

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


def spider_name(crawler: Crawler) -> str:
    """Return the name of the crawl's spider."""
    return str(crawler.spidercls.name)


class CleanPipeline:
    """Cleans each item, drops what is invalid (with the reason) or already seen in this crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._spider = crawler, spider_name(crawler)
        self._seen: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy."""
        return cls(crawler)

    def process_item(self, item: Any) -> Article | Product:
        """Return the clean item; raises DropItem."""
        stats = self._crawler.stats
        if not isinstance(item, Article | Product):
            stats.inc_value("lab/items/invalid")
            raise DropItem(f"Article ou Product attendu, reçu {type(item).__name__}")
        try:
            cleaned = clean(item, spider=self._spider)
        except InvalidItem as error:
            stats.inc_value("lab/items/invalid")
            stats.inc_value(f"lab/items/invalid/{error.field}")
            raise DropItem(f"objet invalide ({error}) : {item.url}") from error
        if cleaned.id in self._seen:
            stats.inc_value("lab/items/duplicate")
            raise DropItem(f"déjà vu dans cette collecte : {cleaned.canonical_url}", "DEBUG")
        self._seen.add(cleaned.id)
        stats.inc_value("lab/items/valid")
        return cleaned


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

    async def process_item(self, item: Article | Product) -> Article | Product:
        """Queue the item, waiting while the store is late."""
        if self._writer is not None:  # always so once the spider is open
            await self._writer.put(item)
        return item

    async def close_spider(self) -> None:
        """Flush and disconnect."""
        if self._writer is not None:
            await self._writer.close()


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
        else:
            logger.warning("sans Redis, une seconde collecte archive de nouveau tout sur S3")

    async def process_item(self, item: Article | Product) -> Article | Product:
        """Mark the item when the archive holds it unchanged."""
        if self._ledger is not None and await self._ledger.holds(item):
            item.archived = True  # type: ignore[misc]  # one instance's own mark
            self._crawler.stats.inc_value("lab/s3/stored")
            self._crawler.stats.inc_value("lab/s3/unchanged")
        return item

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
