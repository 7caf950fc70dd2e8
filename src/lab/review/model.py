"""What a review is made of: plain records, which go to JSON and come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from lab.review.outcome import Trial

QUOTE = 120  # characters of a line quoted as evidence
LEVELS = 4  # 0 to 3: nothing, begun, done, accomplished

SURE, LIKELY, DOUBTFUL = 0.95, 0.75, 0.5  # confidences


@dataclass(frozen=True)
class Evidence:
    """Why a level was given: a line of a file, or what a command said (`path` is then empty)."""

    text: str
    path: str = ""
    place: str = ""  # "12", or "cellule 3" in a notebook

    @property
    def where(self) -> str:
        """``app.py:12``; a notebook's cell has a space: ``x.ipynb, cellule 3``."""
        if not self.place:
            return self.path
        return f"{self.path}:{self.place}" if self.place.isdigit() else f"{self.path}, {self.place}"


def quote(text: str) -> str:
    """One short line, without control characters: a hostile file cannot rewrite the terminal."""
    line = " ".join(text.split())
    line = "".join(char if char.isprintable() else "�" for char in line)
    return line if len(line) <= QUOTE else line[: QUOTE - 1] + "…"


@dataclass(frozen=True)
class Verdict:
    """The level of one criterion; None when it cannot be decided, and `question` then says why."""

    criterion: str
    level: int | None
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    question: str = ""


@dataclass(frozen=True)
class Location:
    """Where the project is, how it was recognised, and how sure that is (0 to 1)."""

    folder: str  # "" is the root of the repository
    kind: str  # a key of locating.KINDS
    confidence: float
    why: str = ""
    others: tuple[str, ...] = ()  # other places with code of the student's own


@dataclass
class Review:
    """Everything known of one repository. `fault`: it could not be read at all, and why."""

    name: str
    address: str
    members: tuple[str, ...] = ()
    commit: str = ""
    date: str = ""
    location: Location | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what a grader should know, in French
    facts: dict[str, int] = field(default_factory=dict)  # files, lines, commits: sizes
    seconds: float = 0.0
    fault: str = ""
    trial: Trial | None = None  # what running it showed (--run)
    title: str = ""  # its name in the class list

    @property
    def shown(self) -> str:
        """How people call it."""
        return self.title or self.name

    def as_dict(self) -> dict[str, Any]:
        """The stable form of ``lab review --json``."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Review:
        """The inverse of `as_dict`, after a trip through JSON."""
        values = dict(data)
        values["members"] = tuple(values["members"])
        if values["location"]:
            place = dict(values["location"])
            values["location"] = Location(**{**place, "others": tuple(place["others"])})
        values["verdicts"] = [
            Verdict(**{**one, "evidence": tuple(Evidence(**proof) for proof in one["evidence"])})
            for one in values["verdicts"]
        ]
        if values.get("trial"):
            values["trial"] = Trial.from_dict(values["trial"])
        return cls(**values)
