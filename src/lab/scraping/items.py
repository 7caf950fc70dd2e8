"""What a spider yields: `Article` and `Product`, the same fields in the four stores.

A spider fills in what it read, as it read it; `clean` returns a copy with clean values (or
raises `InvalidItem`), so that nothing half understood is ever stored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from lab.scraping import cleaning

LONG = 1_000_000  # characters of a body: larger is a trap, not an article
MEDIUM = 5_000
SHORT = 1_000
# Not part of an item's content: where and when this copy was seen.
VOLATILE = frozenset({"url", "scraped_at"})


class InvalidItem(ValueError):
    """An item that cannot be stored: `field` and a French `reason`."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(f"{field_name} : {reason}")
        self.field = field_name
        self.reason = reason


def stable_id(url: str) -> str:
    """Return the first 32 hex digits of the SHA-256 of the canonical address."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def isoformat(value: Any) -> Any:
    """Write dates as ISO 8601 with their zone (Scrapy's own encoder drops the zone)."""
    return value.isoformat() if isinstance(value, datetime) else value


# Read by Scrapy's exporters (`ItemAdapter.get_field_meta`).
ISO = {"serializer": isoformat}


@dataclass(kw_only=True)
class Article:
    """A press article. Dates are aware; after `clean`, in UTC."""

    collection: ClassVar[str] = "articles"
    archived: ClassVar[bool] = False  # set on an instance: S3 already holds this content

    id: str = ""
    url: str = ""
    canonical_url: str = ""
    title: str | None = None
    description: str | None = None
    authors: list[str] = field(default_factory=list)
    section: str | None = None
    tags: list[str] = field(default_factory=list)
    language: str | None = None
    published: datetime | str | None = field(default=None, metadata=ISO)
    modified: datetime | str | None = field(default=None, metadata=ISO)
    body: str | None = None
    image: str | None = None
    source: str | None = None
    spider: str = ""
    scraped_at: datetime | str | None = field(default=None, metadata=ISO)


@dataclass(kw_only=True)
class Product:
    """A product of a shop. `price` is in `currency`; `rating` on the shop's own scale."""

    collection: ClassVar[str] = "products"
    archived: ClassVar[bool] = False

    id: str = ""
    url: str = ""
    canonical_url: str = ""
    name: str | None = None
    brand: str | None = None
    category: str | None = None
    sku: str | None = None
    price: float | str | None = None
    currency: str | None = None
    availability: str | None = None
    rating: float | str | None = None
    reviews: int | str | None = None
    description: str | None = None
    image: str | None = None
    source: str | None = None
    spider: str = ""
    scraped_at: datetime | str | None = field(default=None, metadata=ISO)


Item = Article | Product
T = TypeVar("T", bound=Item)
COLLECTIONS: Mapping[str, type[Article] | type[Product]] = {
    "articles": Article,
    "products": Product,
}


def _short(value: Any) -> str | None:
    return cleaning.text(value, limit=SHORT)


def _medium(value: Any) -> str | None:
    return cleaning.text(value, limit=MEDIUM)


def _long(value: Any) -> str | None:
    return cleaning.text(value, lines=True, limit=LONG)


def _address(value: Any) -> str | None:
    return cleaning.canonical_url(value) if value else None


def _language(value: Any) -> str | None:
    code = _short(value)
    return code.replace("_", "-").split("-")[0].lower() if code else None


def _currency(value: Any) -> str | None:
    code = _short(value)
    code = {"€": "EUR"}.get(code, code.upper()) if code else None
    if code is not None and (len(code) != 3 or not code.isascii() or not code.isalpha()):
        raise ValueError(f"code de monnaie inconnu : {code[:20]!r}")
    return code


def _availability(value: Any) -> str | None:
    # schema.org writes an address: https://schema.org/InStock
    word = _short(value)
    return word.rstrip("/").rsplit("/", 1)[-1] if word else None


def _count(value: Any) -> int | None:
    amount = cleaning.number(value)
    if amount is not None and not amount.is_integer():
        raise ValueError(f"nombre entier attendu : {value!r}")
    return None if amount is None else int(amount)


CLEANERS: Mapping[str, Callable[[Any], Any]] = {
    "title": _medium,
    "name": _medium,
    "description": _long,
    "body": _long,
    "authors": cleaning.texts,
    "tags": cleaning.texts,
    "section": _short,
    "category": _short,
    "brand": _short,
    "sku": _short,
    "source": _short,
    "language": _language,
    "published": cleaning.moment,
    "modified": cleaning.moment,
    "scraped_at": cleaning.moment,
    "image": _address,
    "price": cleaning.number,
    "rating": cleaning.number,
    "reviews": _count,
    "currency": _currency,
    "availability": _availability,
}
REQUIRED: Mapping[str, tuple[str, ...]] = {"articles": ("title",), "products": ("name",)}


def clean(item: T, *, spider: str = "", now: datetime | None = None) -> T:
    """Return a new item with clean values, its stable id, its source, and when it was seen.

    Raises InvalidItem naming the first field that is missing or not understood.
    """
    values: dict[str, Any] = {}
    try:
        name = "canonical_url"
        values[name] = cleaning.canonical_url(item.canonical_url or item.url)
        name = "url"
        values[name] = cleaning.text(item.url) or values["canonical_url"]
        for name, cleaner in CLEANERS.items():
            if hasattr(item, name):
                values[name] = cleaner(getattr(item, name))
    except ValueError as error:
        raise InvalidItem(name, str(error)) from error
    for name in REQUIRED[item.collection]:
        if not values[name]:
            raise InvalidItem(name, "valeur absente")
    if isinstance(item, Product) and values["price"] is not None and not values["currency"]:
        raise InvalidItem("currency", "un prix sans monnaie ne veut rien dire")
    values["id"] = stable_id(values["canonical_url"])
    values["source"] = values["source"] or urlsplit(values["canonical_url"]).hostname
    values["spider"] = spider or item.spider
    values["scraped_at"] = values["scraped_at"] or cleaning.moment(now or datetime.now(UTC))
    return replace(item, **values)


def as_record(item: Item) -> dict[str, Any]:
    """Return the fields of an item in the order of the data model (dates stay dates)."""
    return {f.name: getattr(item, f.name) for f in fields(item)}


def as_json(item: Item) -> dict[str, Any]:
    """Return the fields of an item with dates as ISO 8601 texts."""
    return {name: isoformat(value) for name, value in as_record(item).items()}


def from_json(collection: str, values: Mapping[str, Any]) -> Item:
    """Rebuild a clean item from what `as_json` gave. Raises InvalidItem."""
    try:
        item = COLLECTIONS[collection](**values)
    except (KeyError, TypeError) as error:
        raise InvalidItem("collection", f"document inconnu : {error}") from error
    return clean(item)


def fingerprint(values: Mapping[str, Any]) -> str:
    """Return 16 hex digits that change when the content (all but `VOLATILE`) changes.

    `values` is what `as_json` gives: the same for an item and for its archived line.
    """
    content = {name: value for name, value in values.items() if name not in VOLATILE}
    # An image on the page's own host: only its path is content (a local site changes port).
    here = str(values.get("url") or "").split("/", 3)[:3]
    image = str(content.get("image") or "").split("/", 3)
    if image[:3] == here:
        content["image"] = image[3:]
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:16]
