"""What the four stores of a running lab hold, read with plain clients, and the answer key."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import httpx
import redis
from botocore.config import Config
from pymongo import MongoClient

from lab.practice import truth
from lab.practice.world import World

COLLECTIONS = {"gazette": "articles", "boutique": "products"}
ARTICLES, PRODUCTS = World().articles, World().products


def answer_key(spider: str) -> dict[str, dict[str, Any]]:
    """{id: item} of the default practice world, without what depends on the visit."""
    items: Iterator[dict[str, Any]] = getattr(truth, COLLECTIONS[spider])(World())
    unseen = ("number", "url", "image")
    return {item["id"]: {k: v for k, v in item.items() if k not in unseen} for item in items}


class Stores:
    """Plain clients on the four stores of an environment contract."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.mongo: MongoClient[dict[str, Any]] = MongoClient(
            env["MONGO_URL"], tz_aware=True, serverSelectionTimeoutMS=10_000
        )
        self.redis = redis.Redis.from_url(env["REDIS_URL"], decode_responses=True)
        self.search = httpx.Client(base_url=env["ELASTICSEARCH_URL"], trust_env=False, timeout=30)
        self.s3 = boto3.client(
            "s3",
            endpoint_url=env["AWS_ENDPOINT_URL"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            region_name=env["AWS_DEFAULT_REGION"],
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )
        self.bucket = env["LAB_BUCKET"]

    def close(self) -> None:
        self.mongo.close()
        self.redis.close()
        self.search.close()
        self.s3.close()

    def documents(self, spider: str) -> dict[str, dict[str, Any]]:
        return {one["_id"]: one for one in self.mongo.lab[COLLECTIONS[spider]].find()}

    def indexed(self, spider: str) -> set[str]:
        name = COLLECTIONS[spider]
        if self.search.post(f"/{name}/_refresh").status_code == 404:
            return set()
        reply = self.search.post(f"/{name}/_search", json={"size": 10000, "_source": False})
        reply.raise_for_status()
        return {hit["_id"] for hit in reply.json()["hits"]["hits"]}

    def seen(self, spider: str) -> set[str]:
        return set(self.redis.smembers(f"lab:{spider}:seen"))

    def objects(self, spider: str = "") -> list[str]:
        if self.bucket not in {one["Name"] for one in self.s3.list_buckets()["Buckets"]}:
            return []
        prefix = f"crawls/{spider}/" if spider else ""
        pages = self.s3.get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.bucket, Prefix=prefix)
        return [one["Key"] for page in found for one in page.get("Contents", [])]

    def lines(self, spider: str) -> list[str]:
        """Ids in the archive, one per line of its objects."""
        ids = []
        for key in self.objects(spider):
            body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            ids += [json.loads(line)["id"] for line in gzip.decompress(body).splitlines()]
        return ids

    def counts(self, spider: str) -> dict[str, int]:
        """How much lies in each store, the archive by objects and by lines."""
        return {
            "mongo": len(self.documents(spider)),
            "elasticsearch": len(self.indexed(spider)),
            "redis": len(self.seen(spider)),
            "objects": len(self.objects(spider)),
            "lines": len(self.lines(spider)),
        }

    def ids(self, spider: str) -> dict[str, set[str]]:
        return {
            "mongo": set(self.documents(spider)),
            "elasticsearch": self.indexed(spider),
            "redis": self.seen(spider),
            "s3": set(self.lines(spider)),
        }

    def wipe(self) -> None:
        """Forget every crawl."""
        for name in COLLECTIONS.values():
            self.mongo.lab[name].delete_many({})
            found = self.search.get(f"/{name}")
            for index in found.json() if found.is_success else {}:
                self.search.delete(f"/{index}").raise_for_status()
        self.redis.flushdb()
        for key in self.objects():
            self.s3.delete_object(Bucket=self.bucket, Key=key)


@contextmanager
def opened(env: Mapping[str, str]) -> Iterator[Stores]:
    """The stores of a contract; the connections are closed at the end."""
    stores = Stores(env)
    try:
        yield stores
    finally:
        stores.close()


def assert_answer_key(stores: Stores, spider: str) -> None:
    """Each store holds exactly what a perfect spider brings back; the record, field by field."""
    expected = answer_key(spider)
    for store, ids in stores.ids(spider).items():
        missing, foreign = set(expected) - ids, ids - set(expected)
        assert not missing, f"{store} : {len(missing)} fiches manquent"
        assert not foreign, f"{store} : {len(foreign)} fiches en trop"
    documents = stores.documents(spider)
    for item in expected.values():
        stored = documents[item["id"]]
        assert {name: stored.get(name) for name in item} == item
