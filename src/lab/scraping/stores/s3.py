"""S3, the raw archive: gzipped JSON lines under ``crawls/<spider>/``."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import mimetypes
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from lab.scraping.batching import Outcome
from lab.scraping.config import StorageConfig
from lab.scraping.items import Item, as_bytes

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REFUSALS = frozenset(
    {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidBucketName"}
)


def client(config: StorageConfig) -> S3Client:
    """Return a client that waits at most the timeout, uses no proxy and leaves retries to us."""
    return boto3.client(
        "s3",
        endpoint_url=config.aws_endpoint_url or None,
        aws_access_key_id=config.aws_access_key_id or None,
        aws_secret_access_key=config.aws_secret_access_key or None,
        aws_session_token=config.aws_session_token or None,
        region_name=config.aws_default_region,
        config=Config(
            signature_version="s3v4",
            connect_timeout=config.timeout,
            read_timeout=config.timeout,
            retries={"total_max_attempts": 1},
            proxies={} if config.aws_endpoint_url else None,
            s3={"addressing_style": "path"},
        ),
    )


def transient(error: BaseException) -> bool:
    """Tell whether an S3 error can pass: everything but wrong keys and forbidden buckets."""
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code"))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code not in REFUSALS and status not in (400, 401, 403)
    if isinstance(error, NoCredentialsError):
        return False
    return isinstance(error, BotoCoreError | OSError) or "S3UploadFailed" in type(error).__name__


def ensure_bucket(s3: S3Client, bucket: str) -> None:
    """Create the bucket when it is missing; blocking."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):  # another crawl did
            s3.create_bucket(Bucket=bucket)


def upload(s3: S3Client, bucket: str, name: str, file: IO[bytes]) -> None:
    """Put a whole file under a name; blocking, atomic, may be repeated."""
    file.seek(0)
    kind = mimetypes.guess_type(name)
    content_type = "application/gzip" if kind[1] == "gzip" else kind[0]
    s3.put_object(
        Bucket=bucket, Key=name, Body=file, ContentType=content_type or "application/octet-stream"
    )


class S3Store:
    """Writes a batch as one object: the road of `replay` (a crawl goes through Scrapy's feeds)."""

    name = "s3"

    def __init__(self, config: StorageConfig, spider: str) -> None:
        self._client = client(config)
        self._bucket, self._spider = config.lab_bucket, spider

    async def open(self) -> None:
        """Check address and keys, create the bucket when it is missing."""
        await asyncio.to_thread(ensure_bucket, self._client, self._bucket)

    async def write(self, items: Sequence[Item]) -> Outcome:
        """Write the items as one object of gzipped JSON lines."""
        lines = (
            b'{"_collection":"%b",%b\n' % (item.collection.encode(), as_bytes(item)[1:])
            for item in items
        )
        # Same items, same bytes, same name: a repeated write adds no object.
        body = gzip.compress(b"".join(lines), mtime=0)
        name = f"crawls/{self._spider}/replay-{hashlib.sha256(body).hexdigest()[:32]}.jsonl.gz"
        await asyncio.to_thread(self._client.put_object, Bucket=self._bucket, Key=name, Body=body)
        return Outcome()

    def transient(self, error: BaseException) -> bool:
        """See `transient` of this module."""
        return transient(error)

    async def close(self) -> None:
        """Close the connections."""
        self._client.close()
