"""Simulated students' copies of the course: what students were really seen to do to theirs.

Every line that a simulated student writes bears the mark ``etudiant-N-``, so that it can be found
again after an update, whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.sync import contents
from lab.sync.git import Repository

MARK = "etudiant"
STUB = "reponse = ..."
FEW = 5  # a student changes one text in so many


class Student:
    """Who works in one copy; `write` gives them something to say that nobody else says."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.root = repository.root
        self._count = 0

    def write(self) -> str:
        """Return a line of their own."""
        self._count += 1
        return f"{MARK}-{self._count}-fin"

    def files(self, *suffixes: str) -> list[Path]:
        """Return the regular files that git follows, with one of these suffixes."""
        paths = (self.root / name for name in sorted(self.repository.tracked()))
        return [p for p in paths if p.suffix in suffixes and p.is_file() and not p.is_symlink()]

    def notebooks(self) -> Iterator[tuple[Path, Any]]:
        """Yield the notebooks that can be read; each is written back when the next is asked."""
        for path in self.files(".ipynb"):
            notebook = contents.read(path.read_bytes())
            if notebook is not None:
                yield path, notebook
                path.write_bytes(contents.write(notebook))

    def save(self) -> None:
        """Commit everything."""
        self.repository.run("add", "-A")
        self.repository.run("commit", "-q", "--allow-empty", "-m", "mon travail")


def answer(student: Student) -> None:
    """Fill in every exercise, run everything."""
    for _, notebook in student.notebooks():
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code" and cell["metadata"].get("exercise"):
                _rewrite(cell, f"reponse = {student.write()!r}")
        _run(student, notebook)


def _rewrite(cell: Any, line: str) -> None:
    text = "".join(cell["source"])
    cell["source"] = text.replace(STUB, line, 1) if STUB in text else f"{line}\n{text}"


def _run(student: Student, notebook: Any) -> None:
    for count, cell in enumerate(c for c in notebook["cells"] if c["cell_type"] == "code"):
        cell["execution_count"] = count + 1
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": student.write()}]


def add_cells(student: Student) -> None:
    """Add cells of one's own, here and there, one of them at each end."""
    for _, notebook in student.notebooks():
        cells = notebook["cells"]
        for at in [len(cells), *range(len(cells) - FEW, 0, -FEW), 0]:
            kind = "markdown" if at % 2 else "code"
            extra: dict[str, Any] = (
                {"outputs": [], "execution_count": None} if kind == "code" else {}
            )
            text = student.write()
            cells.insert(
                at, {"cell_type": kind, "id": text, "metadata": {}, "source": text, **extra}
            )


def annotate(student: Student) -> None:
    """Write in the statements, and delete a cell of each notebook."""
    for _, notebook in student.notebooks():
        texts = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
        for cell in texts[::FEW]:
            cell["source"] = "".join(cell["source"]) + f"\n\n{student.write()}"
        if len(notebook["cells"]) > FEW:
            del notebook["cells"][FEW]


def write_programs(student: Student) -> None:
    """Change programs, documents and settings, at their start and in their middle."""
    for path in student.files(".py", ".rst", ".yml", ".toml")[::FEW]:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        lines.insert(0, f"# {student.write()}\n")
        lines[len(lines) // 2 :: len(lines)] = [f"# {student.write()}\n"]
        path.write_text("".join(lines), encoding="utf-8")


def move_files(student: Student) -> None:
    """Add a project, rename and delete files, move a folder, leave files that git ignores."""
    project = student.root / "Evaluation" / "Projet"
    project.mkdir(parents=True, exist_ok=True)
    (project / "app.py").write_text(f"{student.write()}\n", encoding="utf-8")
    notebooks = student.files(".ipynb")
    for path in notebooks[1::FEW]:
        path.rename(path.with_name(f"mon_{path.name}"))
    for path in notebooks[2::FEW]:
        path.unlink()
    spiders = student.root / "Scrapy" / "newscrawler"
    if spiders.is_dir():
        spiders.rename(student.root / "mon_crawler")
    (student.root / "brouillon.txt").write_text(f"{student.write()}\n", encoding="utf-8")


@dataclass(frozen=True)
class Scenario:
    """One student: their name in the table, what they did, whether they committed it."""

    name: str
    deeds: tuple[Callable[[Student], None], ...]
    saved: bool = True


EVERYTHING = (answer, annotate, add_cells, write_programs, move_files)
SCENARIOS = (
    Scenario("copie intacte", ()),
    Scenario("exercices remplis et exécutés", (answer,)),
    Scenario("cellules ajoutées", (add_cells,)),
    Scenario("consignes annotées, cellules retirées", (annotate,)),
    Scenario("programmes modifiés", (write_programs,)),
    Scenario("fichiers ajoutés, renommés, retirés", (move_files,)),
    Scenario("tout cela à la fois", EVERYTHING),
    Scenario("tout cela, non enregistré dans git", EVERYTHING, saved=False),
)


def make(scenario: Scenario, origin: Path, folder: Path) -> Repository:
    """Clone `origin` into `folder` as a student would, and do what the scenario says."""
    Repository(origin).run("clone", "-q", "-s", "-o", "basestream", str(origin), str(folder))
    repository = Repository(folder)
    repository.run("config", "user.name", "Copie simulée")
    repository.run("config", "user.email", "copie@exemple.fr")
    student = Student(repository)
    for deed in scenario.deeds:
        deed(student)
    if scenario.deeds and scenario.saved:
        student.save()
    return repository


def written(root: Path) -> set[str]:
    """Return what the student wrote that is still there: whole lines; whole cells of notebooks."""
    found: set[str] = set()
    for path in root.rglob("*"):
        if ".git" in path.relative_to(root).parts or path.is_symlink() or not path.is_file():
            continue
        raw = path.read_bytes()
        if MARK.encode() not in raw:
            continue
        text = raw.decode("utf-8", errors="replace")
        try:
            cells = json.loads(text)["cells"] if path.suffix == ".ipynb" else None
            texts = [_said(cell) for cell in cells] if cells is not None else text.splitlines()
        except (ValueError, KeyError, TypeError):
            texts = text.splitlines()
        found.update(one for one in texts if MARK in one)
    return found


def _said(cell: Any) -> str:
    """A cell's text, and its outputs when the student has not rewritten it."""
    return "".join(cell["source"])
