"""Sections, authors, tags, categories: drawn once per seed, small whatever the world's size."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from lab.practice import catalogue_data as shop
from lab.practice.grammar import slugify
from lab.practice.vocabulary import GENRES, SECTION_NAMES, section_topics

T = TypeVar("T")
PERIOD = 1260
AUTHORS_PER_SECTION = 4
# How many articles out of 14 each section gets, in the order of SECTION_NAMES.
SECTION_WEIGHTS = (2, 2, 2, 2, 2, 1, 2, 1)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A set of integers that repeats: `positions` (sorted, within `period`) in every period."""

    period: int
    positions: tuple[int, ...]

    def count(self, total: int) -> int:
        """Return how many members are below `total`."""
        turns, rest = divmod(total, self.period)
        return turns * len(self.positions) + bisect_left(self.positions, rest)

    def nth(self, rank: int) -> int:
        """Return the member that has `rank` members before it."""
        turn, place = divmod(rank, len(self.positions))
        return turn * self.period + self.positions[place]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the newspaper."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Author:
    """A journalist of one section."""

    slug: str
    name: str
    feminine: bool
    section: Section


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag; `section` is empty for tags that cross sections."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the shop."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one article stands: its section, authors and tags, main tag first."""

    section: Section
    authors: tuple[Author, ...]
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the site lists, with the cycle that finds its members."""

    sections: dict[str, Section]
    authors: dict[str, Author]
    tags: dict[str, Tag]
    categories: dict[str, Category]
    entries: tuple[Entry, ...]
    shelves: tuple[Category, ...]
    cycles: dict[Hashable, Cycle]

    def entry(self, index: int) -> Entry:
        """Return the entry of article `index`."""
        return self.entries[index % PERIOD]

    def category(self, index: int) -> Category:
        """Return the category of product `index`."""
        return self.shelves[index % PERIOD]

    def cycle(self, key: Section | Author | Tag | Category) -> Cycle:
        """Return the members of a section, author, tag (articles) or category (products)."""
        return self.cycles[key]


@lru_cache(maxsize=8)
def draw_plan(
    seed: int, first_names: tuple[tuple[str, ...], tuple[str, ...]], surnames: tuple[str, ...]
) -> Plan:
    """Draw the plan of a seed."""
    rng = random.Random(f"{seed}/plan")  # noqa: S311  content, not secrets
    sections = {slugify(name): Section(slugify(name), name) for name in SECTION_NAMES}
    authors = _draw_authors(rng, sections, first_names, surnames)
    tags = {
        slugify(name): Tag(slugify(name), name)
        for name in (*GENRES, *(t for s in SECTION_NAMES for t in section_topics(s)))
    }
    categories = {slugify(name): Category(slugify(name), name) for name in shop.CATEGORIES}
    entries = _draw_entries(rng, list(sections.values()), authors, tags)
    shelves = draw_blocks(rng, list(categories.values()))
    cycles: defaultdict[Hashable, list[int]] = defaultdict(list)
    by_slug = {author.slug: author for author in authors}
    for group in (sections, by_slug, tags, categories):
        cycles.update({thing: [] for thing in group.values()})
    for place, (entry, shelf) in enumerate(zip(entries, shelves, strict=True)):
        for key in (entry.section, *entry.authors, *entry.tags, shelf):
            cycles[key].append(place)
    known = {key: Cycle(PERIOD, tuple(places)) for key, places in cycles.items()}
    return Plan(sections, by_slug, tags, categories, entries, shelves, known)


def draw_blocks(rng: random.Random, things: Sequence[T]) -> tuple[T, ...]:
    """Return PERIOD things in shuffled blocks, so that even a small world has some of each."""
    places: list[T] = []
    while len(places) < PERIOD:
        places += rng.sample(things, len(things))
    return tuple(places[:PERIOD])


def _draw_authors(
    rng: random.Random,
    sections: dict[str, Section],
    first_names: tuple[tuple[str, ...], tuple[str, ...]],
    surnames: tuple[str, ...],
) -> list[Author]:
    count = AUTHORS_PER_SECTION * len(sections)
    families = rng.sample(surnames, count)
    firsts = [rng.sample(names, count) for names in first_names]
    authors = []
    for number, family in enumerate(families):
        feminine = number % 2 == 1
        name = f"{firsts[feminine][number]} {family}"
        section = list(sections.values())[number // AUTHORS_PER_SECTION]
        authors.append(Author(slugify(name), name, feminine, section))
    return authors


def _draw_entries(
    rng: random.Random, sections: list[Section], authors: list[Author], tags: dict[str, Tag]
) -> tuple[Entry, ...]:
    weighted = [s for s, w in zip(sections, SECTION_WEIGHTS, strict=True) for _ in range(w)]
    genres = [tags[slugify(name)] for name in GENRES]
    desks = {s: [a for a in authors if a.section == s] for s in sections}
    topics = {s: [tags[slugify(t)] for t in section_topics(s.name)] for s in sections}
    entries = []
    for section in draw_blocks(rng, weighted):
        signed = rng.sample(desks[section], 2 if rng.random() < 0.2 else 1)
        chosen = rng.sample(topics[section], 2 if rng.random() < 0.6 else 1)
        if rng.random() < 0.35 or len(chosen) == 1:
            chosen.append(rng.choice(genres))
        entries.append(Entry(section, tuple(signed), tuple(chosen)))
    return tuple(entries)
