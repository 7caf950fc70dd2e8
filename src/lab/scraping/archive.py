"""The raw archive on S3, through Scrapy's own feed exports.

Three pieces work together:

* `Ledger` (fed by the pipeline `ArchivePipeline`) asks Redis whether S3 already holds an item
  with the same content and marks it ``archived``;
* `NotYetArchived`, the feed's item filter, leaves marked items out;
* `ArchiveStorage` compresses and uploads each finished batch in a thread, with retries, then
  writes the fingerprints to the ledger: an item counts as archived only once its object is
  there.

A line of the archive is an item and its collection (``_collection``); a line without it was
written before there were other collections than `articles` and `products`.

A crash between the upload and the ledger archives those items once more at the next crawl:
the archive may repeat an item, it never misses one.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import orjson
from scrapy.extensions.feedexport import BlockingFeedStorage, ItemFilter
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential_jitter
from twisted.internet.defer import Deferred

from lab.scraping.batching import FIRST_WAIT, JITTER, LONGEST_WAIT, describe, insist
from lab.scraping.config import CONFIG, StorageConfig
from lab.scraping.deadletters import DeadLetters
from lab.scraping.exporters import ARCHIVE
from lab.scraping.items import COLLECTIONS, Item, as_record, fingerprint, member, names
from lab.scraping.parquet import COLLECTION
from lab.scraping.stores import s3
from lab.scraping.stores.redis import RedisStore

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)
GATHER = 0.002  # seconds during which look-ups are gathered into one HMGET
IN_MEMORY = 8 * 2**20  # bytes of a batch before it goes to disk
GZIP_LEVEL = 4  # twice as fast as the usual 6, 3 % larger on articles


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

    async def is_empty(self) -> bool:
        """Tell whether nothing was ever archived; False when Redis cannot say."""
        try:
            return await insist(self._store, self._config, self._store.archived_count) == 0
        except Exception as error:
            logger.error("registre de l’archive illisible : %s", describe(error))
            return False

    async def holds(self, item: Item) -> bool:
        """Tell whether S3 holds this very content; False when Redis cannot say."""
        name = member(item.collection, item.id)
        if name not in self._waiting:
            self._waiting[name] = asyncio.get_running_loop().create_future()
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._ask())
        return await self._waiting[name] == fingerprint(as_record(item))

    async def _ask(self) -> None:
        await asyncio.sleep(GATHER)
        asked, self._waiting = self._waiting, {}
        self._task = None
        members = list(asked)
        try:
            found = await insist(self._store, self._config, lambda: self._store.archived(members))
        except Exception as error:  # archived twice is better than lost
            logger.error("registre de l’archive illisible : %s", describe(error))
            found = [None] * len(members)
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


def collection_of(document: dict[str, Any]) -> str:
    """Take from an archived document the collection it belongs to."""
    if named := document.pop(COLLECTION, None):
        return str(named)
    for name, kind in COLLECTIONS.items():
        if set(document) == set(names(kind)):
            return name
    raise ValueError(f"document d’une collection inconnue : {sorted(document)}")


class ArchiveFile(tempfile.SpooledTemporaryFile[bytes]):
    """One batch on its way to S3, and the fingerprints of what it holds."""

    def __init__(self, is_parquet: bool) -> None:
        super().__init__(max_size=IN_MEMORY, prefix="lab-archive-")
        self.is_parquet = is_parquet
        self.fingerprints: dict[str, str] = {}
        self.began = time.monotonic()

    def note(self, item: Item) -> None:
        """Called by the exporter for each item it writes."""
        name = member(item.collection, item.id)
        self.fingerprints[name] = fingerprint(as_record(item))

    def documents(self) -> list[dict[str, Any]]:
        """Return what the file holds."""
        self.seek(0)
        if self.is_parquet:
            from lab.scraping import parquet

            return list(parquet.read(self))
        return [orjson.loads(line) for line in self]

    def packed(self) -> IO[bytes]:
        """Return the file to upload; blocking."""
        self.seek(0)
        if self.is_parquet:
            return self
        packed = tempfile.SpooledTemporaryFile(  # noqa: SIM115  the caller closes it
            max_size=IN_MEMORY, prefix="lab-archive-"
        )
        with gzip.open(packed, "wb", GZIP_LEVEL) as out:
            shutil.copyfileobj(self, out, 2**20)
        return cast(IO[bytes], packed)


class ArchiveStorage(BlockingFeedStorage):
    """Scrapy feed storage for ``s3://``: retries, then dead letters; records what it stored.

    A project's own feeds to ``s3://`` pass here too: uploaded with the same retries.
    """

    def __init__(self, uri: str, crawler: Crawler, options: Mapping[str, Any]) -> None:
        parts = urlsplit(uri)
        self._bucket, self._name = parts.netloc, parts.path.lstrip("/")
        self._crawler, self._options = crawler, options
        self._config: StorageConfig = crawler.settings[CONFIG]

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None
    ) -> Self:
        """Scrapy builds one storage per batch."""
        return cls(uri, crawler, feed_options or {})

    def open(self, spider: Spider) -> IO[bytes]:
        """Return the temporary file that the feed fills."""
        if not self._options.get("lab_archive"):
            return super().open(spider)
        file = ArchiveFile(self._options["format"] == "parquet")
        _pipeline(self._crawler).opened(file)
        return cast(IO[bytes], file)

    def store(self, file: IO[bytes]) -> Deferred[None]:
        """Upload in a thread, then record; a failure ends in the dead letters."""
        work = self._archive(file) if isinstance(file, ArchiveFile) else self._send(file)
        return Deferred.fromFuture(asyncio.ensure_future(work))

    async def _send(self, file: IO[bytes]) -> None:
        """Upload one of the project's own feeds."""
        try:
            await asyncio.to_thread(self._put, file)
        except Exception as error:
            _pipeline(self._crawler).unavailable("s3", error)
            raise
        finally:
            file.close()

    async def _archive(self, file: ArchiveFile) -> None:
        pipeline, count = _pipeline(self._crawler), len(file.fingerprints)
        began = time.monotonic()
        try:
            size = await asyncio.to_thread(self._upload, file)
            self._tally("stored", count)
            self._tally("batches", 1)
            self._tally("bytes", size)
            self._tally("seconds", round(time.monotonic() - began, 6))
            await pipeline.record(file.fingerprints)
        except _NotStored as failure:
            self._tally("dead_letters" if failure.kept else "lost", count)
            pipeline.unavailable("s3", failure.cause)
            raise failure.cause from None
        except Exception as error:  # the object is there: only the ledger failed
            logger.error("registre de l’archive non tenu : %s", describe(error))
        finally:
            pipeline.closed(file)
            file.close()

    def _upload(self, file: ArchiveFile) -> int:
        """Compress and upload, blocking; return the bytes sent. Raises _NotStored."""
        try:
            with file.packed() as packed:
                return self._put(packed)
        except Exception as error:
            raise _NotStored(error, self._bury(file, error)) from error

    def _put(self, file: IO[bytes]) -> int:
        retrying(self._config)(
            s3.upload, _pipeline(self._crawler).s3_client, self._bucket, self._name, file
        )
        return file.seek(0, 2)

    def _bury(self, file: ArchiveFile, error: Exception) -> bool:
        """Put the batch in the dead letters; False when even that fails (a full disk)."""
        spider = cast(Any, self._crawler.spider).name
        letters = DeadLetters(self._config.dead_letters, spider, "s3")
        reason = f"dépôt injoignable : {describe(error)}"
        try:
            letters.add_documents(((collection_of(d), d) for d in file.documents()), reason)
        except OSError:
            logger.critical("s3 : %d documents perdus", len(file.fingerprints), exc_info=True)
            return False
        return True

    def _store_in_thread(self, file: IO[bytes]) -> None:
        raise NotImplementedError("store() does it")

    def _tally(self, what: str, count: Any) -> None:
        self._crawler.stats.inc_value(f"lab/s3/{what}", count)


class _NotStored(Exception):
    """A batch that the store never took; `kept`: the dead letters hold it."""

    def __init__(self, cause: Exception, kept: bool) -> None:
        super().__init__(str(cause))
        self.cause, self.kept = cause, kept


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


def feeds(config: StorageConfig, batch: int, kind: str) -> dict[str | Path, dict[str, Any]]:
    """Return the FEEDS setting: one object per `batch` items, ``jsonl.gz`` or ``parquet``."""
    if kind not in ARCHIVE:
        raise ValueError(f"LAB_ARCHIVE_FORMAT : {kind!r} inconnu (connus : {', '.join(ARCHIVE)})")
    uri = f"s3://{config.lab_bucket}/crawls/%(name)s/%(batch_time)s-%(batch_id)d.{kind}"
    return {
        uri: {
            "format": ARCHIVE[kind],
            "lab_archive": True,
            "encoding": "utf8",
            "batch_item_count": batch,
            "item_filter": "lab.scraping.archive.NotYetArchived",
            "store_empty": False,
            "overwrite": True,
        }
    }


def _pipeline(crawler: Crawler) -> Any:
    from lab.scraping.pipelines import ArchivePipeline

    return ArchivePipeline.of(crawler)
