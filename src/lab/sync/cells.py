"""Notebooks, merged cell by cell. Pure, on JSON as json.loads gives it.

The student's notebook is the skeleton: their cells, in their order. Upstream's changes are done to
it, and only these three: a cell that the student did not write takes upstream's new text; a cell
that upstream removed goes, unless the student wrote it or something right beside it; a new cell of
upstream's comes after the one that precedes it there. So a student's cell cannot be lost, altered,
or parted from its neighbours: nothing here can do it.

nbdime says which cell is which (by id, then by likeness).
"""

from __future__ import annotations

import copy
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Cell = dict[str, Any]
Notebook = dict[str, Any]
WITH_IDS = 5  # nbformat 4.5 gives cells an id


@dataclass
class Merged:
    """A merged notebook, and what happened to its cells (counts)."""

    notebook: Notebook
    arrived: int = 0  # new cells of upstream's
    updated: int = 0  # cells that took upstream's text
    removed: int = 0  # cells that upstream removed
    kept: int = 0  # upstream changed, moved or removed them; the student's way won


@dataclass
class Slot:
    """A place in the merged notebook; `cell` is None for one that went (a landmark still)."""

    cell: Cell | None
    students: bool = False  # a cell that only the student has


@dataclass
class Pairs:
    """Which cell of base is which on one side; `moved`: those out of order there."""

    side: dict[int, int]
    moved: set[int] = field(default_factory=set)

    def inverse(self) -> dict[int, int]:
        """{index on the side: index in base}"""
        return {there: here for here, there in self.side.items()}


def merge(base: Notebook, ours: Notebook, theirs: Notebook) -> Merged:
    """Bring upstream's changes (`base` to `theirs`) into the student's notebook (`ours`)."""
    work = _Work(base, ours, theirs)
    work.follow()
    work.insert()
    result = {**ours, "cells": [slot.cell for slot in work.slots if slot.cell is not None]}
    if "metadata" in ours:
        was, now = base.get("metadata", {}), theirs.get("metadata", {})
        result["metadata"] = _three_way(was, ours["metadata"], now)
    work.done.notebook = result
    return work.done


def said(cell: Cell) -> tuple[str, str, str]:
    """Return what someone wrote in a cell: its type, its text, its attachments."""
    return cell["cell_type"], source(cell), repr(cell.get("attachments") or "")


def source(cell: Cell) -> str:
    """Return a cell's text, which JSON holds whole or by lines."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def match(before: Sequence[Cell], after: Sequence[Cell], *, steady: bool) -> Pairs:
    """Tell which cell is which: same id, same text, then alike, in order; then those moved.

    `steady`: whoever edits keeps the ids, so that two ids are two cells, however alike (Jupyter
    does; the course's build names a cell after what it says).
    """
    from nbdime.diffing.notebooks import notebook_predicates  # type: ignore[import-untyped]
    from nbdime.diffing.snakes import compute_snakes_multilevel  # type: ignore[import-untyped]

    old, new = [_plain(cell) for cell in before], [_plain(cell) for cell in after]
    snakes = compute_snakes_multilevel(old, new, notebook_predicates["/cells"])
    alike = [(i + n, j + n) for i, j, length in snakes for n in range(length)]
    ids = {_id(cell) for cell in before} & {_id(cell) for cell in after} - {None}
    steady = steady and all(map(_id, before)) and all(map(_id, after))

    def same(one: Cell, other: Cell) -> bool:
        if _id(one) == _id(other):
            return True
        # Likeness does not pair a cell whose id says that it is another one.
        return ids.isdisjoint((_id(one), _id(other))) and (not steady or said(one) == said(other))

    pairs = Pairs({i: j for i, j in alike if same(before[i], after[j])})
    known = set(pairs.side.values())
    for identity in (_id, said):
        free: dict[Any, list[int]] = {}
        for j, cell in enumerate(after):
            if j not in known and identity(cell):
                free.setdefault(identity(cell), []).append(j)
        for i, cell in enumerate(before):
            if i not in pairs.side and free.get(identity(cell)):
                pairs.side[i] = free[identity(cell)].pop(0)
                pairs.moved.add(i)
        known = set(pairs.side.values())
    return pairs


def _id(cell: Cell) -> Any:
    return cell.get("id")


def _plain(cell: Cell) -> Cell:
    """The cell as nbdime compares it: whole text; outputs, which never conflict, left out."""
    kept = {"cell_type": cell["cell_type"], "source": source(cell), "metadata": {}}
    kept |= {"outputs": []} if cell["cell_type"] == "code" else {}
    return kept | ({"id": cell["id"]} if cell.get("id") else {})


class _Work:
    """The merge of one notebook, step by step."""

    def __init__(self, base: Notebook, ours: Notebook, theirs: Notebook) -> None:
        self.base, self.ours, self.theirs = base["cells"], ours["cells"], theirs["cells"]
        self.here = match(self.base, self.ours, steady=True)
        self.there = match(self.base, self.theirs, steady=False)
        self.origin = self.here.inverse()
        self.with_ids = ours.get("nbformat_minor", 0) >= WITH_IDS
        self.ids = {cell["id"] for cell in self.ours if cell.get("id")}
        self.slots: list[Slot] = []
        self.place: dict[int, Slot] = {}  # index in theirs: where it lies
        self.done = Merged({})
        written = {k for k in range(len(self.ours)) if self._written(k)}
        self.written = written
        self.guarded = written | {k + 1 for k in written} | {k - 1 for k in written}
        self.guarded |= {self.here.side[i] for i in self.here.moved}

    def _written(self, k: int) -> bool:
        i = self.origin.get(k)
        return i is None or said(self.ours[k]) != said(self.base[i])

    def follow(self) -> None:
        """Walk through the student's cells; each follows upstream if it may."""
        for k, cell in enumerate(self.ours):
            i = self.origin.get(k)
            slot = Slot(cell, students=i is None)
            self.slots.append(slot)
            if i is None:
                continue
            t = self.there.side.get(i)
            if t is None:
                slot.cell = self._bereft(k, cell)
            elif i in self.there.moved and k not in self.guarded:
                slot.cell = None  # insert() will put it where upstream did
            else:
                self.place[t] = slot
                slot.cell = self._meet(k, i, t)
        for i, t in self.there.side.items():  # deleted here, changed there: it stays deleted
            if i not in self.here.side and said(self.theirs[t]) != said(self.base[i]):
                self.done.kept += 1

    def _bereft(self, k: int, cell: Cell) -> Cell | None:
        """A cell that upstream removed."""
        if k in self.guarded:
            self.done.kept += 1
            return cell
        self.done.removed += 1
        return None

    def _meet(self, k: int, i: int, t: int) -> Cell:
        """A cell that both have, at the student's place."""
        mine: Cell = self.ours[k]
        was, now = self.base[i], self.theirs[t]
        changed = said(now) not in (said(was), said(mine))
        if k in self.written:
            self.done.kept += changed or i in self.there.moved
            return mine
        self.done.kept += i in self.there.moved and i not in self.here.moved
        self.done.updated += changed
        return _follow(was, mine, now)

    def insert(self) -> None:
        """Put upstream's new cells, and those it moved, after the one that precedes them there."""
        origin = self.there.inverse()
        mine = {said(self.ours[k]) for k in range(len(self.ours)) if k not in self.origin}
        ids = {_id(cell): said(cell) for cell in map(self.ours.__getitem__, self.written)}
        before: Slot | None = None
        for t, cell in enumerate(self.theirs):
            if t in self.place:
                before = self.place[t]
                continue
            i = origin.get(t)
            if i is not None and i not in self.here.side:
                continue  # the student deleted it
            if i is None and said(cell) in mine:
                continue  # the student has it already
            if i is None and _id(cell) and ids.get(_id(cell), said(cell)) != said(cell):
                self.done.kept += 1  # the student's own version of that very cell
                continue
            before = self._put(before, t, i)

    def _put(self, before: Slot | None, t: int, i: int | None) -> Slot:
        if i is None:
            slot = Slot(self._named(copy.deepcopy(self.theirs[t])))
            self.done.arrived += 1
        else:
            mine = self.ours[self.here.side[i]]
            self.done.updated += 1
            slot = Slot(_follow(self.base[i], mine, self.theirs[t]))
        at = 0
        if before is not None:
            at = next(n for n, one in enumerate(self.slots) if one is before) + 1
        while at < len(self.slots) and self.slots[at].students:
            at += 1  # what the student added stays right after what it followed
        self.slots.insert(at, slot)
        self.place[t] = slot
        return slot

    def _named(self, cell: Cell) -> Cell:
        """Give a new cell the id that the student's format wants: a distinct one, or none."""
        name = cell.pop("id", None)
        if self.with_ids:
            cell["id"] = name if name and name not in self.ids else _fresh(cell, self.ids)
            self.ids.add(cell["id"])
        return cell


def _follow(was: Cell, mine: Cell, now: Cell) -> Cell:
    """Upstream's version of a cell that the student did not write; its id and place stay."""
    result = copy.deepcopy(now)
    result.pop("id", None)
    if "id" in mine:
        result["id"] = mine["id"]
    result["metadata"] = _three_way(was["metadata"], mine["metadata"], now["metadata"])
    same_text = said(now) == said(mine)
    if same_text:  # keep the student's own run, unless they did not run it
        result["source"] = mine["source"]
        for key in ("outputs", "execution_count"):
            if key in mine and mine[key] != was.get(key):
                result[key] = mine[key]
    return result


def _three_way(was: Mapping[str, Any], mine: Mapping[str, Any], now: Mapping[str, Any]) -> Cell:
    """Merge two dicts key by key; the student's value wins."""
    result = dict(mine)
    for key in {*was, *now}:
        if mine.get(key) == was.get(key) and (key in mine) == (key in was):
            if key in now:
                result[key] = now[key]
            else:
                result.pop(key, None)
    return result


def _fresh(cell: Cell, used: set[str]) -> str:
    """An id that depends on what the cell says only, so that the same merge gives the same file."""
    for count in itertools.count():
        digest = hashlib.sha256(f"{count}\0{said(cell)}".encode(errors="surrogatepass"))
        name = digest.hexdigest()[:12]
        if name not in used:
            return name
    raise AssertionError("itertools.count never ends")
