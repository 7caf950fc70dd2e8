"""What the feeds of the newspaper say: fewer fields than the articles, each format its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.practice import truth
from lab.practice.site.feeds import FEED_SIZE
from lab.practice.world import World

# What an article has and a format does not say.
ABSENT: dict[str, dict[str, Any]] = {
    "rss": {"modified": None, "tags": [], "image": None, "body": None},
    "atom": {"image": None, "body": None},
    "json": {"body": None},
}


def feed(world: World, kind: str) -> Iterator[dict[str, Any]]:
    """Yield the newest articles as a feed gives them; `kind` is "rss", "atom" or "json"."""
    for index in world.newest(None, 0, FEED_SIZE):
        yield {**truth.article(world, index), **ABSENT[kind]}
