"""Put on S3 what the record holds of a crawl and the archive does not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from lab.scraping.batching import insist
from lab.scraping.config import StorageConfig
from lab.scraping.items import Document, as_record, fingerprint, member
from lab.scraping.stores.mongo import MongoStore
from lab.scraping.stores.redis import RedisStore
from lab.scraping.stores.s3 import S3Store

PAGE = 1000  # documents read, compared and written at a time


async def complete_archive(config: StorageConfig, spider: str, since: float) -> int:
    """Archive the items that `spider` stored since then (Unix time) and S3 does not hold.

    Returns how many. Does nothing unless MongoDB, Redis and S3 are all in use. May be repeated:
    the same items make the same object. Raises what the stores raise after the deadline.
    """
    if not {"mongo", "redis", "s3"} <= set(config.stores):
        return 0
    record, ledger = MongoStore(config), RedisStore(config, spider)
    archive, added = S3Store(config, spider), 0
    try:
        for collection in await insist(record, config, record.collections):
            last: Any = None
            while page := await _page(config, record, collection, spider, since, last):
                last = page[-1]["_id"]
                added += await _archive(config, ledger, archive, spider, collection, page)
    finally:
        await asyncio.gather(record.close(), ledger.close(), archive.close())
    return added


async def _page(
    config: StorageConfig, record: MongoStore, collection: str, spider: str, since: float, last: Any
) -> list[dict[str, Any]]:
    query: dict[str, Any] = {
        "spider": spider,
        "scraped_at": {"$gte": datetime.fromtimestamp(since, UTC)},
    }
    if last is not None:
        query["_id"] = {"$gt": last}
    return await insist(record, config, lambda: record.page(collection, query, PAGE))


async def _archive(
    config: StorageConfig,
    ledger: RedisStore,
    archive: S3Store,
    spider: str,
    collection: str,
    page: list[dict[str, Any]],
) -> int:
    items = [
        Document({name: value for name, value in one.items() if name != "_id"}, collection)
        for one in page
    ]
    names = [member(collection, item.id) for item in items]
    held = await insist(ledger, config, lambda: ledger.archived(names))
    missing = {
        name: (item, print_)
        for name, item, known in zip(names, items, held, strict=True)
        if (print_ := fingerprint(as_record(item))) != known
    }
    if missing:
        await insist(archive, config, lambda: archive.write([item for item, _ in missing.values()]))
        prints = {name: print_ for name, (_, print_) in missing.items()}
        await insist(ledger, config, lambda: ledger.set_archived(spider, prints))
    return len(missing)
