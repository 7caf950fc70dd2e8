"""What the judges of this chapter share: a prefix of their own, safe calls, a watched client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import uuid4

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong

PREFIX = "s300-juge"


def client() -> Any:
    """The lab's S3 client."""
    return workspace.s3()


def listed(prefix: str) -> dict[str, int]:
    """Return key -> size of every object under a prefix."""
    pages = client().get_paginator("list_objects_v2")
    return {
        one["Key"]: one["Size"]
        for page in pages.paginate(Bucket=workspace.bucket(), Prefix=prefix)
        for one in page.get("Contents", [])
    }


def empty(prefix: str) -> None:
    """Remove every object under a prefix."""
    keys = [{"Key": key} for key in listed(prefix)]
    for start in range(0, len(keys), 1000):
        chunk = {"Objects": keys[start : start + 1000], "Quiet": True}
        client().delete_objects(Bucket=workspace.bucket(), Delete=chunk)


@contextmanager
def folder() -> Iterator[str]:
    """Give a new prefix (ends with a slash); what is under it is removed at the end."""
    root = f"{PREFIX}/{uuid4().hex[:8]}/"
    try:
        yield root
    finally:
        empty(root)


def put(key: str, body: bytes = b"x") -> None:
    """Write one object."""
    client().put_object(Bucket=workspace.bucket(), Key=key, Body=body)


def get(key: str) -> bytes:
    """Read one object."""
    body = client().get_object(Bucket=workspace.bucket(), Key=key)["Body"].read()
    return bytes(body)


def called(function: Any, *arguments: Any, hint: str = "") -> Any:
    """Return what the student's function gives. Raises Wrong when it is none, or raises."""
    call = expect.callable_(function, hint)
    try:
        return call(*arguments)
    except Exception as error:
        said = f"Appelée par la vérification, elle lève {type(error).__name__} : {error}"
        raise Wrong(f"{said[:200].rstrip('.')}.", hint) from None


class Watched:
    """A client that remembers the arguments of each call: ``[("get_object", {…}), …]``."""

    def __init__(self, target: Any) -> None:
        self._target = target
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def command(*arguments: Any, **options: Any) -> Any:
            self.calls.append((name, options))
            return found(*arguments, **options)

        return command


@cache
def small_pages() -> Any:
    """A client whose listings stop every 7 keys, as they do every 1,000 for everyone."""
    import boto3
    from botocore.config import Config

    values = workspace.settings()
    made = boto3.client(
        "s3",
        endpoint_url=values.need("aws_endpoint_url"),
        aws_access_key_id=values.need("aws_access_key_id"),
        aws_secret_access_key=values.need("aws_secret_access_key"),
        region_name=values.aws_default_region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )

    def shorten(params: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**params, "MaxKeys": min(7, params.get("MaxKeys", 7))}

    events: Any = made.meta.events
    events.register("provide-client-params.s3.ListObjectsV2", shorten)
    events.register("provide-client-params.s3.ListObjects", shorten)
    return made
