"""``lab check``: the student's own notebooks, run and counted chapter by chapter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.course import run
from lab.errors import UnknownName
from lab.exercises import registry
from lab.exercises.result import Result, Status


@dataclass
class Chapter:
    """Where a student stands in one chapter: the last result of each exercise."""

    name: str  # the folder, as "Mongo"
    results: dict[str, Result] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)  # notebooks that raise, with the cell

    def count(self, status: Status) -> int:
        """Return how many exercises have this status."""
        return sum(result.status is status for result in self.results.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the stable form of ``lab check --json``."""
        return {
            "chapter": self.name,
            "exercises": len(self.results),
            **{status.value: self.count(status) for status in Status},
            "faults": self.faults,
            "results": [
                {"exercise": r.exercise, "status": r.status.value, "message": r.message}
                for r in self.results.values()
            ],
        }


def key_of(name: str) -> str:
    """Return the chapter's key (``mongo``) from a folder's or a key's name.

    Raises UnknownName.
    """
    for key, folder in registry.FOLDERS.items():
        if name.lower() in (key, folder.lower()):
            return key
    known = ", ".join(registry.FOLDERS.values())
    raise UnknownName(f"Le chapitre « {name} » n'existe pas ; il y a : {known}.", "./lab check")


def notebooks(root: Path, names: Iterable[str]) -> list[tuple[str, Path]]:
    """Return (chapter key, notebook) for the chapters asked, all when none. Raises UnknownName."""
    keys = [key_of(name) for name in names] or list(registry.FOLDERS)
    return [
        (key, path)
        for key in keys
        for path in sorted((root / registry.FOLDERS[key]).glob("[0-9]*.ipynb"))
    ]


def check(
    todo: Iterable[tuple[str, Path]],
    environment: Mapping[str, str],
    on_notebook: Callable[[Path], None],
) -> list[Chapter]:
    """Run the notebooks and return the chapters, exercises never reached counted as to do.

    `on_notebook` is called before each. A notebook that is not valid is a fault of its chapter.
    """
    import nbformat

    chapters: dict[str, Chapter] = {}
    for key, path in todo:
        if key not in chapters:
            chapters[key] = Chapter(registry.FOLDERS[key])
            for one in registry.chapter(key):
                chapters[key].results[one.id] = Result(one.id, Status.TODO)
        on_notebook(path)
        try:
            notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            chapters[key].faults.append(f"{path.name} : illisible ({type(error).__name__})")
            continue
        done = run.execute(notebook, path, environment)
        chapters[key].results.update({result.exercise: result for result in done.results})
        if done.error:
            chapters[key].faults.append(f"{path.name}, {done.error}")
    return list(chapters.values())
