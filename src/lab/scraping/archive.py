"""The raw archive on S3, through Scrapy's own feed exports.

Three pieces work together:

* `Ledger` (fed by the pipeline `ArchivePipeline`) asks Redis whether S3 already holds an item
  with the same content and marks it ``archived``;
* `NotYetArchived`, the feed's item filter, leaves marked items out;
* `ArchiveStorage` uploads each finished batch with retries, then writes the fingerprints to
  the ledger: an item counts as archived only once its object is there.

A crash between the upload and the ledger archives those items once more at the next crawl:
the archive may repeat an item, it never misses one.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from scrapy.extensions.feedexport import BlockingFeedStorage, ItemFilter
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential_jitter
from twisted.internet.defer import Deferred

from lab.scraping.batching import FIRST_WAIT, JITTER, LONGEST_WAIT, describe, insist
from lab.scraping.config import CONFIG, StorageConfig
from lab.scraping.deadletters import DeadLetters
from lab.scraping.items import COLLECTIONS, Item, as_json, fingerprint
from lab.scraping.stores import s3
from lab.scraping.stores.redis import RedisStore

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)
GATHER = 0.002  # seconds during which look-ups are gathered into one HMGET


class NotYetArchived(ItemFilter):
    """Exports only items whose content is not on S3 yet."""

    def accepts(self, item: Any) -> bool:
        """Tell whether the feed takes this item."""
        return bool(super().accepts(item)) and not getattr(item, "archived", False)


class Ledger:
    """What S3 holds of one spider, in Redis (hash ``lab:<spider>:archived``)."""

    def __init__(self, config: StorageConfig, spider: str) -> None:
        self._store, self._config = RedisStore(config, spider), config
        self._waiting: dict[str, asyncio.Future[str | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def holds(self, item: Item) -> bool:
        """Tell whether S3 holds this very content; False when Redis cannot say."""
        if item.id not in self._waiting:
            self._waiting[item.id] = asyncio.get_running_loop().create_future()
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._ask())
        return await self._waiting[item.id] == fingerprint(as_json(item))

    async def _ask(self) -> None:
        await asyncio.sleep(GATHER)
        asked, self._waiting = self._waiting, {}
        self._task = None
        ids = list(asked)
        try:
            found = await insist(self._store, self._config, lambda: self._store.archived(ids))
        except Exception as error:  # archived twice is better than lost
            logger.error("registre de l’archive illisible : %s", describe(error))
            found = [None] * len(ids)
        for future, value in zip(asked.values(), found, strict=True):
            future.set_result(value)

    async def record(self, fingerprints: Mapping[str, str]) -> None:
        """Write down what S3 holds now."""
        spider = self._store._spider
        if fingerprints:
            await insist(
                self._store, self._config, lambda: self._store.set_archived(spider, fingerprints)
            )

    async def close(self) -> None:
        """Close the connection to Redis."""
        await self._store.close()


def read_lines(file: IO[bytes]) -> list[dict[str, Any]]:
    """Return the documents of a gzipped JSON-lines file."""
    file.seek(0)
    with gzip.open(file) as lines:
        return [json.loads(line) for line in lines]


def collection_of(document: Mapping[str, Any]) -> str:
    """Tell from its fields which collection an archived document belongs to."""
    for name, kind in COLLECTIONS.items():
        if set(document) == {one.name for one in fields(kind)}:
            return name
    raise ValueError(f"document d’une collection inconnue : {sorted(document)}")


class ArchiveStorage(BlockingFeedStorage):
    """Scrapy feed storage for ``s3://``: retries, then dead letters; records what it stored."""

    def __init__(self, uri: str, crawler: Crawler) -> None:
        parts = urlsplit(uri)
        self._bucket, self._name = parts.netloc, parts.path.lstrip("/")
        self._crawler = crawler
        self._config: StorageConfig = crawler.settings[CONFIG]

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None
    ) -> Self:
        """Scrapy builds one storage per batch."""
        return cls(uri, crawler)

    def open(self, spider: Spider) -> IO[bytes]:
        """Return the temporary file that the feed fills."""
        return super().open(spider)

    def store(self, file: IO[bytes]) -> Deferred[None]:
        """Upload in a thread, then record; a failure ends in the dead letters."""
        return Deferred.fromFuture(asyncio.ensure_future(self._store(file)))

    async def _store(self, file: IO[bytes]) -> None:
        pipeline = _pipeline(self._crawler)
        try:
            documents = await asyncio.to_thread(self._upload, file, pipeline.s3_client)
            self._tally("stored", len(documents))
            await pipeline.record({d["id"]: fingerprint(d) for d in documents})
        except _NotStored as failure:
            self._tally("dead_letters" if failure.kept else "lost", failure.count)
            pipeline.unavailable("s3", failure.cause)
            raise failure.cause from None
        except Exception as error:  # the object is there: only the ledger failed
            logger.error("registre de l’archive non tenu : %s", describe(error))

    def _upload(self, file: IO[bytes], client: Any) -> list[dict[str, Any]]:
        """Upload with retries; blocking. Raises _NotStored, the batch in the dead letters."""
        try:
            documents = read_lines(file)
            try:
                retrying(self._config)(s3.upload, client, self._bucket, self._name, file)
            except Exception as error:
                kept = self._bury(documents, error)
                raise _NotStored(error, len(documents), kept) from error
            return documents
        finally:
            file.close()

    def _bury(self, documents: list[dict[str, Any]], error: Exception) -> bool:
        """Put the batch in the dead letters; False when even that fails (a full disk)."""
        spider = cast(Any, self._crawler.spider).name
        letters = DeadLetters(self._config.dead_letters, spider, "s3")
        reason = f"dépôt injoignable : {describe(error)}"
        try:
            letters.add_documents(((collection_of(d), d) for d in documents), reason)
        except OSError:
            logger.critical("s3 : %d documents perdus", len(documents), exc_info=True)
            return False
        return True

    def _store_in_thread(self, file: IO[bytes]) -> None:
        raise NotImplementedError("store() does it")

    def _tally(self, what: str, count: int) -> None:
        self._crawler.stats.inc_value(f"lab/s3/{what}", count)


class _NotStored(Exception):
    """A batch that the store never took; `kept`: the dead letters hold it."""

    def __init__(self, cause: Exception, count: int, kept: bool) -> None:
        super().__init__(str(cause))
        self.cause, self.count, self.kept = cause, count, kept


def retrying(config: StorageConfig, sleep: Callable[[float], None] | None = None) -> Retrying:
    """Return the blocking twin of `batching.patient`, for uploads in a thread."""
    options: dict[str, Any] = {"sleep": sleep} if sleep else {}
    return Retrying(
        retry=retry_if_exception(s3.transient),
        wait=wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT, jitter=JITTER),
        stop=stop_after_delay(config.deadline),
        reraise=True,
        **options,
    )


def feeds(config: StorageConfig, batch: int) -> dict[str | Path, dict[str, Any]]:
    """Return the FEEDS setting: one gzipped JSON-lines object per `batch` items."""
    uri = f"s3://{config.lab_bucket}/crawls/%(name)s/%(batch_time)s-%(batch_id)d.jsonl.gz"
    return {
        uri: {
            "format": "jsonlines",
            "encoding": "utf8",
            "postprocessing": ["scrapy.extensions.postprocessing.GzipPlugin"],
            "gzip_compresslevel": 6,
            "batch_item_count": batch,
            "item_filter": "lab.scraping.archive.NotYetArchived",
            "store_empty": False,
            "overwrite": True,
        }
    }


def _pipeline(crawler: Crawler) -> Any:
    from lab.scraping.pipelines import ArchivePipeline

    return ArchivePipeline.of(crawler)
