"""What a grading says of one student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lab.exercises import registry
from lab.exercises.result import Status

ASKS = (Status.UNVERIFIED, Status.ERROR)  # what a human decides
MANY = 25  # checks of one exercise in one run: someone may be guessing


@dataclass
class Answer:
    """One exercise: its last result; `tries`: how many times the notebooks had it checked."""

    exercise: str
    status: Status = Status.TODO
    message: str = ""
    tries: int = 0
    seconds: float = 0.0
    doubt: str = ""  # what happened before, that a result may owe something to

    @property
    def asks(self) -> bool:
        """Must a human look?"""
        return self.status in ASKS or self.tries > MANY or bool(self.doubt)


@dataclass
class Played:
    """One notebook: `same` as the course's (not run), `stopped` and `error` in French."""

    name: str
    same: bool = False
    stopped: str = ""
    error: str = ""
    seconds: float = 0.0


@dataclass
class Grade:
    """One student. `fault`: why nothing could be graded."""

    name: str
    address: str
    members: tuple[str, ...] = ()
    commit: str = ""
    chapters: tuple[str, ...] = ()
    answers: list[Answer] = field(default_factory=list)
    notebooks: list[Played] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fault: str = ""
    doubt: str = ""
    seconds: float = 0.0
    title: str = ""  # the student's name in the class list

    @property
    def shown(self) -> str:
        """How people call them."""
        return self.title or self.name

    def count(self, status: Status, chapter: str = "") -> int:
        return sum(one.status is status for one in self.of(chapter))

    def of(self, chapter: str = "") -> list[Answer]:
        """The answers of a chapter (its key), or all."""
        if not chapter:
            return self.answers
        return [one for one in self.answers if one.exercise.rpartition("-")[0] == chapter]

    @property
    def asks(self) -> int:
        return sum(one.asks for one in self.answers)

    @property
    def stars(self) -> tuple[int, int]:
        """Stars of the right answers, and of all."""
        rows = [(registry.find(one.exercise).stars, one.status) for one in self.answers]
        right = sum(stars for stars, status in rows if status is Status.RIGHT)
        return right, sum(stars for stars, _ in rows)

    def as_dict(self) -> dict[str, Any]:
        """Return the stable form of ``lab grade --json``."""
        return asdict(self) | {"stars": list(self.stars)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Grade:
        """Read what :meth:`as_dict` wrote. Raises KeyError, TypeError, ValueError."""
        known = {**data, "members": tuple(data["members"]), "chapters": tuple(data["chapters"])}
        known.pop("stars", None)
        known["answers"] = [
            Answer(**{**one, "status": Status(one["status"])}) for one in data["answers"]
        ]
        known["notebooks"] = [Played(**one) for one in data["notebooks"]]
        return cls(**known)


def blank(chapters: Sequence[str]) -> list[Answer]:
    """Every exercise of these chapters, still to do."""
    return [Answer(one.id) for key in chapters for one in registry.chapter(key)]
