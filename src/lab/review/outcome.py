"""What came out of trying a project: plain records, which go to JSON and come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["absent", "unreadable", "refused", "unbuilt", "stopped", "impossible", "ran"]

STATES: Mapping[State, str] = {
    "absent": "rien à lancer",
    "unreadable": "le fichier compose n'est pas accepté",
    "refused": "refusé",
    "unbuilt": "l'image ne se construit pas",
    "stopped": "arrêté avant la fin",
    "impossible": "l'essai n'a pas pu se faire",
    "ran": "lancé",
}


@dataclass(frozen=True)
class Refusal:
    """Something of the compose file that this machine will not do; `rule` is one of rules.RULES."""

    rule: str
    text: str
    path: str
    line: int = 0

    @property
    def where(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True)
class Ran:
    """How one service ended up. `offline`: it failed for lack of the Internet, which is ours."""

    name: str
    state: Literal["healthy", "running", "done", "unhealthy", "failed", "absent"]
    code: int = 0
    said: str = ""
    store: str = ""
    built: bool = False
    offline: bool = False

    @property
    def well(self) -> bool:
        return self.state in ("healthy", "running", "done")


@dataclass(frozen=True)
class Page:
    """What one address answered; `shows` says the data seen in it, "" when none."""

    service: str
    port: int
    path: str
    status: int
    shows: str = ""
    error: str = ""
    scripted: bool = False  # drawn by scripts: what it shows cannot be seen without a browser


@dataclass(frozen=True)
class Stock:
    """Documents of one store before the application started, and at the end; None: not counted."""

    service: str
    kind: str
    before: int | None
    after: int | None
    detail: str = ""

    @property
    def received(self) -> int:
        return max(0, (self.after or 0) - (self.before or 0))


@dataclass(frozen=True)
class Trial:
    """The whole trial. `said`: one French sentence; `logs`: names of files kept."""

    state: State
    said: str
    commit: str = ""
    compose: str = ""
    refusals: tuple[Refusal, ...] = ()
    services: tuple[Ran, ...] = ()
    pages: tuple[Page, ...] = ()
    stores: tuple[Stock, ...] = ()
    notes: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def title(self) -> str:
        return STATES[self.state]

    @property
    def offline(self) -> tuple[str, ...]:
        """Services that failed because there is no Internet here."""
        return tuple(one.name for one in self.services if one.offline)

    @property
    def summary(self) -> str:
        """One line for a table: what started, what the page answered, what was stored."""
        if self.state != "ran":
            return self.said
        well = sum(one.well for one in self.services)
        said = [f"{well} services sur {len(self.services)} démarrent"]
        answered = [one for one in self.pages if one.status == 200]
        shown = [one.shows for one in answered if one.shows]
        if shown:
            said.append(f"la page montre {shown[0]}")
        else:
            said.append("la page répond" if answered else "aucune page ne répond")
        if self.stores:
            said.append(f"{sum(one.received for one in self.stores)} documents reçus")
        if self.offline:
            said.append("sans Internet, la récolte n'est pas jugée")
        return " ; ".join(said)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Trial:
        """The inverse of `dataclasses.asdict`, after a trip through JSON. Raises ValueError."""
        from pydantic import TypeAdapter

        return TypeAdapter(cls).validate_python(data)
