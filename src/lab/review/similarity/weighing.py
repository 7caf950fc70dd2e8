"""From blocks to pairs worth a question: the course's code and the whole class's are put aside."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lab.review.grid import Likeness
from lab.review.similarity.comparing import Found, owner
from lab.review.similarity.matching import FEWEST_LINES, Block
from lab.review.similarity.traces import Trace, Unit, runs

_SOURCE = re.compile(
    r"#.*(https?://\S+|licen[cs]e|copyright|source\s*:|inspir|tuto)", re.IGNORECASE
)

Place = tuple[int, int]  # trace, unit
Lines = Mapping[Place, set[int]]


@dataclass(frozen=True)
class Side:
    """One side of a passage."""

    unit: Unit
    first: int
    last: int

    @property
    def where(self) -> str:
        return self.unit.where(self.first, self.last)

    @property
    def text(self) -> list[str]:
        return self.unit.text.split("\n")[self.first - 1 : self.last]


@dataclass(frozen=True)
class Passage:
    """The same code in two places; `lines` of code on the shorter side."""

    a: Side
    b: Side
    lines: int


@dataclass(frozen=True)
class Pair:
    """Two projects, or two notebooks, that share code. Shares are of each side's own code."""

    a: str
    b: str
    a_share: float
    b_share: float
    lines: int  # of code, on the shorter side
    same: int  # of those, how many are the same letter for letter
    passages: tuple[Passage, ...]  # the longest first
    reasons: tuple[str, ...] = ()  # what may explain it, in French

    @property
    def share(self) -> float:
        return max(self.a_share, self.b_share)


@dataclass(frozen=True)
class Common:
    """Code that many projects hold: put aside, and said."""

    where: str
    project: str
    projects: int


@dataclass
class Resemblances:
    """Everything the class page says."""

    projects: list[Pair] = field(default_factory=list)
    notebooks: list[Pair] = field(default_factory=list)
    common: list[Common] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    compared: int = 0


def weigh(traces: Sequence[Trace], course: int, found: Found, asked: Likeness) -> Resemblances:
    """Return the pairs to look at; `course` is the index of the course's own trace, or -1."""
    result = Resemblances(notes=list(found.notes), compared=len(traces) - (course >= 0))
    holders = _holders(traces, found)
    aside = {
        place: {
            line for line, others in lines.items() if course in others or len(others) > asked.commun
        }
        for place, lines in holders.items()
    }
    result.common = list(_common(traces, course, holders, asked))
    for (a, b), blocks in found.blocks.items():
        if course in (a, b):
            continue
        kept = [one for one in blocks if _left(traces, one, aside) >= FEWEST_LINES]
        pair = _pair(traces, (a, b), kept, aside)
        if pair and _enough(pair, asked):
            result.projects.append(pair)
        result.notebooks += _notebooks(traces, kept, aside, asked)
    result.projects.sort(key=_order)
    result.notebooks.sort(key=_order)
    return result


def _order(pair: Pair) -> tuple[float, int, str, str]:
    return (-pair.share, -pair.lines, pair.a, pair.b)


def _enough(pair: Pair, asked: Likeness) -> bool:
    return pair.lines >= asked.lignes and pair.share >= asked.part


def _sides(block: Block) -> tuple[tuple[Place, tuple[int, int]], tuple[Place, tuple[int, int]]]:
    """Both sides, the project of the smaller index first."""
    a, b = (owner(block.a), block.a_lines), (owner(block.b), block.b_lines)
    return (a, b) if a[0] <= b[0] else (b, a)


def _code(traces: Sequence[Trace], place: Place, span: tuple[int, int]) -> set[int]:
    lines = traces[place[0]].units[place[1]].lines()
    return {line for line in range(span[0], span[1] + 1) if line in lines}


def _holders(traces: Sequence[Trace], found: Found) -> dict[Place, dict[int, set[int]]]:
    """For each line of each unit, the other projects that hold it."""
    holders: dict[Place, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for blocks in found.blocks.values():
        for block in blocks:
            one, other = _sides(block)
            for (place, span), (there, _) in ((one, other), (other, one)):
                for line in _code(traces, place, span):
                    holders[place][line].add(there[0])
    return holders


def _common(
    traces: Sequence[Trace],
    course: int,
    holders: Mapping[Place, Mapping[int, set[int]]],
    asked: Likeness,
) -> Iterator[Common]:
    """What most of the class holds, told where it was first met."""
    told: set[frozenset[int]] = set()
    for place in sorted(holders):
        if place[0] == course:
            continue
        lines = {
            line: others
            for line, others in holders[place].items()
            if len(others) > asked.commun and course not in others
        }
        for first, last in runs(sorted(lines)):
            group = frozenset(lines[first] | {place[0]})
            if last - first + 1 >= FEWEST_LINES and group not in told:
                told.add(group)
                trace = traces[place[0]]
                yield Common(trace.units[place[1]].where(first, last), trace.name, len(group))


def _left(traces: Sequence[Trace], block: Block, aside: Lines) -> int:
    return min(
        len(_code(traces, place, span) - aside.get(place, set())) for place, span in _sides(block)
    )


def _pair(
    traces: Sequence[Trace], pair: tuple[int, int], blocks: Sequence[Block], aside: Lines
) -> Pair | None:
    if not blocks:
        return None
    shared = _shared(traces, blocks, aside)
    counts = [sum(len(lines) for place, lines in shared.items() if place[0] == n) for n in pair]
    sizes = [sum(len(unit.lines()) for unit in traces[n].units) for n in pair]
    texts = [_texts(traces, shared, n) for n in pair]
    a, b = (traces[n] for n in pair)
    passages = _passages(traces, blocks)
    return Pair(
        a.name,
        b.name,
        counts[0] / max(1, sizes[0]),
        counts[1] / max(1, sizes[1]),
        min(counts),
        min(sum(one in texts[1] for one in texts[0]), sum(one in texts[0] for one in texts[1])),
        passages,
        tuple(_reasons(a, b, passages)),
    )


def _shared(
    traces: Sequence[Trace], blocks: Sequence[Block], aside: Lines
) -> dict[Place, set[int]]:
    shared: dict[Place, set[int]] = defaultdict(set)
    for block in blocks:
        for place, span in _sides(block):
            shared[place] |= _code(traces, place, span) - aside.get(place, set())
    return shared


def _texts(traces: Sequence[Trace], shared: Lines, number: int) -> list[str]:
    """The shared lines of one project, as written; a lone bracket proves nothing."""
    found = []
    for place, lines in shared.items():
        if place[0] == number:
            code = traces[number].units[place[1]].code.split("\n")
            found += [code[line - 1].strip() for line in lines]
    return [one for one in found if len(one) > 3]


def _passages(traces: Sequence[Trace], blocks: Sequence[Block]) -> tuple[Passage, ...]:
    found = []
    for block in blocks:
        sides = _sides(block)
        a, b = (Side(traces[place[0]].units[place[1]], *span) for place, span in sides)
        lines = min(len(_code(traces, place, span)) for place, span in sides)
        found.append(Passage(a, b, lines))
    return tuple(sorted(found, key=lambda one: (-one.lines, one.a.where, one.b.where)))


def _notebooks(
    traces: Sequence[Trace], blocks: Sequence[Block], aside: Lines, asked: Likeness
) -> Iterator[Pair]:
    by_units: dict[tuple[Place, Place], list[Block]] = defaultdict(list)
    for block in blocks:
        (a, _), (b, _) = _sides(block)
        if all(traces[place[0]].units[place[1]].notebook for place in (a, b)):
            by_units[a, b].append(block)
    for (a, b), some in by_units.items():
        one, other = (_alone(traces[place[0]], place[1]) for place in (a, b))
        moved = {(0, 0): aside.get(a, set()), (1, 0): aside.get(b, set())}
        pair = _pair((one, other), (0, 1), [_moved(block) for block in some], moved)
        if pair and _enough(pair, asked):
            yield pair


def _alone(trace: Trace, unit: int) -> Trace:
    """One notebook, as a project of its own."""
    name = f"{trace.name} : {trace.units[unit].path}"
    return Trace(
        name,
        commit=trace.commit,
        units=(trace.units[unit],),
        members=trace.members,
        authors=trace.authors,
        commits=trace.commits,
    )


def _moved(block: Block) -> Block:
    (_, a_lines), (_, b_lines) = _sides(block)
    return Block("p0-0.py", "p1-0.py", a_lines, b_lines, block.tokens)


def _reasons(a: Trace, b: Trace, passages: Sequence[Passage]) -> Iterator[str]:
    """What the repositories themselves say that may explain it."""
    together = set(a.members) & set(b.members)
    if together:
        yield f"même équipe dans la liste de la classe ({', '.join(sorted(together))})"
    if a.commit and a.commit == b.commit:
        yield "les deux dépôts ont le même dernier commit"
    elif common := len(set(a.commits) & set(b.commits)):
        s = "s" if common > 1 else ""
        yield f"{common} commit{s} en commun : l'un est peut-être un fork de l'autre"
    if authors := set(a.authors) & set(b.authors):
        yield f"des commits du même auteur dans les deux ({', '.join(sorted(authors)[:3])})"
    for passage in passages:
        for side in (passage.a, passage.b):
            lines = side.unit.text.split("\n")[max(0, side.first - 4) : side.last]
            cited = next((one.strip() for one in lines if _SOURCE.search(one)), "")
            if cited:
                yield f"une source est citée ({side.where}) : {cited[:100]}"
                return
