"""What lies in each store right now, and the little that must exist before a first write."""

from __future__ import annotations

from lab.scraping.items import COLLECTIONS
from lab.workspace import bucket, elasticsearch, mongo, redis, s3


def count(store: str) -> int:
    """Documents, keys or objects in one store. Raises the client's error when it is down."""
    counters = {
        "mongo": _documents,
        "elasticsearch": _indexed,
        "redis": _keys,
        "s3": _objects,
    }
    return counters[store]()


UNITS = {"mongo": "documents", "elasticsearch": "documents", "redis": "clés", "s3": "objets"}


def _documents() -> int:
    database = mongo()
    return sum(database[name].estimated_document_count() for name in COLLECTIONS)


def _indexed() -> int:
    names = ",".join(COLLECTIONS)
    answer = elasticsearch().count(index=names, ignore_unavailable=True, allow_no_indices=True)
    return int(answer["count"])


def _keys() -> int:
    return int(redis().dbsize())


def _objects() -> int:
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=bucket())
    return sum(page["KeyCount"] for page in pages)


def ensure_bucket() -> None:
    """Create the lab's bucket when it is absent."""
    from botocore.exceptions import ClientError

    try:
        s3().head_bucket(Bucket=bucket())
    except ClientError:
        s3().create_bucket(Bucket=bucket())
