"""What a perfect spider brings back from the flea market: each ad once, its values clean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.practice.dirty import FREE, ON_REQUEST, ad, ad_count
from lab.practice.world import World, stable_id


def ads(world: World) -> Iterator[dict[str, Any]]:
    """Yield every ad. `depose` is a day of Paris (ISO 8601); texts have single plain spaces.

    `url` is the official one: a spider may have come by another, and says which it took.
    """
    for index in range(ad_count(world)):
        item = ad(world, index)
        yield {
            "id": stable_id(item.canonical_url),
            "url": item.path,
            "canonical_url": item.canonical_url,
            "source": "brocante.example",
            "titre": item.title,
            "prix": item.price,
            "monnaie": item.currency,
            "mention": item.kind if item.kind in (FREE, ON_REQUEST) else None,
            "depose": item.posted.isoformat(),
            "lieu": item.city,
            "vendeur": item.seller,
            "etat": item.state,
            "description": item.description,
        }
