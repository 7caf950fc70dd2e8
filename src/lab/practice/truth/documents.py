"""What a perfect spider finds in the downloads: what the files say, not their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.practice.documents import document_count, photograph, report
from lab.practice.world import World, stable_id


def reports(world: World) -> Iterator[dict[str, Any]]:
    """Yield every report; `tableau` holds every row of its tables but the totals."""
    for index in range(document_count(world)):
        item = report(world, index)
        rows = [row for table in item.tables for row in table]
        yield {
            "id": stable_id(item.canonical_url),
            "url": f"/documents/rapport/{item.number}/",
            "canonical_url": item.canonical_url,
            "source": "documents.example",
            "titre": item.title,
            "organisme": item.body,
            "annee": item.year,
            "pages": item.pages,
            "resume": item.summary,
            "tableau": [{"poste": post, "montant": amount} for post, amount in rows],
            "total": sum(amount for _, amount in rows),
            "fichier": f"rapports/{item.name}",
        }


def photographs(world: World) -> Iterator[dict[str, Any]]:
    """Yield every photograph; `largeur` and `hauteur` in pixels."""
    for index in range(document_count(world)):
        item = photograph(world, index)
        yield {
            "id": stable_id(item.canonical_url),
            "url": f"/documents/photographie/{item.number}/",
            "canonical_url": item.canonical_url,
            "source": "documents.example",
            "titre": item.title,
            "lieu": item.place,
            "credit": item.credit,
            "largeur": item.width,
            "hauteur": item.height,
        }
