"""The four stores behind one contract (`lab.scraping.batching.Store`)."""

from __future__ import annotations

from lab.scraping.batching import Store
from lab.scraping.config import StorageConfig


def build(name: str, config: StorageConfig, spider: str) -> Store:
    """Return the store called `name`; clients are imported only when asked for."""
    if name == "mongo":
        from lab.scraping.stores.mongo import MongoStore

        return MongoStore(config)
    if name == "elasticsearch":
        from lab.scraping.stores.elasticsearch import ElasticsearchStore

        return ElasticsearchStore(config)
    if name == "redis":
        from lab.scraping.stores.redis import RedisStore

        return RedisStore(config, spider)
    if name == "s3":
        from lab.scraping.stores.s3 import S3Store

        return S3Store(config, spider)
    raise ValueError(f"dépôt inconnu : {name}")
