"""Field coverage: how many items of each collection have each field filled, and what is too few.

A selector that a redesign broke raises nothing: the field is simply empty from then on. The
counts are taken in the cleaning pipeline (about 1 µs per item; spidermon's own counting was
measured at more than 50 times that, see ``benchmarks/observing.py``), compared at the end with
two kinds of rules:

* ``LAB_COVERAGE = {"articles/authors": 0.9}``: the least share that the project asks for
  (0 switches the comparison off for that field);
* any other field did not lose more than `DROP` since the reference, which is the last crawl of
  the same spider. A field in warning keeps its old reference: a loss that nobody mended is told
  again by the next crawl.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from operator import attrgetter
from typing import Any

# The least number of items from which a share means something.
ENOUGH = 20
DROP = 0.20  # of the items: what a field may lose between two crawls
# Filled in by the lab itself: they say nothing of the site.
OURS = frozenset({"id", "url", "canonical_url", "source", "spider", "scraped_at"})
MOST = 100  # fields of a free-form collection that are counted
_NUMBERS = frozenset({int, float, bool})

Counts = dict[str, Any]  # {"articles": {"items": 12, "fields": {"title": 12, "authors": 3}}}


class _Kind:
    """The counts of the items of one class in one collection."""

    def __init__(self, kind: type, collection: str) -> None:
        self.collection = collection
        self.names = [one.name for one in fields(kind) if one.name not in OURS]
        # Two names at least, so that attrgetter always returns a tuple.
        self.read = attrgetter(*self.names, "__class__", "__class__")
        self.items, self.filled = 0, [0] * (len(self.names) + 2)

    def count(self, item: Any) -> None:
        self.items += 1
        filled = self.filled
        for position, value in enumerate(self.read(item)):
            if value or value.__class__ in _NUMBERS:
                filled[position] += 1

    def counts(self) -> dict[str, int]:
        return dict(zip(self.names, self.filled, strict=False))


class _Free:
    """The counts of the plain dicts of one collection, whose fields are what was seen."""

    def __init__(self, collection: str) -> None:
        self.collection, self.items, self.filled = collection, 0, dict[str, int]()

    def count(self, item: Mapping[str, Any]) -> None:
        self.items += 1
        filled = self.filled
        for name, value in item.items():
            if name not in filled:
                if name in OURS or len(filled) >= MOST or not isinstance(name, str):
                    continue
                filled[name] = 0
            if value or value.__class__ in _NUMBERS:
                filled[name] += 1

    def counts(self) -> dict[str, int]:
        return dict(self.filled)


class Coverage:
    """Counts items and their filled fields, by collection."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[type, str], _Kind | _Free] = {}

    def count(self, item: Any) -> None:
        """Count one clean item: a dataclass instance or a dict, with a `collection`.

        A field is filled unless it is None, an empty text or an empty list: 0 and False count.
        """
        kind = item.__class__
        key = (kind, item.collection)
        try:
            counted = self._kinds[key]
        except KeyError:
            free = isinstance(item, Mapping)
            counted = self._kinds[key] = _Free(key[1]) if free else _Kind(*key)
        counted.count(item)

    def counts(self) -> Counts:
        """Return a copy of the counts."""
        return merge(
            {one.collection: {"items": one.items, "fields": one.counts()}}
            for one in self._kinds.values()
        )


def merge(several: Iterable[Counts]) -> Counts:
    """Add up the counts of several workers."""
    total: Counts = {}
    for counts in several:
        for name, one in counts.items():
            into = total.setdefault(name, {"items": 0, "fields": {}})
            into["items"] += one["items"]
            for field, count in one["fields"].items():
                into["fields"][field] = into["fields"].get(field, 0) + count
    return total


def shares(counts: Counts) -> dict[str, dict[str, float]]:
    """Return the share (0 to 1) of the items whose field is filled, by collection."""
    return {
        name: {field: count / one["items"] for field, count in one["fields"].items()}
        for name, one in counts.items()
        if one["items"]
    }


@dataclass(frozen=True)
class Alert:
    """Something that a person should look at: a French sentence, and what it is about.

    `kind`: ``threshold`` or ``drop`` (a field of a collection; shares from 0 to 1, `before` is
    what was wanted), ``refused`` or ``empty`` (see `lab.scraping.summary.alerts`).
    """

    kind: str
    text: str
    collection: str = ""
    field: str = ""
    share: float = 0.0
    before: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the form kept in the JSON report."""
        return asdict(self)


def check(
    counts: Counts,
    rules: Mapping[str, float],
    reference: Mapping[str, Mapping[str, float]],
) -> list[Alert]:
    """Return the fields that are filled too rarely, in the order of the data.

    `rules` is LAB_COVERAGE, checked from the first item on (a field that no item has is named
    by it only); `reference` maps a collection to the shares of the last crawl: the comparison
    needs `ENOUGH` items.
    """
    found = []
    for name, filled in shares(counts).items():
        old = reference.get(name, {}) if counts[name]["items"] >= ENOUGH else {}
        ruled = [rule.partition("/")[2] for rule in rules if rule.startswith(f"{name}/")]
        for field in dict.fromkeys((*filled, *old, *ruled)):
            share = filled.get(field, 0.0)
            rule = rules.get(f"{name}/{field}")
            if rule is not None:
                if share < rule:
                    found.append(_alert("threshold", name, field, share, rule))
            elif old.get(field, 0.0) - share > DROP:
                found.append(_alert("drop", name, field, share, old[field]))
    return found


def _alert(kind: str, collection: str, field: str, share: float, before: float) -> Alert:
    count = "dans aucune fiche" if share == 0 else f"que dans {percent(share)} des fiches"
    if kind == "drop":
        verb, why = "n’est plus rempli", f"{percent(before)} la dernière fois"
    else:
        verb, why = "n’est rempli", f"LAB_COVERAGE demande {percent(before)}"
    text = f"{collection} : le champ {field} {verb} {count} ({why})."
    return Alert(kind, text, collection, field, round(share, 4), before)


def percent(share: float) -> str:
    """Write a share in French: 0.983 → ``98 %``; never rounds a loss away."""
    if 0.99 < share < 1:
        return "99 %"
    if 0 < share < 0.01:
        return "moins de 1 %"
    return f"{share:.0%}".replace("%", " %")


def next_reference(
    counts: Counts,
    alerts: Iterable[Alert],
    reference: Mapping[str, Mapping[str, float]],
) -> dict[str, dict[str, float]]:
    """Return what the next crawl will be compared with; see the module."""
    kept = {(one.collection, one.field) for one in alerts if one.kind == "drop"}
    after = {name: dict(filled) for name, filled in reference.items()}
    for name, filled in shares(counts).items():
        if counts[name]["items"] >= ENOUGH:
            old = after.setdefault(name, {})
            old.update({f: round(s, 4) for f, s in filled.items() if (name, f) not in kept})
    return after
