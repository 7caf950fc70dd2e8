"""The pipelines of most tutorials: one synchronous write per item and store.

MongoDB's is the example of Scrapy's own documentation
(https://docs.scrapy.org/en/latest/topics/item-pipeline.html#write-items-to-mongodb), made
idempotent; the three others follow its form with each client's first documented call.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import boto3
import redis
from botocore.config import Config
from elasticsearch import Elasticsearch
from itemadapter import ItemAdapter
from pymongo import MongoClient


def identified(item: Any) -> tuple[str, dict[str, Any]]:
    """The id that the lab would give, and the fields as they were read."""
    document = ItemAdapter(item).asdict()
    return hashlib.sha256(document["canonical_url"].encode()).hexdigest()[:32], document


class Mongo:
    def open_spider(self) -> None:
        self.client: MongoClient[dict[str, Any]] = MongoClient(os.environ["MONGO_URL"])
        self.articles = self.client["lab"]["articles"]

    def process_item(self, item: Any) -> Any:
        identity, document = identified(item)
        self.articles.replace_one({"_id": identity}, {"_id": identity, **document}, upsert=True)
        return item

    def close_spider(self) -> None:
        self.client.close()


class Search:
    def open_spider(self) -> None:
        self.client = Elasticsearch(os.environ["ELASTICSEARCH_URL"])

    def process_item(self, item: Any) -> Any:
        identity, document = identified(item)
        self.client.index(index="articles", id=identity, document=document)
        return item

    def close_spider(self) -> None:
        self.client.close()


class Redis:
    def open_spider(self) -> None:
        self.client = redis.Redis.from_url(os.environ["REDIS_URL"])

    def process_item(self, item: Any) -> Any:
        self.client.sadd("lab:gazette:seen", identified(item)[0])
        return item

    def close_spider(self) -> None:
        self.client.close()


class S3:
    def open_spider(self) -> None:
        self.client = boto3.client(
            "s3",
            endpoint_url=os.environ["AWS_ENDPOINT_URL"],
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )

    def process_item(self, item: Any) -> Any:
        identity, document = identified(item)
        self.client.put_object(
            Bucket=os.environ["LAB_BUCKET"],
            Key=f"crawls/gazette/{identity}.json",
            Body=json.dumps(document).encode(),
        )
        return item

    def close_spider(self) -> None:
        self.client.close()
