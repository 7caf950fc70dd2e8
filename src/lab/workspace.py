"""What notebooks and student code import: ready clients on whatever engine runs.

    from lab import workspace
    articles = workspace.mongo().articles
    workspace.redis().ping()

Nothing here names a host or a password: they come from the environment contract.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.settings import Settings, load

if TYPE_CHECKING:
    import redis as redis_module
    from elasticsearch import Elasticsearch
    from mypy_boto3_s3 import S3Client
    from pymongo.database import Database


@cache
def settings() -> Settings:
    """The environment contract, read once per process."""
    return load()


@cache
def mongo() -> Database[dict[str, Any]]:
    """The database `lab` (pymongo). Raises ConfigurationMissing when MongoDB is not launched."""
    from pymongo import MongoClient

    url = settings().need("mongo_url")
    client: MongoClient[dict[str, Any]] = MongoClient(url, tz_aware=True)
    return client.get_default_database()


@cache
def redis() -> redis_module.Redis:
    """A Redis client that gives text, not bytes (`decode_responses`)."""
    import redis as redis_module

    return redis_module.Redis.from_url(settings().need("redis_url"), decode_responses=True)


@cache
def elasticsearch() -> Elasticsearch:
    """An Elasticsearch client, of the server's major version."""
    from elasticsearch import Elasticsearch

    return Elasticsearch(settings().need("elasticsearch_url"), request_timeout=30)


@cache
def s3() -> S3Client:
    """An S3 client (boto3) on the lab's object store."""
    import boto3
    from botocore.config import Config

    values = settings()
    return boto3.client(
        "s3",
        endpoint_url=values.need("aws_endpoint_url"),
        aws_access_key_id=values.need("aws_access_key_id"),
        aws_secret_access_key=values.need("aws_secret_access_key"),
        aws_session_token=values.aws_session_token or None,
        region_name=values.aws_default_region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


def bucket() -> str:
    """The name of the lab's bucket."""
    return settings().lab_bucket


def practice_url() -> str:
    """Address of the practice web."""
    return settings().need("practice_url")


def files_path() -> Path:
    """Folder of the student's own files, kept between sessions."""
    return Path(settings().need("workspace_files_path"))


def tmp_path() -> Path:
    """Folder of temporary files."""
    return Path(settings().need("workspace_tmp_path"))


def forget() -> None:
    """Drop the cached settings and clients: the lab was stopped, restarted or changed."""
    settings.cache_clear()
    mongo.cache_clear()
    redis.cache_clear()
    elasticsearch.cache_clear()
    s3.cache_clear()
