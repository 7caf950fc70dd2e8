"""What a perfect spider brings back from the social feed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.practice.social import index_range, message
from lab.practice.world import World, stable_id


def messages(world: World) -> Iterator[dict[str, Any]]:
    """Yield every message of the feed, newest first; `url` is that of the message alone."""
    for index in reversed(index_range(world)):
        found = message(world, index)
        yield {
            "id": stable_id(found.canonical_url),
            "url": found.path,
            "canonical_url": found.canonical_url,
            "source": "fil.example",
            "auteur": found.author,
            "compte": found.account,
            "texte": found.text,
            "mots": list(dict.fromkeys(found.hashtags)),
            "mentions": list(dict.fromkeys(found.mentions)),
            "jaime": found.likes,
            "partages": found.reposts,
            "publie": found.published,
        }
