"""Which exercises exist, and the function that judges each.

A judge takes the student's answer and returns nothing when it is right, or raises `Wrong`
(with a French sentence that says what was compared, and a hint, never the answer) or
`Unverified`.  It finds the truth by another road than the expected solution: from the raw data
in plain Python, or from the practice world.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

Judge = Callable[..., None]
# First part of an id -> module of this package that judges it, in the order of the course.
CHAPTERS = {
    "intro": "introduction",
    "scrapy": "scrapy",
    "mongo": "mongo",
    "redis": "redis",
    "elastic": "elastic",
    "s3": "s3",
}
FOLDERS = {
    "intro": "Introduction",
    "scrapy": "Scrapy",
    "mongo": "Mongo",
    "redis": "Redis",
    "elastic": "Elasticsearch",
    "s3": "S3",
}


class Wrong(Exception):
    """The answer is not right: one French sentence, and a hint."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())


class Unverified(Exception):
    """This engine cannot tell right from wrong here: the sentence says why."""


class UnknownExercise(Exception):
    """No exercise has this id."""


@dataclass(frozen=True)
class Exercise:
    """One exercise. `stateful`: the work done in a store is judged, there is no answer value."""

    id: str
    judge: Judge
    stars: int
    stateful: bool

    @property
    def chapter(self) -> str:
        """The first part of the id, as ``mongo``."""
        return self.id.rpartition("-")[0]


_known: dict[str, Exercise] = {}


def exercise(id: str, stars: int = 1, *, stateful: bool = False) -> Callable[[Judge], Judge]:
    """Register the decorated judge as that of exercise `id`; `stars`: difficulty, 1 to 3.

    Raises ValueError when the id is malformed or taken.
    """
    chapter, _, number = id.rpartition("-")
    if chapter not in CHAPTERS or not (len(number) == 2 and number.isdigit()):
        raise ValueError(f"malformed exercise id: {id!r}")

    def register(judge: Judge) -> Judge:
        if id in _known:
            raise ValueError(f"exercise {id!r} is judged twice")
        _known[id] = Exercise(id, judge, stars, stateful)
        return judge

    return register


def chapter(name: str) -> list[Exercise]:
    """Return the exercises of a chapter (``mongo``), by number."""
    importlib.import_module(f"{__package__}.{CHAPTERS[name]}")
    return sorted((e for e in _known.values() if e.chapter == name), key=lambda e: e.id)


def find(id: str) -> Exercise:
    """Return one exercise. Raises UnknownExercise."""
    name = str(id).rpartition("-")[0]
    if name in CHAPTERS:
        chapter(name)
    if id not in _known:
        raise UnknownExercise(f"L'exercice « {id} » n'existe pas.")
    return _known[id]
