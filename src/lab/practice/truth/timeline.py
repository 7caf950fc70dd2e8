"""What changed between two days: what an incremental crawl brings back, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from lab.practice import truth
from lab.practice.changes import LATEST_CORRECTION, correction, withdrawn
from lab.practice.products import product
from lab.practice.world import World, stable_id

GONE = "Discontinued"  # https://schema.org/Discontinued


def articles(before: World | None, now: World) -> Iterator[dict[str, Any]]:
    """Yield the articles that came out or were corrected since `before` (None: all)."""
    for index in range(now.article_count):
        item = truth.article(now, index)
        known = before is not None and index < before.article_count
        if known and truth.article(before, index)["modified"] == item["modified"]:  # type: ignore[arg-type]
            continue
        yield {**item, "url": f"/le/{now.today}{item['url']}"}


def prices(before: World | None, now: World) -> Iterator[dict[str, Any]]:
    """Yield one record per product that is new, changed or withdrawn since `before`.

    `prix` in euros, None once withdrawn; `prix_precedent` what the last visit saw.
    """
    gone, already = withdrawn(now), withdrawn(before) if before else frozenset()
    for index in range(now.products):
        item = product(now, index)
        was = product(before, index) if before else None
        if index in already or (was is None and index in gone):
            continue
        if index in gone:
            yield _record(now, item.canonical_url, item.name, item.path, None, GONE, was)
        elif was is None or (was.price, was.availability) != (item.price, item.availability):
            yield _record(
                now, item.canonical_url, item.name, item.path, item.price, item.availability, was
            )


def _record(
    now: World, address: str, name: str, path: str, price: float | None, state: str, was: Any
) -> dict[str, Any]:
    return {
        "id": stable_id(f"{address}#{now.today}"),
        "url": f"/le/{now.today}{path}",
        "canonical_url": address,
        "source": "boutique.example",
        "nom": name,
        "jour": now.today.isoformat(),
        "prix": price,
        "monnaie": "EUR" if price is not None else None,
        "disponibilite": state,
        "prix_precedent": was.price if was else None,
    }


@lru_cache(maxsize=64)
def summary(now: World) -> tuple[int, int, int, int]:
    """Count what changed since the day before: new articles, corrected ones, prices, withdrawn.

    Only the articles of the last days and the first 300 products are looked at.
    """
    before = replace(now, today=now.today - timedelta(days=1))
    oldest = max(0, before.article_count - LATEST_CORRECTION * now.per_day)
    dates = (
        correction(now, index, now.published(index, 0.0))
        for index in range(oldest, before.article_count)
    )
    gone, already = withdrawn(now), withdrawn(before)
    changed = sum(
        product(before, index).price != product(now, index).price
        for index in range(min(300, now.products))
        if index not in gone
    )
    return (
        now.article_count - before.article_count,
        sum(moment is not None and moment.date() == now.today for moment in dates),
        changed,
        len(gone - already),
    )
