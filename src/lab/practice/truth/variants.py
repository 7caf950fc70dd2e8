"""What a perfect spider brings back from the section shown with three layouts: the articles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.practice import truth
from lab.practice.world import World


def articles(world: World) -> Iterator[dict[str, Any]]:
    """Yield every article, newest first, whichever layout shows it."""
    for index in range(world.article_count - 1, -1, -1):
        item = truth.article(world, index)
        yield {**item, "url": f"/variantes/article/{item['number']}/"}
