"""The answer key, in the form that an item has once stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lab.practice import truth
from lab.practice.world import World

# Known only once a page was fetched, or never part of an item.
UNSEEN = {"spider", "scraped_at"}


def expected(collection: str, base: str, world: World) -> dict[str, dict[str, Any]]:
    """Return {id: item} with addresses on the server `base`."""
    items: Iterable[dict[str, Any]] = getattr(truth, collection)(world)
    return {
        item["id"]: {
            **{name: value for name, value in item.items() if name != "number"},
            "url": base + item["url"],
            "image": base + item["image"],
        }
        for item in items
    }


def seen(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a stored document says, without what the answer key cannot know."""
    return {
        name: datetime.fromisoformat(value)
        if name in ("published", "modified") and isinstance(value, str)
        else value
        for name, value in document.items()
        if name not in UNSEEN and name != "_id"
    }
