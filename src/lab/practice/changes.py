"""What changes after the reference day: corrected articles, prices, products withdrawn.

Until `REFERENCE_DAY` included nothing here has any effect, and costs nothing.  After it, each
change has a day drawn from (seed, kind, index), so that the web of any day can be computed
without going through the days before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from lab.practice.world import REFERENCE_DAY, World

CORRECTED, LATEST_CORRECTION = 0.15, 10  # share of the articles, days after they came out
FIRST_PERIOD, LAST_PERIOD = 2, 9  # days between two prices of a product
LARGEST_CHANGE = 0.25
RESTOCKED = 0.3  # how often a new price comes with another availability
WITHDRAWN_A_DAY = 0.7
# Past a year nothing more is withdrawn: the shop must not end up empty.
LONGEST_SALE = 366


def correction(world: World, index: int, published: datetime) -> datetime | None:
    """Return when article `index` was corrected afterwards, None if not (yet)."""
    if world.today <= REFERENCE_DAY:
        return None
    if published.date() + timedelta(days=LATEST_CORRECTION) <= REFERENCE_DAY:
        return None
    rng = world.rng("correction", index)
    if rng.random() >= CORRECTED:
        return None
    day = published.date() + timedelta(days=1 + rng.randrange(LATEST_CORRECTION))
    if not REFERENCE_DAY < day <= world.today:
        return None
    at = time(7 + rng.randrange(14), rng.randrange(60), rng.randrange(60))
    return datetime.combine(day, at, published.tzinfo)


@dataclass(frozen=True, slots=True)
class Offer:
    """A price and an availability, `None` when the product's first one still holds."""

    price: float | None = None
    draw: float | None = None  # in [0, 1): picks an availability


def offer(world: World, index: int, price: float) -> Offer:
    """Return what is asked for product `index` on the simulated day; `price` is its first one."""
    elapsed = (world.today - REFERENCE_DAY).days
    if elapsed <= 0:
        return Offer()
    rng = world.rng("offer", index)
    period = rng.randint(FIRST_PERIOD, LAST_PERIOD)
    turn = (elapsed + rng.randrange(period)) // period
    if turn == 0:
        return Offer()
    rng = world.rng(f"offer {turn}", index)
    changed = price * (1 + LARGEST_CHANGE * (2 * rng.random() - 1))
    cents = rng.choice((0.0, 0.5, 0.9, 0.99))
    return Offer(max(1, int(changed)) + cents, rng.random() if rng.random() < RESTOCKED else None)


@lru_cache(maxsize=64)
def withdrawn(world: World) -> frozenset[int]:
    """Return the products no longer sold on the simulated day."""
    days = min(LONGEST_SALE, (world.today - REFERENCE_DAY).days)
    if days <= 0 or not world.products:
        return frozenset()
    draws = (world.rng("withdrawn", day) for day in range(1, days + 1))
    return frozenset(
        rng.randrange(world.products) for rng in draws if rng.random() < WITHDRAWN_A_DAY
    )


def day_of(text: str) -> date:
    """Read ``2026-09-20``. Raises ValueError."""
    if len(text) != len("2026-09-20"):
        raise ValueError(text)
    return date.fromisoformat(text)
