"""Elasticsearch, the search index: derived from MongoDB, rebuilt by `lab reindex`.

`articles` and `products` are aliases; the index behind carries a time in its name, so that a
rebuild fills a new one and swaps the alias in one step (`lab.scraping.reindex`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from elasticsearch import ApiError, AsyncElasticsearch, ConnectionError, TransportError

from lab.scraping import cleaning
from lab.scraping.batching import Outcome, PartialFailure, insist
from lab.scraping.config import StorageConfig
from lab.scraping.items import COLLECTIONS, Item, as_json
from lab.scraping.stores.mapping import index_body

TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504})


def client(config: StorageConfig) -> AsyncElasticsearch:
    """Return a client that leaves retries to us."""
    return AsyncElasticsearch(
        config.elasticsearch_url,
        request_timeout=config.timeout,
        max_retries=0,
        retry_on_timeout=False,
        http_compress=False,
    )


def new_index_name(collection: str) -> str:
    """Return a name for a new index behind the alias `collection`."""
    return f"{collection}-{datetime.now(UTC):%Y%m%d%H%M%S%f}"


async def ensure_index(search: AsyncElasticsearch, collection: str) -> None:
    """Create the index and its alias in one call, unless the name exists already."""
    if await search.indices.exists(index=collection):
        return
    body = index_body(collection)
    await search.indices.create(
        index=new_index_name(collection),
        settings=body["settings"],
        mappings=body["mappings"],
        aliases={collection: {"is_write_index": True}},
    )


def bulk_lines(target: str, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return the operations that index items under their stable ids."""
    lines: list[dict[str, Any]] = []
    for item in items:
        lines += ({"index": {"_index": target, "_id": item.id}}, as_json(item))
    return lines


def sort_out(reply: Mapping[str, Any], items: Sequence[Item]) -> Outcome:
    """Read a bulk reply: which items were refused, which must be sent again."""
    outcome = Outcome()
    if not reply.get("errors"):
        return outcome
    for item, entry in zip(items, reply["items"], strict=True):
        result = entry["index"]
        error = result.get("error")
        if not error:
            continue
        if result["status"] in TRANSIENT_STATUS or error.get("type") == "cluster_block_exception":
            outcome.again.append(item)
        else:
            cause = error.get("caused_by") or {}
            reason = f"{error.get('type')}: {error.get('reason')} {cause.get('reason', '')}"
            outcome.refused.append((item, reason.strip()))
    return outcome


class ElasticsearchStore:
    """Writes through the aliases `articles` and `products`."""

    name = "elasticsearch"

    def __init__(self, config: StorageConfig) -> None:
        self.client = client(config)

    async def open(self) -> None:
        """Check address and credentials, create missing indices with their French mapping."""
        for collection in COLLECTIONS:
            await ensure_index(self.client, collection)

    async def write(self, items: Sequence[Item]) -> Outcome:
        """Index each item under its stable id (a second write replaces the first)."""
        outcome = Outcome()
        for collection in sorted({item.collection for item in items}):
            mine = [item for item in items if item.collection == collection]
            reply = await self.client.bulk(operations=bulk_lines(collection, mine))
            found = sort_out(reply.body, mine)
            outcome.refused += found.refused
            outcome.again += found.again
        return outcome

    async def write_to(self, target: str, items: Sequence[Item], config: StorageConfig) -> None:
        """Index items into one index, insisting; raises ValueError when a document is refused."""
        left = list(items)

        async def attempt() -> None:
            nonlocal left
            reply = await self.client.bulk(operations=bulk_lines(target, left))
            outcome = sort_out(reply.body, left)
            left = outcome.again
            if outcome.refused:
                item, reason = outcome.refused[0]
                raise ValueError(f"Elasticsearch refuse {item.canonical_url} : {reason}")
            if left:
                raise PartialFailure(f"{len(left)} documents à renvoyer")

        await insist(self, config, attempt)

    async def newer(self, items: Sequence[Item]) -> set[str]:
        """Return the ids of those items of which this store holds a more recent copy."""
        found: set[str] = set()
        for collection in sorted({item.collection for item in items}):
            mine = {item.id: item for item in items if item.collection == collection}
            reply = await self.client.mget(
                index=collection, ids=list(mine), source_includes=["scraped_at"]
            )
            for hit in reply["docs"]:
                if hit.get("found"):
                    held = cleaning.moment(hit["_source"]["scraped_at"])
                    seen = mine[hit["_id"]].scraped_at
                    if isinstance(held, datetime) and isinstance(seen, datetime) and held > seen:
                        found.add(hit["_id"])
        return found

    def transient(self, error: BaseException) -> bool:
        """Network errors and overload pass; wrong credentials or a wrong mapping do not."""
        if isinstance(error, ApiError):
            return error.status_code in TRANSIENT_STATUS
        return isinstance(error, ConnectionError | TransportError | OSError)

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()
