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


def compare(traces: Sequence[Trace], tokens: int, seconds: float) -> Found:
    """Return what each pair shares, in blocks of `tokens` at least. Raises CannotCompare."""
    deadline = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="lab-class-") as place:
        folder = Path(place)
        names = [list(_write(folder, n, trace)) for n, trace in enumerate(traces)]
        together = run(folder, [one for some in names for one in some], tokens, deadline)
        linked = {_pair(one) for one in together}
        pairs = _wanted({pair for pair in linked if pair[0] != pair[1]})
        found = Found()
        if len(pairs) > MOST_PAIRS:
            found.notes.append(
                f"Trop de projets se ressemblent : {len(pairs) - MOST_PAIRS} paires n'ont pas été "
                "comparées."
            )

        def one(pair: tuple[int, int]) -> list[Block] | None:
            try:
                return run(folder, names[pair[0]] + names[pair[1]], tokens, deadline)
            except CannotCompare:
                return None

        late = 0
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for pair, blocks in zip(
                pairs[:MOST_PAIRS], pool.map(one, pairs[:MOST_PAIRS]), strict=True
            ):
                late += blocks is None
                kept = [block for block in blocks or () if _pair(block) == pair]
                if kept:
                    found.blocks[pair] = kept
        if late:
            found.notes.append(f"{late} paires n'ont pas pu être comparées à temps.")
        return found


def _write(folder: Path, number: int, trace: Trace) -> Iterable[str]:
    for n, unit in enumerate(trace.units):
        name = name_of(number, n)
        (folder / name).write_text(unit.code, encoding="utf-8", errors="replace", newline="\n")
        yield name


def _pair(block: Block) -> tuple[int, int]:
    a, b = owner(block.a)[0], owner(block.b)[0]
    return (a, b) if a <= b else (b, a)


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
