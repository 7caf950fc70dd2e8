"""The world behind the practice web: who wrote what, when, and where it is listed.

Nothing is stored: every list is a `Cycle`, a membership pattern that repeats with a fixed
period, so that the k-th article of a section, an author or a tag is found in O(log period)
whatever the size of the world.  Content itself comes from `rng`, keyed by (seed, kind, index).
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from lab.practice.names import FIRST_NAMES, SURNAMES
from lab.practice.plan import Author, Category, Cycle, Plan, Section, draw_plan

__all__ = ["REFERENCE_DAY", "Author", "Category", "Cycle", "Plan", "Section", "World", "stable_id"]

PARIS = ZoneInfo("Europe/Paris")
REFERENCE_DAY = date(2026, 9, 15)
ARTICLES_PER_DAY = 24
# A very large world covers about five years instead of going back to the Middle Ages.
LONGEST_HISTORY_DAYS = 5 * 365
# Articles come out between 6 h and 23 h: no daylight-saving gap, and room for a correction
# before midnight.
FIRST_SECOND, OPEN_SECONDS = 6 * 3600, 17 * 3600

GAZETTE = "https://gazette.example"
BOUTIQUE = "https://boutique.example"


def stable_id(canonical_url: str) -> str:
    """Return the first 32 hex digits of the SHA-256 of a canonical URL (the lab's stable id)."""
    return hashlib.sha256(canonical_url.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class World:
    """Parameters of one practice web; two equal worlds serve the same bytes.

    `articles` counts the articles published up to `REFERENCE_DAY` included.  A later `today`
    adds new articles at the same daily rate without changing the earlier ones; an earlier one
    hides those not yet published.

    Raises ValueError when a size is negative.
    """

    seed: int = 2026
    articles: int = 1000
    products: int = 300
    today: date = REFERENCE_DAY
    quotes: int = 300

    def __post_init__(self) -> None:
        if min(self.articles, self.products, self.quotes) < 0:
            raise ValueError(
                "le nombre d’articles, de produits et de citations ne peut pas être négatif"
            )

    @cached_property
    def per_day(self) -> int:
        """Articles published each day."""
        return max(ARTICLES_PER_DAY, -(-self.articles // LONGEST_HISTORY_DAYS))

    @cached_property
    def article_count(self) -> int:
        """Articles published up to `today` included; indices run from 0 (oldest)."""
        elapsed = (self.today - REFERENCE_DAY).days
        return max(0, self.articles + elapsed * self.per_day)

    @cached_property
    def plan(self) -> Plan:
        """Sections, authors, tags and categories, and where each article or product stands."""
        return draw_plan(self.seed, FIRST_NAMES, SURNAMES)

    def rng(self, kind: str, index: int) -> random.Random:
        """Return the generator of one item; str seeds go through SHA-512, not `hash`."""
        return random.Random(f"{self.seed}/{kind}/{index}")  # noqa: S311  content, not secrets

    def published(self, index: int, jitter: float) -> datetime:
        """Return when article `index` came out (Europe/Paris); `jitter` in [0, 1) moves it."""
        days, slot = divmod(index - self.articles, self.per_day)
        day = REFERENCE_DAY + timedelta(days=days + 1)
        second = FIRST_SECOND + int((slot + jitter) * OPEN_SECONDS / self.per_day)
        hour, rest = divmod(second, 3600)
        return datetime(day.year, day.month, day.day, hour, rest // 60, rest % 60, tzinfo=PARIS)

    def day_range(self, day: date) -> range:
        """Return the indices of the articles published on `day` (may be empty)."""
        first = self.articles + ((day - REFERENCE_DAY).days - 1) * self.per_day
        return range(max(0, first), max(0, min(self.article_count, first + self.per_day)))

    def newest(self, cycle: Cycle | None, start: int, stop: int) -> list[int]:
        """Return article indices of ranks [start, stop), newest first; all when no `cycle`."""
        total = self.article_count if cycle is None else cycle.count(self.article_count)
        ranks = range(total - 1 - start, max(-1, total - 1 - stop), -1)
        return list(ranks) if cycle is None else [cycle.nth(rank) for rank in ranks]

    def position_in(self, cycle: Cycle, index: int) -> int:
        """Return the number of articles of `cycle` newer than `index`."""
        return cycle.count(self.article_count) - 1 - bisect_rank(cycle, index)


def bisect_rank(cycle: Cycle, index: int) -> int:
    """Return how many members of `cycle` come before `index`."""
    turn, place = divmod(index, cycle.period)
    return turn * len(cycle.positions) + bisect_left(cycle.positions, place)
