"""Calendars, filters and other families of addresses that lead, without end, only to themselves.

A family is a host and the shape of a path: ``/agenda/2026/09/`` and ``/agenda/2031/12/`` are the
same family, ``/gazette/rubrique/sport/?page=2`` and ``?page=3`` too. A list of articles leads to
articles, hence to items; a trap leads to itself. Families that lead to one another are one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

FROM = "lab_from"  # in a request's meta: the family of the page that gave its address
MOST = 2_000  # families known at a time; the next ones are taken as one
PENDING = 10  # times the limit: pages of other families that may be waiting to be read
_VARIABLE = re.compile(r"[-_.\d]|^.{25,}")


def family_of(url: str) -> str:
    """Return the family of an address: ``host/agenda/0/0/``."""
    parts = urlsplit(url)
    shape = [
        "0" if segment.isdigit() else "*" if _VARIABLE.search(segment) else segment
        for segment in parts.path.split("/")
    ]
    return f"{parts.netloc}{'/'.join(shape[:12])}"


@dataclass(slots=True)
class Family:
    """What became of the pages of a family."""

    name: str
    pages: int = 0  # read
    gains: int = 0  # items, and pages read of families that do not lead back here
    pending: int = 0  # pages of other families asked for, not read yet
    told: bool = False
    leads_to: set[str] = field(default_factory=set)


class Families:
    """All the families; those that lead to one another are merged."""

    _of: ClassVar[WeakKeyDictionary[Crawler, Families]] = WeakKeyDictionary()

    @classmethod
    def of(cls, crawler: Crawler) -> Families:
        """Return the families of a crawler, the same object each time."""
        if crawler not in cls._of:
            cls._of[crawler] = cls(crawler.settings.getint("LAB_TRAP_PAGES", 500))
        return cls._of[crawler]

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: dict[str, Family] = {}

    def get(self, name: str) -> Family:
        """Return the family of that name, new if need be."""
        found = self._known.get(name)
        if found is None:
            if len(self._known) >= MOST:
                name = "…"
            found = self._known.setdefault(name, Family(name))
        return found

    def endless(self, family: Family) -> bool:
        """Tell whether a family has led to nothing else for too long."""
        if not self._limit:
            return False
        allowed = self._limit + 10 * family.gains
        return family.pages > allowed + min(family.pending, PENDING * self._limit)

    def read(self, family: Family, parent: Family | None) -> None:
        """Note that a page was read, found on a page of `parent`."""
        family.pages += 1
        if parent is None or parent is family:
            return
        if parent.pending:
            parent.pending -= 1
        self._link(parent, family)
        if self.get(parent.name) is not self.get(family.name) and not self.endless(family):
            parent.gains += 1

    def _link(self, parent: Family, child: Family) -> None:
        if child.name in parent.leads_to:
            return
        parent.leads_to.add(child.name)
        for name in self._way(child, parent):
            self._merge(self.get(name), parent)

    def _way(self, start: Family, goal: Family) -> list[str]:
        """Return the names on a way from `start` to `goal`, [] when there is none."""
        came: dict[str, str | None] = {start.name: None}
        queue = [start]
        while queue:
            here = queue.pop()
            for name in here.leads_to:
                there = self.get(name)
                if there is goal:
                    way: list[str] = []
                    step: str | None = here.name
                    while step is not None:
                        way.append(step)
                        step = came[step]
                    return way
                if there.name not in came:
                    came[there.name] = here.name
                    queue.append(there)
        return []

    def _merge(self, one: Family, into: Family) -> None:
        if one is into:
            return
        into.pages += one.pages
        into.gains += one.gains
        into.pending = 0  # what was pending leads back here: it is no promise any more
        into.leads_to |= one.leads_to
        for name, family in self._known.items():
            if family is one:
                self._known[name] = into
