"""What a sync did, or would do, file by file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from lab.sync.cells import Merged


class What(StrEnum):
    """What happened to a file. The values are those of ``lab sync --json``."""

    NEW = "new"
    UPDATED = "updated"
    MERGED = "merged"
    YOURS = "yours"
    BACK = "back"
    REMOVED = "removed"
    KEPT = "kept"
    MOVED = "moved"
    BLOCKED = "blocked"
    RENAMED = "renamed"


TITLES = {
    What.NEW: "Nouveaux fichiers du cours",
    What.UPDATED: "Mis à jour (vous n'y aviez pas touché)",
    What.MERGED: "Réunis : vos modifications et celles du cours",
    What.YOURS: "Vos lignes ont gagné ; la version du cours est à côté",
    What.BACK: "Revenus : vous les aviez supprimés, le cours les a modifiés",
    What.REMOVED: "Retirés du cours (vous n'y aviez pas touché)",
    What.KEPT: "Retirés du cours, gardés chez vous parce que vous les aviez modifiés",
    What.MOVED: "Déplacés",
    What.BLOCKED: "Mis de côté : vous avez autre chose sous ce nom",
    What.RENAMED: "Vos fichiers non suivis, renommés pour laisser la place",
}


@dataclass
class Change:
    """One file of the report. `origin`: its name before; `beside`: where upstream's version is."""

    path: str
    what: What
    origin: str = ""
    beside: str = ""
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the stable form of ``lab sync --json``."""
        return asdict(self)

    def __str__(self) -> str:
        moved = f"{self.origin} → " if self.origin and self.origin != self.path else ""
        beside = f" [du cours : {self.beside}]" if self.beside else ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{moved}{self.path}{detail}{beside}"


def in_words(merged: Merged) -> str:
    """Say what happened to the cells of a notebook."""
    parts = (
        (merged.arrived, "cellule nouvelle", "cellules nouvelles"),
        (merged.updated, "mise à jour", "mises à jour"),
        (merged.removed, "retirée", "retirées"),
        (merged.kept, "gardée telle que chez vous", "gardées telles que chez vous"),
    )
    return ", ".join(f"{n} {many if n > 1 else one}" for n, one, many in parts if n)


def by_kind(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    """Group the changes under their French titles, what needs the student's eye last."""
    found = sorted(changes, key=lambda change: change.path)
    groups = ((title, [c for c in found if c.what is what]) for what, title in TITLES.items())
    return [(title, some) for title, some in groups if some]
