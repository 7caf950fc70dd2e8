"""Rebuild the Elasticsearch indices from MongoDB, the record: what ``lab reindex`` calls.

Every collection that holds stored items is rebuilt: `articles`, `products`, and those of a
project's own. A new index is filled, then the alias that users query moves to it in one atomic
step and the old index is removed: a search never sees a half-filled index. What a
crawl stored meanwhile is then copied again from MongoDB, whose copy is always right.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from elasticsearch import AsyncElasticsearch, NotFoundError

from lab.scraping.batching import insist
from lab.scraping.config import StorageConfig
from lab.scraping.documents import from_stored
from lab.scraping.items import COLLECTIONS, Item
from lab.scraping.stores import elasticsearch as search
from lab.scraping.stores import mongo

Progress = Callable[[str, int, int], None]
# A crawl's clock and its batches may be this late on what MongoDB shows.
OVERLAP = timedelta(minutes=10)


def reindex(settings: Mapping[str, Any], on_progress: Progress | None = None) -> dict[str, int]:
    """Rebuild every index and return {collection: documents indexed}.

    `on_progress(collection, done, total)` is called after each batch. Memory stays flat: one
    batch at a time. Raises the last error of a store that stays down until the deadline.
    """
    return asyncio.run(_reindex(StorageConfig.from_mapping(settings), on_progress))


async def _reindex(config: StorageConfig, on_progress: Progress | None) -> dict[str, int]:
    record, index = mongo.MongoStore(config), search.ElasticsearchStore(config)
    try:
        await insist(record, config, record.open)
        rebuild = _Rebuild(config, record, index, on_progress)
        stored = await insist(record, config, record.collections)
        several = [*COLLECTIONS, *(name for name in stored if name not in COLLECTIONS)]
        return {collection: await rebuild.run(collection) for collection in several}
    finally:
        await record.close()
        await index.close()


class _Rebuild:
    def __init__(
        self,
        config: StorageConfig,
        record: mongo.MongoStore,
        index: search.ElasticsearchStore,
        on_progress: Progress | None,
    ) -> None:
        self.config, self.record, self.index = config, record, index
        self.client: AsyncElasticsearch = index.client
        self.on_progress = on_progress or (lambda collection, done, total: None)

    async def run(self, collection: str) -> int:
        """Fill a new index, swap the alias, catch up; return how many documents it holds."""
        started = datetime.now(UTC)
        fresh = search.new_index_name(collection)
        await insist(
            self.index,
            self.config,
            lambda: search.create_index(self.client, fresh, collection, {}),
        )
        total = await self.record.count(collection)
        try:
            done = await self.copy(collection, fresh, {}, total)
        except BaseException:
            await self.client.indices.delete(index=fresh, ignore_unavailable=True)
            raise
        await self.swap(collection, fresh)
        await self.copy(collection, collection, {"scraped_at": {"$gte": started - OVERLAP}}, 0)
        await self.client.indices.refresh(index=collection)
        return done

    async def copy(self, collection: str, target: str, where: Mapping[str, Any], total: int) -> int:
        """Index the documents of a collection; `total` 0 is not reported. Returns how many."""
        done = 0
        async for batch in self.batches(collection, where):
            done += await self.index.write_to(target, batch, self.config)
            if total:
                self.on_progress(collection, done, max(done, total))
        return done

    async def batches(
        self, collection: str, where: Mapping[str, Any]
    ) -> AsyncIterator[Sequence[Item]]:
        """Yield the items of a collection, one batch at a time, in the order of their ids."""
        after = ""
        while True:
            # By ids rather than one long cursor: a restart of the server costs one batch only.
            query = {"$and": [dict(where), {"_id": {"$gt": after}}]}
            found = await insist(
                self.record,
                self.config,
                lambda query=query: self.record.page(collection, query, self.config.batch_size),  # type: ignore[misc]
            )
            if not found:
                return
            after = found[-1]["_id"]
            yield [_item(collection, document) for document in found]

    async def swap(self, collection: str, fresh: str) -> None:
        """Point the alias at `fresh` and remove what it pointed at, atomically."""
        try:
            old = list((await self.client.indices.get(index=collection)).body)
        except NotFoundError:
            old = []
        actions: list[dict[str, Any]] = [
            {"add": {"index": fresh, "alias": collection, "is_write_index": True}}
        ]
        actions += [{"remove_index": {"index": name}} for name in old]
        await self.client.indices.update_aliases(actions=actions)


def _item(collection: str, document: Mapping[str, Any]) -> Item:
    return from_stored(collection, {k: v for k, v in document.items() if k != "_id"})
