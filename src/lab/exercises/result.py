"""What a check answers: a status and one French sentence, shown as text or in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from html import escape


class Status(StrEnum):
    """How an exercise stands; the values are those of ``lab check --json``."""

    TODO = "todo"  # not answered yet
    RIGHT = "right"
    WRONG = "wrong"
    UNVERIFIED = "unverified"  # the local engine cannot tell: never counted as right
    ERROR = "error"  # the check could not run (a store is down…)


WORDS = {
    Status.TODO: "pas encore répondu",
    Status.RIGHT: "juste",
    Status.WRONG: "pas encore juste",
    Status.UNVERIFIED: "non vérifié ici",
    Status.ERROR: "vérification impossible",
}
SIGNS = {
    Status.TODO: "○",
    Status.RIGHT: "✔",
    Status.WRONG: "✘",
    Status.UNVERIFIED: "◌",
    Status.ERROR: "!",
}
# Dark enough on white and light enough on black (WCAG AA against both JupyterLab themes).
COLOURS = {
    Status.TODO: "#6b7280",
    Status.RIGHT: "#15803d",
    Status.WRONG: "#b45309",
    Status.UNVERIFIED: "#6d28d9",
    Status.ERROR: "#b91c1c",
}


@dataclass(frozen=True)
class Result:
    """The answer of a check; `message` never holds the expected answer."""

    exercise: str
    status: Status
    message: str = ""

    def __str__(self) -> str:
        said = f" — {self.message}" if self.message else ""
        return f"{SIGNS[self.status]} {self.exercise} : {WORDS[self.status]}{said}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        colour = COLOURS[self.status]
        return (
            f'<div style="border-left:4px solid {colour};padding:.35em .8em;margin:.2em 0">'
            f'<b style="color:{colour}">{SIGNS[self.status]} {escape(WORDS[self.status])}</b>'
            f" · {escape(self.exercise)}<br>{escape(self.message)}</div>"
        )
