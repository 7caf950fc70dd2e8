"""What the storage needs to know, from Scrapy's settings or from the environment contract.

Passwords are inside the addresses: the record's repr shows no address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.settings import Paths, load

UNAVAILABLE = "store_unavailable"  # the finish reason of a crawl whose store stayed down
CONFIG = "LAB_STORAGE"  # the setting that holds the StorageConfig of a crawl
STORES = ("mongo", "elasticsearch", "redis", "s3")

# Names of the environment contract, which are also the names of the Scrapy settings.
CONTRACT = (
    "MONGO_URL",
    "REDIS_URL",
    "ELASTICSEARCH_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "LAB_BUCKET",
)

# Every setting of the add-on with its default; units are seconds, items and bytes.
DEFAULTS: Mapping[str, Any] = {
    "LAB_STORES": list(STORES),
    "LAB_BATCH_SIZE": 500,
    "LAB_BATCH_AGE": 1.0,
    "LAB_QUEUE_SIZE": 2000,
    "LAB_QUEUE_BYTES": 32 * 2**20,  # of JSON, for each store
    "LAB_COLLECTION": None,  # of items whose class names none: the spider's name
    "LAB_ARCHIVE_BATCH": 1000,
    "LAB_ARCHIVE_FORMAT": "jsonl.gz",  # or "parquet"
    "LAB_STORE_TIMEOUT": 30.0,
    "LAB_STORE_DEADLINE": 120.0,
    "LAB_DEAD_LETTERS": None,  # the lab's own folder: .lab/dead-letters
    "LAB_MAX_PAGES": 0,
    "LAB_PROGRESS_FILE": None,
    "LAB_REPORT": True,  # a plain `scrapy crawl` makes its report (`lab crawl` always does)
    "LAB_COVERAGE": {},  # {"articles/authors": 0.9}: the least share of items with this field
}


NEEDS = {
    "mongo": ("MONGO_URL",),
    "elasticsearch": ("ELASTICSEARCH_URL",),
    "redis": ("REDIS_URL",),
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "LAB_BUCKET"),
}


@dataclass(frozen=True)
class StorageConfig:
    """Where the stores are and how patient to be; durations in seconds, sizes in items."""

    mongo_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    elasticsearch_url: str = field(default="", repr=False)
    aws_access_key_id: str = field(default="", repr=False)
    aws_secret_access_key: str = field(default="", repr=False)
    aws_session_token: str = field(default="", repr=False)
    aws_default_region: str = "us-east-1"
    aws_endpoint_url: str = field(default="", repr=False)
    lab_bucket: str = "lab"
    stores: tuple[str, ...] = STORES
    batch_size: int = 500
    batch_age: float = 1.0
    queue_size: int = 2000
    queue_bytes: int = 32 * 2**20
    timeout: float = 30.0
    deadline: float = 120.0
    dead_letters: Path = field(default_factory=lambda: Paths.find().dead_letters)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> StorageConfig:
        """Build from names of the contract and of `DEFAULTS` (Scrapy settings, environment)."""
        contract = {n.lower(): str(values[n]) for n in CONTRACT if values.get(n)}
        options = {n: values[n] if values.get(n) is not None else d for n, d in DEFAULTS.items()}
        stores = options["LAB_STORES"]
        if isinstance(stores, str):  # written on a command line: -s LAB_STORES=mongo,redis
            stores = [name.strip() for name in stores.split(",") if name.strip()]
        unknown = sorted(set(stores) - set(STORES))
        if unknown:
            raise ValueError(
                f"LAB_STORES : dépôt inconnu {', '.join(unknown)} (connus : {', '.join(STORES)})"
            )
        return cls(
            **contract,
            stores=tuple(name for name in STORES if name in stores),
            batch_size=int(options["LAB_BATCH_SIZE"]),
            batch_age=float(options["LAB_BATCH_AGE"]),
            queue_size=int(options["LAB_QUEUE_SIZE"]),
            queue_bytes=int(options["LAB_QUEUE_BYTES"]),
            timeout=float(options["LAB_STORE_TIMEOUT"]),
            deadline=float(options["LAB_STORE_DEADLINE"]),
            dead_letters=Path(options["LAB_DEAD_LETTERS"] or Paths.find().dead_letters),
        )

    @classmethod
    def complete(cls, values: Mapping[str, Any]) -> StorageConfig:
        """As `from_mapping`; what is absent comes from the environment contract.

        Raises ConfigurationMissing when a store that is on has no address.
        """
        known = load()
        contract = {n: values.get(n) or getattr(known, n.lower()) for n in CONTRACT}
        config = cls.from_mapping({**{n: values.get(n) for n in DEFAULTS}, **contract})
        for store in config.stores:
            for name in NEEDS[store]:
                if not contract[name]:
                    known.need(name.lower())
        return config
