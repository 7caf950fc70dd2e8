"""Elasticsearch, the search index: derived from MongoDB, rebuilt by `lab reindex`.

A collection's name (`articles`, `products`…) is an alias; the index behind carries a time in
its name, so that a rebuild fills a new one and swaps the alias in one step
(`lab.scraping.reindex`). The index of a project's own collection is made at its first item.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from elasticsearch import (
    ApiError,
    AsyncElasticsearch,
    BadRequestError,
    ConnectionError,
    TransportError,
)

from lab.scraping import cleaning
from lab.scraping.batching import Outcome, PartialFailure, by_collection, insist
from lab.scraping.config import StorageConfig
from lab.scraping.items import COLLECTIONS, Item, as_bytes, member
from lab.scraping.stores.mapping import index_body

logger = logging.getLogger(__name__)
# A trap, not a word: the local engine's stemmer takes time in the square of its length (20 s
# and more for one million letters, nobody served meanwhile).
LONGEST_WORD = 50_000
_ENDLESS_WORD = re.compile(rb"[0-9A-Za-z_\x80-\xff]{%d}" % LONGEST_WORD)
# What `sort_out` reads: a reply of 200 whole results costs more to read than to write.
BULK_REPLY = "errors,items.*.status,items.*.error"
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
    await create_index(
        search, new_index_name(collection), collection, {collection: {"is_write_index": True}}
    )


async def create_index(
    search: AsyncElasticsearch, index: str, collection: str, aliases: Mapping[str, Any]
) -> None:
    """Create an index with the settings and the mapping of a collection."""
    body = index_body(collection)
    try:
        await search.indices.create(index=index, aliases=aliases, **body)
    except BadRequestError as error:
        # Before Elasticsearch 8.12, and on other engines, too many fields is an error: the
        # documents that exceed the limit are then refused, one by one.
        if "unknown setting" not in str(error):
            raise
        del body["settings"]["mapping"]["total_fields"]["ignore_dynamic_beyond_limit"]
        await search.indices.create(index=index, aliases=aliases, **body)


def bulk_lines(items: Sequence[Item]) -> list[Any]:
    """Return the operations that index items under their ids, already written as JSON."""
    lines: list[Any] = []  # the client sends bytes as they are, its annotations ignore it
    for item in items:
        lines += (b'{"index":{"_id":%b}}' % orjson.dumps(item.id), as_bytes(item))
    return lines


def writable(items: Sequence[Item], outcome: Outcome) -> list[Item]:
    """Return the items that have a JSON form; the others are refused, alone."""
    kept = []
    for item in items:
        try:
            line = as_bytes(item)
        except TypeError as error:
            outcome.refused.append((item, f"pas du JSON : {error}"))
            continue
        if len(line) > LONGEST_WORD and _ENDLESS_WORD.search(line):
            outcome.refused.append((item, f"un mot de plus de {LONGEST_WORD} lettres"))
        else:
            kept.append(item)
    return kept


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
    """Writes through the collections' aliases."""

    name = "elasticsearch"

    def __init__(self, config: StorageConfig) -> None:
        self.client = client(config)
        self._known: set[str] = set()

    async def open(self) -> None:
        """Check address and credentials, create missing indices with their French mapping."""
        for collection in COLLECTIONS:
            await self.ensure(collection)

    async def ensure(self, collection: str) -> None:
        """Make sure, once, that a collection has its index."""
        if collection not in self._known:
            await ensure_index(self.client, collection)
            self._known.add(collection)

    async def write(self, items: Sequence[Item]) -> Outcome:
        """Index each item under its id (a second write replaces the first)."""
        outcome = Outcome()
        for collection, several in by_collection(writable(items, outcome)).items():
            await self.ensure(collection)
            found = await self.bulk(collection, several)
            outcome.refused += found.refused
            outcome.again += found.again
        return outcome

    async def bulk(self, target: str, items: Sequence[Item]) -> Outcome:
        """Send one bulk request; the items have a JSON form."""
        reply = await self.client.bulk(
            index=target, operations=bulk_lines(items), filter_path=BULK_REPLY
        )
        return sort_out(reply.body, items)

    async def write_to(self, target: str, items: Sequence[Item], config: StorageConfig) -> int:
        """Index items into one index, insisting; return how many were taken.

        What is refused (it was when it was stored) is logged and left out.
        """
        outcome = Outcome()
        left = writable(items, outcome)

        async def attempt() -> None:
            nonlocal left
            found = await self.bulk(target, left)
            outcome.refused.extend(found.refused)
            left = found.again
            if left:
                raise PartialFailure(f"{len(left)} documents à renvoyer")

        if left:
            await insist(self, config, attempt)
        for item, reason in outcome.refused:
            logger.warning("Elasticsearch refuse %s : %s", item.canonical_url or item.id, reason)
        return len(items) - len(outcome.refused)

    async def newer(self, items: Sequence[Item]) -> set[str]:
        """Return the names (`member`) of items of which this store holds a more recent copy."""
        found: set[str] = set()
        for collection, several in by_collection(items).items():
            await self.ensure(collection)
            mine = {item.id: item for item in several}
            reply = await self.client.mget(
                index=collection, ids=list(mine), source_includes=["scraped_at"]
            )
            for hit in reply["docs"]:
                if hit.get("found"):
                    held = cleaning.moment(hit["_source"]["scraped_at"])
                    seen = mine[hit["_id"]].scraped_at
                    if isinstance(held, datetime) and isinstance(seen, datetime) and held > seen:
                        found.add(member(collection, hit["_id"]))
        return found

    def transient(self, error: BaseException) -> bool:
        """Network errors and overload pass; wrong credentials or a wrong mapping do not."""
        if isinstance(error, ApiError):
            return error.status_code in TRANSIENT_STATUS
        return isinstance(error, ConnectionError | TransportError | OSError)

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()
