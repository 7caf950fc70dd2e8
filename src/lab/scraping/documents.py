"""From anything a spider yields to a clean item with a collection and an id."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
from itemadapter import ItemAdapter

from lab.scraping import cleaning, generic
from lab.scraping.items import (
    COLLECTIONS,
    Document,
    InvalidItem,
    Item,
    Record,
    clean,
    given_id,
    names,
    stable_id,
)

# A name that MongoDB, Elasticsearch (lower case, no leading sign), Redis and S3 all accept.
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
# Names that belong to others: MongoDB's and Redis's own, Scrapy's queues.
_TAKEN = re.compile(r"system(\..*)?|admin|local|config")


def check_collection(name: str) -> str:
    """Return a collection's name if every store accepts it. Raises InvalidItem."""
    if not isinstance(name, str) or not is_collection(name):
        raise InvalidItem(
            "collection",
            f"{str(name)[:80]!r} n’est pas un nom de collection (minuscules, chiffres, « - » "
            "et « _ », 64 au plus)",
        )
    return name


def is_collection(name: str) -> bool:
    """Tell whether a name can be a collection of items."""
    return bool(_SLUG.fullmatch(name)) and not _TAKEN.fullmatch(name)


def slug(name: str) -> str:
    """Return the collection's name that comes from a spider's name."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_-]+", "_", bare).strip("_-")[:64] or "items"


def collection_for(item: Any, default: str) -> str:
    """Return the collection of an item: its class's `collection`, else `default`."""
    own = getattr(item if isinstance(item, Document) else type(item), "collection", None)
    return check_collection(own if isinstance(own, str) and own else default)


def accept(item: Any, *, collection: str, spider: str = "", now: datetime | None = None) -> Item:
    """Return the clean form of any item a spider yields. Raises InvalidItem.

    A `Record` stays of its class; a dict, a dataclass, an attrs or pydantic object or a
    `scrapy.Item` becomes a `Document` of its class's `collection`, else of `collection`.
    """
    name = collection_for(item, collection)
    if isinstance(item, Record):
        cleaned = clean(item, spider=spider, now=now)
        if not type(item).collection:
            cleaned.collection = name  # type: ignore[misc]  # a kind that names none
        return cleaned
    if not ItemAdapter.is_item(item):
        raise InvalidItem(
            "item", f"dictionnaire, dataclass ou Item attendu, reçu {type(item).__name__}"
        )
    try:
        values = generic.document(item)
        cleaned_id = given_id(values.get("id"))
    except generic.Refused as error:
        raise InvalidItem(error.path, str(error)) from error
    except ValueError as error:
        raise InvalidItem("id", str(error)) from error
    kind = COLLECTIONS.get(name)
    if kind is not None:
        if unknown := sorted(set(values) - set(names(kind))):
            raise InvalidItem(
                unknown[0],
                f"la collection {name} attend les champs d’un {kind.__name__} ; "
                "donnez un autre nom par LAB_COLLECTION",
            )
        return clean(kind(**values), spider=spider, now=now)
    return _complete(values, cleaned_id, name, spider, now)


def _complete(
    values: dict[str, Any], item_id: str, collection: str, spider: str, now: datetime | None
) -> Document:
    """Add what every stored document has: `id`, `spider`, `scraped_at`, and its address."""
    content = values.copy()
    address = _address(values)
    if address:
        values["canonical_url"] = address
        values.setdefault("source", urlsplit(address).hostname)
    values["spider"] = spider or str(values.get("spider") or "")
    try:
        seen = cleaning.moment(values.get("scraped_at"))
    except ValueError as error:
        raise InvalidItem("scraped_at", str(error)) from error
    values["scraped_at"] = seen or cleaning.moment(now or datetime.now(UTC))
    values["id"] = item_id or (stable_id(address) if address else content_id(content))
    return Document(values, collection)


def _address(values: Mapping[str, Any]) -> str:
    """Return the canonical address, or "" when the item gives none that is absolute."""
    for name in ("canonical_url", "url"):
        try:
            if values.get(name):
                return cleaning.canonical_url(values[name])
        except ValueError:
            continue  # e.g. « /page/2/ »: kept as it is, but it names nothing
    return ""


def content_id(values: Mapping[str, Any]) -> str:
    """Return an id made of an item's content: the same item again has the same id."""
    content = {n: v for n, v in values.items() if n not in ("id", "spider", "scraped_at")}
    written = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(written).hexdigest()[:32]


def from_stored(collection: str, values: Mapping[str, Any]) -> Item:
    """Rebuild a clean item from what a store or a dead letter holds. Raises InvalidItem.

    The kinds of `COLLECTIONS` come back in their class, whatever else as a `Document`: the
    project that declared the class need not be at hand.
    """
    return accept(dict(values), collection=collection)
