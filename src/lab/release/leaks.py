"""Does a solution survive in what would be published?

A line of a solution is telltale when it is long enough and no notebook, as students get it, shows
it: lessons show many lines that exercises ask again. A file gives a solution away when it holds
two telltale lines of it (or the only one), or all its lines one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from lab.course import markers, sources
from lab.course.sources import Source
from lab.sync.git import REGULAR, Repository, Tree

LONG = 20  # characters from which a line says something
ENOUGH = 2  # telltale lines


@dataclass(frozen=True)
class Secret:
    """One solution: its exercise, its lines (stripped, blank ones left out), the telltale ones."""

    exercise: str
    lines: tuple[str, ...]
    telltale: frozenset[str]


def secrets(course: Sequence[Source]) -> list[Secret]:
    """Return the solutions of a course whose notebooks are up to date. Raises BadMarker."""
    texts = (source.target.read_text(encoding="utf-8") for source in course)
    shown = {line for text in texts for line in _lines(text, notebook=True)}
    return [
        Secret(name, tuple(lines), frozenset(x for x in lines if len(x) >= LONG and x not in shown))
        for source in course
        for cell in source.notebook().cells
        if (name := sources.exercise_of(cell))
        for lines in markers.regions(cell.source)
    ]


def search(repository: Repository, files: Tree, hidden: Iterable[Secret]) -> list[str]:
    """Return the places where a solution can be read (French, one line each)."""
    hidden = list(hidden)
    telltale = frozenset[str]().union(*(secret.telltale for secret in hidden))
    firsts = {secret.lines[0] for secret in hidden if secret.lines}
    found = []
    for path, entry in sorted(files.items()):
        if entry.mode not in REGULAR:
            continue
        text = repository.blob(entry.oid).decode("utf-8", errors="replace")
        lines = list(_lines(text, notebook=path.endswith(".ipynb")))
        held = set(lines)
        if held.isdisjoint(telltale) and held.isdisjoint(firsts):
            continue
        guilty = {secret.exercise for secret in hidden if _given_away(secret, lines, held)}
        found += [f"{path} montre la solution de {name}" for name in sorted(guilty)]
    return found


def _given_away(secret: Secret, lines: Sequence[str], held: set[str]) -> bool:
    if secret.telltale and len(secret.telltale & held) >= min(ENOUGH, len(secret.telltale)):
        return True
    whole = list(secret.lines)
    if not held.issuperset(whole) or sum(map(len, whole)) < LONG:
        return False
    return any(lines[at : at + len(whole)] == whole for at in range(len(lines) - len(whole) + 1))


def _lines(text: str, *, notebook: bool) -> Iterator[str]:
    """The lines that a reader sees, stripped, blank ones left out; outputs of notebooks too."""
    if notebook:
        with suppress(ValueError, RecursionError):  # a broken one is read as it is
            text = "\n".join(_strings(json.loads(text)))
    for line in text.splitlines():
        if bare := line.strip():
            yield bare


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        yield "".join(value)
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)
