"""What changed for a student between two releases, chapter by chapter, in French."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from lab.course.sources import CHAPTERS
from lab.sync.cells import said, source
from lab.sync.git import Entry, Repository, Tree
from lab.sync.update import LIKE

FOLDERS = (*CHAPTERS, "Evaluation")


@dataclass
class Change:
    """One notebook or document. `what`: nouveau, changé, retiré…; the rest: ids of exercises."""

    name: str
    what: str
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    cells: int = 0  # changed or new cells of a notebook, exercises left out

    def __str__(self) -> str:
        parts = [
            _count(self.new, "exercice nouveau", "exercices nouveaux"),
            _count(self.changed, "exercice changé", "exercices changés"),
            _count(self.gone, "exercice retiré", "exercices retirés"),
        ]
        if self.what not in ("nouveau", "retiré") and self.cells:
            parts.append(f"{self.cells} cellule{'s' if self.cells > 1 else ''} de cours")
        detail = " ; ".join(part for part in parts if part)
        return f"``{self.name}`` : {self.what}" + (f" ({detail})" if detail else "")


def changes(repository: Repository, before: Tree, after: Tree) -> dict[str, list[Change]]:
    """Return {chapter: what changed}, in the order of the course; other folders are left out."""
    found: dict[str, list[Change]] = {}
    sides = (repository.write_tree(before), repository.write_tree(after))
    renames = {new: old for old, new in repository.renames(*sides, LIKE).items()}
    for folder in FOLDERS:
        paths = [
            path
            for path in sorted({*before, *after} - {*renames.values()})
            if path.startswith(f"{folder}/") and before.get(path) != after.get(path)
        ]
        programs = [path for path in paths if PurePosixPath(path).suffix not in (".ipynb", ".rst")]
        rows = [
            _change(repository, path, renames.get(path, path), before, after)
            for path in paths
            if path not in programs
        ]
        if programs:
            count = len(programs)
            many = "s" if count > 1 else ""
            rows.append(Change(f"{count} autre{many} fichier{many}", "à jour"))
        if rows:
            found[folder] = rows
    return found


def in_rst(found: dict[str, list[Change]]) -> str:
    """Return the changes as a list of a document, "" without any."""
    lines: list[str] = []
    for chapter, rows in found.items():
        lines += [f"* **{chapter}**", "", *(f"  * {row}" for row in rows), ""]
    return "\n".join(lines).rstrip()


def _change(repository: Repository, path: str, old_path: str, before: Tree, after: Tree) -> Change:
    was, now = before.get(old_path), after.get(path)
    name = path.partition("/")[2]
    what = "changé" if was and now else "nouveau" if now else "retiré"
    if old_path != path:
        what = f"s'appelait ``{old_path}``"
    if not path.endswith(".ipynb"):
        return Change(name, what)
    old, new = (_cells(repository, entry) for entry in (was, now))
    asked, answered = _exercises(old), _exercises(new)
    plain = {said(cell) for cell in old}
    exercises = set(map(id, _flat(answered.values())))
    return Change(
        name,
        what,
        new=[one for one in answered if one not in asked],
        changed=[
            one for one in answered if one in asked and _texts(asked, one) != _texts(answered, one)
        ],
        gone=[one for one in asked if one not in answered],
        cells=sum(said(cell) not in plain and id(cell) not in exercises for cell in new),
    )


def _exercises(cells: list[Any]) -> dict[str, list[Any]]:
    """{exercise: its cell, and the statement right before it}"""
    found: dict[str, list[Any]] = {}
    for before, cell in zip([None, *cells], cells, strict=False):
        if name := cell.get("metadata", {}).get("exercise"):
            statement = [before] if before and before["cell_type"] == "markdown" else []
            found[name] = [*statement, cell]
    return found


def _texts(found: dict[str, list[Any]], name: str) -> list[str]:
    return [source(cell) for cell in found[name]]


def _flat(rows: Iterable[list[Any]]) -> list[Any]:
    return [cell for row in rows for cell in row]


def _cells(repository: Repository, entry: Entry | None) -> list[Any]:
    """The cells of a notebook; none when there is none, or none that can be read."""
    if entry is None:
        return []
    try:
        cells = json.loads(repository.blob(entry.oid))["cells"]
        return [cell for cell in cells if {"cell_type", "source"} <= cell.keys()]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _count(names: list[str], one: str, many: str) -> str:
    if not names:
        return ""
    return f"{len(names)} {many if len(names) > 1 else one} : {', '.join(names)}"
