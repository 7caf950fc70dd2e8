"""Four real stores and a practice web for the whole session; nothing is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from pymongo import MongoClient

from lab.scraping.config import StorageConfig
from lab.scraping.runner import CrawlResult, crawl

from . import servers

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "Scrapy" / "newscrawler"
ARTICLES, PRODUCTS = 200, 60


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, servers.Server]]:
    """The four servers by name; `contract` attributes hold how to reach them."""
    makers = {
        "mongo": servers.mongo_server,
        "elasticsearch": servers.search_server,
        "redis": servers.redis_server,
        "s3": servers.s3_server,
    }
    folder = tmp_path_factory.mktemp("serveurs")
    started: dict[str, servers.Server] = {}
    try:
        for name, make in makers.items():
            server, contract = make(folder / name)
            started[name] = server
            server.contract = contract
            server.start()
        yield started
    finally:
        for server in started.values():
            server.resume()
            server.kill()


@pytest.fixture(scope="session")
def practice() -> Iterator[servers.Practice]:
    web = servers.Practice(ARTICLES, PRODUCTS)
    yield web
    web.stop()


@pytest.fixture(scope="session")
def contract(stores: dict[str, servers.Server]) -> dict[str, str]:
    """The environment contract of the four servers."""
    return {name: value for server in stores.values() for name, value in server.contract.items()}


class Content:
    """What the four stores hold, read with the plain clients."""

    def __init__(self, contract: dict[str, str]) -> None:
        self.contract = contract
        self.mongo = MongoClient(contract["MONGO_URL"], tz_aware=True)
        self.redis = redis.Redis.from_url(contract["REDIS_URL"], decode_responses=True)
        self.search = httpx.Client(
            base_url=contract["ELASTICSEARCH_URL"], trust_env=False, timeout=60
        )
        self.s3 = servers.s3_client(contract)

    def close(self) -> None:
        self.mongo.close()
        self.redis.close()
        self.search.close()
        self.s3.close()

    def wipe(self) -> None:
        for collection in ("articles", "products"):
            self.mongo["lab"][collection].delete_many({})
            found = self.search.get(f"/{collection}")
            for index in found.json() if found.is_success else {}:
                self.search.delete(f"/{index}").raise_for_status()
        self.redis.flushdb()
        for name in self.objects(""):
            self.s3.delete_object(Bucket="lab", Key=name)

    def documents(self, collection: str) -> dict[str, dict[str, Any]]:
        return {d["_id"]: d for d in self.mongo["lab"][collection].find()}

    def indexed(self, collection: str) -> dict[str, dict[str, Any]]:
        self.search.post(f"/{collection}/_refresh").raise_for_status()
        reply = self.search.post(f"/{collection}/_search", json={"size": 10000})
        reply.raise_for_status()
        return {hit["_id"]: hit["_source"] for hit in reply.json()["hits"]["hits"]}

    def seen(self, spider: str) -> set[str]:
        return self.redis.smembers(f"lab:{spider}:seen")

    def objects(self, prefix: str = "crawls/") -> list[str]:
        buckets = [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]]
        if "lab" not in buckets:
            return []
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket="lab", Prefix=prefix)
        return [one["Key"] for page in pages for one in page.get("Contents", [])]

    def archived(self, spider: str, collection: str = "") -> list[dict[str, Any]]:
        """The archived lines, without the collection that each of them names."""
        import gzip
        import json

        lines: list[dict[str, Any]] = []
        for name in self.objects():
            if name.startswith(f"crawls/{spider}/"):
                body = self.s3.get_object(Bucket="lab", Key=name)["Body"].read()
                lines += [json.loads(line) for line in gzip.decompress(body).splitlines()]
        named = [line.pop("_collection") for line in lines]
        return [line for line, name in zip(lines, named, strict=True) if collection in ("", name)]

    def check(self, spider: str, collection: str, ids: set[str]) -> None:
        """Assert that each store holds exactly these items, S3 each of them at least once."""
        assert set(self.documents(collection)) == ids
        assert set(self.indexed(collection)) == ids
        assert self.seen(spider) == ids
        assert int(self.redis.hget(f"lab:{spider}:stats", "items")) == len(ids)
        assert {line["id"] for line in self.archived(spider)} == ids


@pytest.fixture
def content(contract: dict[str, str], stores: dict[str, servers.Server]) -> Iterator[Content]:
    """The stores, emptied before the test."""
    for server in stores.values():
        if not server.family():  # a failed test may have left it dead
            server.start()
    content = Content(contract)
    content.wipe()
    yield content
    content.close()


@pytest.fixture
def dead_letters(tmp_path: Path) -> Path:
    return tmp_path / "dead-letters"


@pytest.fixture
def settings(
    contract: dict[str, str], practice: servers.Practice, dead_letters: Path, tmp_path: Path
) -> dict[str, Any]:
    """What `lab crawl` would give the runner, with little patience."""
    return {
        **contract,
        "PRACTICE_URL": practice.url,
        "LAB_DEAD_LETTERS": str(dead_letters),
        "LAB_STORE_TIMEOUT": 3,
        "LAB_STORE_DEADLINE": 60,
        "LOG_FILE": str(tmp_path / "crawl.log"),
    }


@pytest.fixture
def config(settings: dict[str, Any]) -> StorageConfig:
    return StorageConfig.from_mapping(settings)


@pytest.fixture
def run(settings: dict[str, Any]) -> Callable[..., CrawlResult]:
    """Run a spider with the settings of the test: `run("gazette", pages=3, LAB_STORES="")`."""

    def start(
        spider: str,
        arguments: dict[str, str] | None = None,
        pages: int = 0,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
        **more: Any,
    ) -> CrawlResult:
        return crawl(spider, arguments or {}, pages, {**settings, **more}, PROJECT, on_progress)

    return start
