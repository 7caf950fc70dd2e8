"""MongoDB, the record: one document per item, `_id` = its id, replaced when seen again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import AsyncMongoClient, ReplaceOne
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    NetworkTimeout,
    OperationFailure,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteConcernError,
)

from lab.scraping.batching import Outcome, by_collection
from lab.scraping.config import StorageConfig
from lab.scraping.documents import is_collection
from lab.scraping.items import Item, as_record, member

Document = dict[str, Any]

# https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml : not primary,
# shutting down, host down, interrupted, write conflict, and the race of two upserts (11000).
RETRYABLE_CODES = frozenset(
    {6, 7, 24, 64, 89, 91, 112, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 11000}
)


def client(config: StorageConfig) -> AsyncMongoClient[Document]:
    """Return a client whose every operation ends within the configured timeout."""
    milliseconds = int(config.timeout * 1000)
    return AsyncMongoClient(
        config.mongo_url,
        tz_aware=True,
        appname="lab-scraping",
        serverSelectionTimeoutMS=milliseconds,
        connectTimeoutMS=milliseconds,
        socketTimeoutMS=milliseconds,
    )


def as_document(item: Item) -> Document:
    """Return the document of an item: its fields, and its stable id as `_id`."""
    record = as_record(item)
    return {"_id": record["id"], **record}


class MongoStore:
    """Writes to the items' collections, in the database named in ``MONGO_URL``."""

    name = "mongo"

    def __init__(self, config: StorageConfig) -> None:
        self._client = client(config)
        self._database = self._client.get_default_database("lab")

    async def open(self) -> None:
        """Check address and credentials."""
        await self._database.command("ping")
        # `ping` is answered before authentication by some servers; a read is not.
        await self._database["articles"].find_one({"_id": ""})

    async def write(self, items: Sequence[Item]) -> Outcome:
        """Replace or insert each item by its stable id."""
        outcome = Outcome()
        for collection, mine in by_collection(items).items():
            writes = [ReplaceOne({"_id": item.id}, as_document(item), upsert=True) for item in mine]
            try:
                await self._database[collection].bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                self._sort_out(error, mine, outcome)
        return outcome

    def _sort_out(self, error: BulkWriteError, items: list[Item], outcome: Outcome) -> None:
        details = error.details or {}
        for failed in details.get("writeErrors", []):
            item = items[failed["index"]]
            if failed.get("code") in RETRYABLE_CODES:
                outcome.again.append(item)
            else:
                outcome.refused.append((item, str(failed.get("errmsg", "refus sans raison"))))
        if details.get("writeConcernErrors"):
            # Written, but not yet durable: writing again is harmless, losing is not.
            refused = {id(item) for item, _ in outcome.refused}
            outcome.again[:] = [item for item in items if id(item) not in refused]

    async def collections(self) -> list[str]:
        """Return the collections that hold stored items, others' collections left out."""
        found = []
        for name in sorted(await self._database.list_collection_names()):
            one = await self._database[name].find_one({}, {"id": 1, "spider": 1, "scraped_at": 1})
            if one and is_collection(name) and {"id", "spider", "scraped_at"} <= set(one):
                found.append(name)
        return found

    async def count(self, collection: str) -> int:
        """Return about how many documents a collection holds (from its metadata)."""
        return await self._database[collection].estimated_document_count()

    async def page(self, collection: str, query: Mapping[str, Any], size: int) -> list[Document]:
        """Return the first `size` documents of a query in the order of their ids."""
        cursor = self._database[collection].find(query).sort("_id", 1).limit(size)
        return await cursor.to_list()

    async def newer(self, items: Sequence[Item]) -> set[str]:
        """Return the names (`member`) of items of which this store holds a more recent copy."""
        found: set[str] = set()
        for collection, several in by_collection(items).items():
            mine = {item.id: item for item in several}
            cursor = self._database[collection].find(
                {"_id": {"$in": list(mine)}}, {"scraped_at": True}
            )
            async for document in cursor:
                item = mine[document["_id"]]
                if document["scraped_at"] > item.scraped_at:
                    found.add(member(collection, item.id))
        return found

    def transient(self, error: BaseException) -> bool:
        """Network, restart and election errors pass; a refused document does not."""
        if isinstance(
            error,
            AutoReconnect
            | ConnectionFailure
            | NetworkTimeout
            | ServerSelectionTimeoutError
            | WaitQueueTimeoutError
            | WriteConcernError,
        ):
            return True
        return isinstance(error, OperationFailure) and error.code in RETRYABLE_CODES

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
