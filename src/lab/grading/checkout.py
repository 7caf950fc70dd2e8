"""A student's files, taken from git's objects: what the notebooks need, and nothing dangerous."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.exercises import registry
from lab.review.git import Entry, Repository

ENTRIES = 20_000
FILE = 8 * 2**20  # bytes of one file
TOTAL = 256 * 2**20
TOP = 2**20  # bytes of a file of the repository's root
LEFT_OUT = {".git", ".venv", "venv", "env", "node_modules", "site-packages", "__pycache__"}
_NOTEBOOK = re.compile(r"^[0-9][^/]*\.ipynb$")


@dataclass(frozen=True)
class Notebook:
    """One of the student's: `path` in the checkout, `same` when its code is the course's own."""

    path: str
    same: bool = False


def extract(repository: Repository, commit: str, target: Path) -> list[str]:
    """Write the chapters and the small files of the root; return what was left out (French)."""
    folders = set(registry.FOLDERS.values())
    left, notes = TOTAL, []
    for entry in repository.entries(commit, ENTRIES):
        top, _, rest = entry.path.partition("/")
        wanted = top in folders if rest else entry.size <= TOP
        if not wanted or not entry.mode.startswith("100") or not _safe(entry):
            continue
        if entry.size > min(FILE, left):
            notes.append(f"{entry.path} est trop gros pour être exécuté ({entry.size} octets)")
            continue
        left -= entry.size
        path = target / entry.path
        with contextlib.suppress(OSError, ValueError):  # a name this system cannot write
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(repository.read(entry.oid))
    return notes[:20]


def _safe(entry: Entry) -> bool:
    parts = entry.path.split("/")
    return not any(part in ("", ".", "..") or part.lower() in LEFT_OUT for part in parts)


def notebooks(work: Path, root: Path, chapters: Sequence[str]) -> list[Notebook]:
    """The notebooks to run, by chapter; those of `root` are the course's. At most 60."""
    found = []
    for key in chapters:
        folder = registry.FOLDERS[key]
        for path in sorted((work / folder).glob("*.ipynb")):
            if not _NOTEBOOK.match(path.name):
                continue
            name = f"{folder}/{path.name}"
            mine = code(path)
            if mine is not None and not any("check(" in cell for cell in mine):
                continue  # nothing in it is an exercise
            found.append(Notebook(name, mine is not None and mine == code(root / name)))
    return found[:60]


def code(path: Path) -> list[str] | None:
    """The sources of the code cells; None when it is not a notebook that can be read."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]).rstrip() for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def exercises(path: Path) -> Iterable[str]:
    """The exercises that a notebook of the course asks."""
    found = re.findall(r"""check\(["']([a-z0-9]+-\d\d)["']""", "\n".join(code(path) or []))
    return dict.fromkeys(found)
