"""What a spider yields, and the form in which the four stores keep it.

`Record` is the base of the kinds known by name (`Article`, `Product`, and those a project
declares); any other item becomes a `Document`. A spider fills in what it read, as it read it;
`clean` returns a clean copy or raises `InvalidItem`, so that nothing half understood is ever
stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar, cast
from urllib.parse import urlsplit

import orjson

from lab.scraping import cleaning, generic

# Not part of an item's content: where and when this copy was seen.
VOLATILE = frozenset({"url", "scraped_at"})
ID_SIZE = 512  # bytes: the limit of Elasticsearch's _id
COLLECTIONS: dict[str, type[Record]] = {}


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


# Metadata of a field. "clean": the function that cleans it (by default texts and lists of
# texts are cleaned, other values made plain); "required": an item without it is refused;
# "serializer": read by Scrapy's exporters.
DATE: Mapping[str, Any] = {"clean": cleaning.moment, "serializer": isoformat}
SHORT: Mapping[str, Any] = {"clean": cleaning.short}
MEDIUM: Mapping[str, Any] = {"clean": cleaning.medium}
LONG: Mapping[str, Any] = {"clean": cleaning.long}
TEXTS: Mapping[str, Any] = {"clean": cleaning.texts}
NUMBER: Mapping[str, Any] = {"clean": cleaning.number}
COUNT: Mapping[str, Any] = {"clean": cleaning.count}
ADDRESS: Mapping[str, Any] = {"clean": cleaning.address}


@dataclass(kw_only=True)
class Record:
    """Base of the items stored under a name: a subclass adds its fields and its `collection`.

    ``id``: given by the spider, else the stable id of the canonical address. Dates are aware;
    after `clean`, in UTC. A subclass is a dataclass too::

        @dataclass(kw_only=True)
        class Citation(Record):
            collection: ClassVar[str] = "citations"
            texte: str | None = field(default=None, metadata={"required": True})
            note: float | str | None = field(default=None, metadata=NUMBER)
    """

    collection: ClassVar[str] = ""
    archived: ClassVar[bool] = False  # set on an instance: S3 already holds this content

    id: str = ""
    url: str = ""
    canonical_url: str = ""
    source: str | None = field(default=None, metadata=SHORT)
    spider: str = ""
    scraped_at: datetime | str | None = field(default=None, metadata=DATE)

    def check(self) -> None:
        """Raise InvalidItem when clean fields contradict each other; called at cleaning."""


@dataclass(kw_only=True)
class Article(Record):
    """A press article."""

    collection: ClassVar[str] = "articles"

    title: str | None = field(default=None, metadata={**MEDIUM, "required": True})
    description: str | None = field(default=None, metadata=LONG)
    authors: list[str] = field(default_factory=list, metadata=TEXTS)
    section: str | None = field(default=None, metadata=SHORT)
    tags: list[str] = field(default_factory=list, metadata=TEXTS)
    language: str | None = field(default=None, metadata={"clean": cleaning.language})
    published: datetime | str | None = field(default=None, metadata=DATE)
    modified: datetime | str | None = field(default=None, metadata=DATE)
    body: str | None = field(default=None, metadata=LONG)
    image: str | None = field(default=None, metadata=ADDRESS)


@dataclass(kw_only=True)
class Product(Record):
    """A product of a shop. `price` is in `currency`; `rating` on the shop's own scale."""

    collection: ClassVar[str] = "products"

    name: str | None = field(default=None, metadata={**MEDIUM, "required": True})
    brand: str | None = field(default=None, metadata=SHORT)
    category: str | None = field(default=None, metadata=SHORT)
    sku: str | None = field(default=None, metadata=SHORT)
    price: float | str | None = field(default=None, metadata=NUMBER)
    currency: str | None = field(default=None, metadata={"clean": cleaning.currency})
    availability: str | None = field(default=None, metadata={"clean": cleaning.availability})
    rating: float | str | None = field(default=None, metadata=NUMBER)
    reviews: int | str | None = field(default=None, metadata=COUNT)
    description: str | None = field(default=None, metadata=LONG)
    image: str | None = field(default=None, metadata=ADDRESS)

    def check(self) -> None:
        """A price needs a currency."""
        if self.price is not None and not self.currency:
            raise InvalidItem("currency", "un prix sans monnaie ne veut rien dire")


COLLECTIONS.update({kind.collection: kind for kind in (Article, Product)})


class Document(dict[str, Any]):
    """A clean item of a student's own kind: its fields, and where it goes (`collection`)."""

    archived = False

    def __init__(self, values: Mapping[str, Any], collection: str) -> None:
        super().__init__(values)
        self.collection = collection

    @property
    def id(self) -> str:
        """The id under which every store knows it."""
        return str(self["id"])

    @property
    def url(self) -> str:
        """The page it was read on, or nothing."""
        return str(self.get("url") or "")

    @property
    def canonical_url(self) -> str:
        """The address it is known under, or nothing."""
        return str(self.get("canonical_url") or "")

    @property
    def spider(self) -> str:
        """Who brought it."""
        return str(self.get("spider") or "")

    @property
    def scraped_at(self) -> datetime:
        """When it was seen, in UTC."""
        return cast(datetime, self["scraped_at"])


Item = Record | Document
REQUIRED: Mapping[str, tuple[str, ...]] = {"articles": ("title",), "products": ("name",)}
R = TypeVar("R", bound=Record)

# Looked at for each item: made once per class.
_PLANS: dict[type[Any], tuple[tuple[str, Callable[[Any], Any], bool], ...]] = {}
_NAMES: dict[type[Any], tuple[str, ...]] = {}


def plan(kind: type[Record]) -> tuple[tuple[str, Callable[[Any], Any], bool], ...]:
    """Return (name, cleaner, required) for each field that `clean` does not set itself."""
    if kind not in _PLANS:
        ours = {"id", "url", "canonical_url", "spider"}
        _PLANS[kind] = tuple(
            (one.name, one.metadata.get("clean", by_default), bool(one.metadata.get("required")))
            for one in fields(kind)
            if one.name not in ours
        )
    return _PLANS[kind]


def names(kind: type[Record]) -> tuple[str, ...]:
    """Return the fields of a kind in the order of the data model."""
    if kind not in _NAMES:
        _NAMES[kind] = tuple(one.name for one in fields(kind))
    return _NAMES[kind]


def required(kind: type[Record]) -> tuple[str, ...]:
    """Return the fields without which an item of this kind is refused."""
    return tuple(name for name, _, needed in plan(kind) if needed)


def by_default(value: Any) -> Any:
    """Clean a field that says nothing: texts and lists of texts tidied, the rest made plain."""
    if isinstance(value, str):
        return cleaning.long(value)
    if isinstance(value, list | tuple | set) and all(isinstance(one, str) for one in value):
        return cleaning.texts(value, limit=cleaning.LONG)
    return generic.plain(value)


def clean(item: R, *, spider: str = "", now: datetime | None = None) -> R:
    """Return a new item with clean values, its id, its source, and when it was seen.

    Raises InvalidItem naming the first field that is missing or not understood.
    """
    values: dict[str, Any] = {}
    try:
        name = "canonical_url"
        address = values[name] = cleaning.canonical_url(item.canonical_url or item.url)
        name = "url"
        values[name] = cleaning.text(item.url) or address
        name = "id"
        values[name] = given_id(item.id) or stable_id(address)
        for name, cleaner, needed in plan(type(item)):
            values[name] = value = cleaner(getattr(item, name))
            if needed and value in (None, "", []):
                raise InvalidItem(name, "valeur absente")
    except InvalidItem:
        raise
    except ValueError as error:
        raise InvalidItem(name, str(error)) from error
    values["source"] = values["source"] or urlsplit(address).hostname
    values["spider"] = spider or item.spider
    values["scraped_at"] = values["scraped_at"] or cleaning.moment(now or datetime.now(UTC))
    cleaned = type(item)(**values)
    cleaned.check()
    return cleaned


def given_id(value: Any) -> str:
    """Return the id that a spider chose, or "". Raises ValueError for one no store takes."""
    if value is None or value == "" or isinstance(value, bool):
        return ""
    if not isinstance(value, str | int):
        raise ValueError(f"texte ou nombre entier attendu, reçu {type(value).__name__}")
    written = cleaning.text(str(value)) or ""
    if len(written.encode()) > ID_SIZE:
        raise ValueError(f"identifiant de plus de {ID_SIZE} octets")
    return written


def as_record(item: Item) -> dict[str, Any]:
    """Return the fields of an item (dates stay dates)."""
    if isinstance(item, Document):
        return dict(item)
    return {name: getattr(item, name) for name in names(type(item))}


def as_json(item: Item) -> dict[str, Any]:
    """Return the fields of an item with dates as ISO 8601 texts."""
    return cast(dict[str, Any], orjson.loads(as_bytes(item)))


def as_bytes(item: Item) -> bytes:
    """Return an item as one line of UTF-8 JSON. Raises TypeError for what is not clean.

    Made once: an item must not be changed after the first call (by a pipeline placed after
    the stores').
    """
    state = item.__dict__
    line: bytes | None = state.get("_line")
    if line is None:
        line = state["_line"] = orjson.dumps(as_record(item))
    return line


def fingerprint(values: Mapping[str, Any]) -> str:
    """Return 16 hex digits that change when the content (all but `VOLATILE`) changes.

    `values` is what `as_record` or `as_json` gives: the same for an item and for its archived
    line.
    """
    content = {name: value for name, value in values.items() if name not in VOLATILE}
    # An image on the page's own host: only its path is content (a local site changes port).
    here = str(values.get("url") or "").split("/", 3)[:3]
    image = str(content.get("image") or "").split("/", 3)
    if image[:3] == here:
        content["image"] = image[3:]
    written = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(written).hexdigest()[:16]


def member(collection: str, item_id: str) -> str:
    """Return the name of an item in a spider's Redis keys (``seen``, ``archived``).

    The bare id for `COLLECTIONS`; with its collection otherwise, since a student's own ids
    (1, 2, 3…) can be the same in two collections.
    """
    return item_id if collection in COLLECTIONS else f"{collection}:{item_id}"
