"""Compare a class: first all together, then in detail the projects that something links.

Compared all together, a block found in four projects is told as a chain (1 with 2, 2 with 3…), and
not always whole; so each pair of a chain is compared again, alone.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from lab.review.similarity.matching import Block, CannotCompare, run
from lab.review.similarity.traces import Trace

MOST_PAIRS = 2500  # compared in detail: about 30 s
ALONE = 5.0  # seconds for one project, when one of them stops the tool


@dataclass
class Found:
    """The blocks of each pair of traces (by their indexes); `notes` says what was not compared."""

    blocks: dict[tuple[int, int], list[Block]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def name_of(trace: int, unit: int) -> str:
    """The file that holds a unit while it is compared."""
    return f"p{trace}-{unit}.py"


def owner(name: str) -> tuple[int, int]:
    """The trace and the unit of a file: the inverse of `name_of`."""
    trace, _, unit = name.removeprefix("p").removesuffix(".py").partition("-")
    return int(trace), int(unit)


def compare(
    traces: Sequence[Trace], tokens: int, seconds: float, course: int | None = None
) -> Found:
    """Return what each pair shares, in blocks of `tokens` at least. Raises CannotCompare.

    `course` is the index of the course's trace: big, and mostly like nobody's code.
    """
    begun = time.monotonic()
    found = Found()
    with tempfile.TemporaryDirectory(prefix="lab-class-") as place:
        folder = Path(place)
        names = [list(_write(folder, n, trace)) for n, trace in enumerate(traces)]
        try:
            together = run(folder, _all(names), tokens, begun + seconds / 3)
        except CannotCompare:
            _put_aside(folder, traces, names, tokens, found)
            together = run(folder, _all(names), tokens, begun + 2 * seconds / 3)
        if course is not None:
            names[course] = sorted(_met(together, course))
        pairs = _wanted({pair for pair in map(_pair, together) if pair[0] != pair[1]})
        _in_detail(folder, names, pairs, tokens, begun + seconds, found)
    return found


def _all(names: Sequence[Sequence[str]]) -> list[str]:
    return [one for some in names for one in some]


def _put_aside(
    folder: Path,
    traces: Sequence[Trace],
    names: list[list[str]],
    tokens: int,
    found: Found,
) -> None:
    """One project stops the tool: find which. Raises CannotCompare when none does."""
    stopped: CannotCompare | None = None
    for n, some in enumerate(names):
        try:
            run(folder, some, tokens, time.monotonic() + ALONE)
        except CannotCompare as error:
            stopped = error
            names[n] = []
            found.notes.append(f"{traces[n].name} n'a pas été comparé aux autres ({error}).")
    if stopped is None or not any(names):
        raise stopped or CannotCompare("comparer les projets demande trop de temps")


def _in_detail(
    folder: Path,
    names: Sequence[list[str]],
    pairs: Sequence[tuple[int, int]],
    tokens: int,
    deadline: float,
    found: Found,
) -> None:
    """Compare each pair alone, and fill `found`."""

    def one(pair: tuple[int, int]) -> list[Block] | None:
        try:
            return run(folder, names[pair[0]] + names[pair[1]], tokens, deadline)
        except CannotCompare:
            return None

    late = max(0, len(pairs) - MOST_PAIRS)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        todo = pairs[:MOST_PAIRS]
        for pair, blocks in zip(todo, pool.map(one, todo), strict=True):
            late += blocks is None
            kept = [block for block in blocks or () if _pair(block) == pair]
            if kept:
                found.blocks[pair] = kept
    if late:
        found.notes.append(f"{late} paires de projets n'ont pas pu être comparées à temps.")


def _write(folder: Path, number: int, trace: Trace) -> Iterable[str]:
    for n, unit in enumerate(trace.units):
        name = name_of(number, n)
        (folder / name).write_text(unit.code, encoding="utf-8", errors="replace", newline="\n")
        yield name


def _pair(block: Block) -> tuple[int, int]:
    a, b = owner(block.a)[0], owner(block.b)[0]
    return (a, b) if a <= b else (b, a)


def _met(blocks: Iterable[Block], trace: int) -> set[str]:
    """The files of a trace that another project was linked with."""
    linked = (one for one in blocks if len(set(_pair(one))) == 2)
    return {name for one in linked for name in (one.a, one.b) if owner(name)[0] == trace}


def _wanted(linked: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Every pair of every group; those already seen to be linked come first."""
    every = {pair for group in groups(linked) for pair in combinations(sorted(group), 2)}
    return sorted(every, key=lambda pair: (pair not in linked, pair))


def groups(linked: Iterable[tuple[int, int]]) -> list[set[int]]:
    """The projects that links hold together, the biggest group first."""
    neighbours: dict[int, set[int]] = defaultdict(set)
    for a, b in linked:
        neighbours[a].add(b)
        neighbours[b].add(a)
    found: list[set[int]] = []
    for start in neighbours:
        if any(start in group for group in found):
            continue
        group, left = set(), [start]
        while left:
            one = left.pop()
            if one not in group:
                group.add(one)
                left += neighbours[one] - group
        found.append(group)
    return sorted(found, key=lambda group: (-len(group), min(group)))
