"""What is kept of a project to compare it with the others: its own code, and who committed it.

Made where the project is read, kept beside its review, so that a class is compared without being
read again.
"""

from __future__ import annotations

import json
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from lab.review.model import Review
from lab.review.project import Project, Source
from lab.review.similarity.stripping import bare

LARGEST = 200_000  # characters of one file
MOST = 500_000  # … of a project
FEWEST = 4  # lines of code of a file worth comparing


@dataclass(frozen=True)
class Unit:
    """One file. `code` is `text` without what is not the student's own, line for line.

    `cells`: for a notebook, (first line, number) of each code cell.
    """

    path: str
    text: str
    code: str
    cells: tuple[tuple[int, int], ...] = ()

    @property
    def notebook(self) -> bool:
        return bool(self.cells)

    def lines(self) -> frozenset[int]:
        """The numbers of the lines (from 1) that hold code of the student's own."""
        return frozenset(n for n, one in enumerate(self.code.split("\n"), 1) if one.strip())

    def where(self, first: int, last: int) -> str:
        """``app.py:12-30``, or ``carnet.ipynb, cellules 3 à 5``."""
        if not self.cells:
            return f"{self.path}:{first}" if first == last else f"{self.path}:{first}-{last}"
        one, other = self._cell(first), self._cell(last)
        if one == other:
            return f"{self.path}, cellule {one}"
        return f"{self.path}, cellules {one} à {other}"

    def _cell(self, line: int) -> int:
        starts = [start for start, _ in self.cells]
        return self.cells[max(0, bisect_right(starts, line) - 1)][1]


@dataclass(frozen=True)
class Trace:
    """A project as it is compared; `authors` and `commits` may explain a resemblance."""

    name: str
    address: str = ""
    commit: str = ""
    units: tuple[Unit, ...] = ()
    members: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    left_out: int = 0  # files too big to be compared


def of(found: Review, seen: Project, deadline: float) -> Trace:
    """Return what is kept of a project; when time runs out, of the files read by then."""
    units = []
    codes = set()
    spent = left_out = 0
    for source in seen.python:
        size = len(source.python)
        if size > LARGEST or spent + size > MOST or time.monotonic() > deadline:
            left_out += 1
            continue
        spent += size
        one = unit(source)
        # Copies of a notebook in one fork are one notebook.
        if len(one.lines()) >= FEWEST and one.code not in codes:
            codes.add(one.code)
            units.append(one)
    people = {person for commit in seen.history.commits for person in commit.authors}
    return Trace(
        found.name,
        found.address,
        found.commit,
        tuple(units),
        found.members,
        tuple(sorted({address.lower() for _, address in people if address})),
        tuple(one.oid for one in seen.history.commits),
        left_out,
    )


def unit(source: Source) -> Unit:
    """Return one file as it is compared."""
    return Unit(source.path, source.python, bare(source.python, source.own), tuple(_cells(source)))


def _cells(source: Source) -> Iterator[tuple[int, int]]:
    line = 1
    for number, cell in enumerate(source.notebook.cells if source.notebook else (), 1):
        if cell.kind == "code":
            yield line, number
            line += cell.source.count("\n") + 1


def keep(folder: Path, trace: Trace) -> None:
    """Write the trace, whole or not at all. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{trace.name}.json"
    part = path.with_suffix(".part")
    text = json.dumps(asdict(trace), ensure_ascii=False)
    part.write_text(text, encoding="utf-8", errors="replace")
    part.replace(path)


def kept(folder: Path, review: Review) -> Trace | None:
    """Return the trace of this very review, if there is one."""
    try:
        data = json.loads((folder / f"{review.name}.json").read_text(encoding="utf-8"))
        trace = _from_dict(data)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    same = (trace.address, trace.commit) == (review.address, review.commit)
    return trace if same else None


def _from_dict(data: dict[str, Any]) -> Trace:
    units = tuple(
        Unit(**{**one, "cells": tuple((line, number) for line, number in one["cells"])})
        for one in data["units"]
    )
    lists = {name: tuple(data[name]) for name in ("members", "authors", "commits")}
    return Trace(**{**data, **lists, "units": units})


def runs(lines: Sequence[int]) -> list[tuple[int, int]]:
    """Sorted numbers as (first, last) of those that follow each other."""
    if not lines:
        return []
    cuts = [n for n, (one, other) in enumerate(pairwise(lines), 1) if other > one + 1]
    starts = [0, *cuts]
    return [(lines[a], lines[b - 1]) for a, b in zip(starts, [*cuts, len(lines)], strict=True)]
