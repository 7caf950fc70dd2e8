"""The pairs as a matrix, in SVG that stands alone: groups show as blocks along the diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.review.similarity.comparing import groups
from lab.review.similarity.weighing import Pair

MOST = 40  # projects drawn
CELL, LETTER = 26, 6.2  # units of the drawing
_LONGEST = 20  # characters of a label


@dataclass(frozen=True)
class Cell:
    """One pair, drawn twice: `target` is its number in the table."""

    row: int
    column: int
    percent: int
    shade: float
    target: int
    title: str


@dataclass(frozen=True)
class Matrix:
    """What the template draws; `hidden` projects do not fit."""

    labels: tuple[tuple[str, str], ...]  # as drawn, whole
    cells: tuple[Cell, ...]
    hidden: int

    @property
    def label(self) -> int:
        """The room that names take, on the left and above."""
        return 14 + round(LETTER * max((len(short) for short, _ in self.labels), default=0))

    @property
    def size(self) -> int:
        return CELL * len(self.labels)


def matrix(pairs: Sequence[Pair]) -> Matrix:
    """Only the projects that resemble another one are drawn, each group together."""
    names = list(dict.fromkeys(name for pair in pairs for name in (pair.a, pair.b)))
    index = {name: n for n, name in enumerate(names)}
    linked = [(index[pair.a], index[pair.b]) for pair in pairs]
    order = [one for group in groups(linked) for one in sorted(group)]
    place = {names[one]: n for n, one in enumerate(order[:MOST])}
    cells = [
        Cell(
            place[one],
            place[other],
            round(100 * pair.share),
            round(0.25 + 0.75 * pair.share, 2),
            number,
            f"{pair.a} et {pair.b} : {100 * pair.share:.0f} % du plus petit, {pair.lines} lignes",
        )
        for number, pair in enumerate(pairs, 1)
        if pair.a in place and pair.b in place
        for one, other in ((pair.a, pair.b), (pair.b, pair.a))
    ]
    labels = tuple((_short(name), name) for name in place)
    return Matrix(labels, tuple(cells), len(order) - len(place))


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
