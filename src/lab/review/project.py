"""The project as criteria see it: the student's sources, and what each line owes the course."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lab.review import code, notebooks
from lab.review.decoding import Text, decode, is_binary
from lab.review.git import Entry, Repository
from lab.review.history import History
from lab.review.locating import is_chapter
from lab.review.model import Evidence, Location, quote
from lab.review.secrets import Secret
from lab.review.tree import Tree, is_under

LARGEST = 1_000_000  # bytes of a file that is read
LARGEST_NOTEBOOK = 8_000_000  # its outputs are pictures
MOST_BYTES = 48_000_000  # of all that is read
MOST_FILES = 1500

_TEXTS = (
    *(".py", ".ipynb", ".md", ".rst", ".txt", ".yml", ".yaml", ".toml", ".cfg", ".ini", ".json"),
    *(
        ".html",
        ".htm",
        ".js",
        ".jsx",
        ".ts",
        ".tsx",
        ".vue",
        ".sql",
        ".sh",
        ".env",
        ".conf",
        ".jinja",
    ),
    *(".j2", ".properties", ".lock", ".jinja2", ".bat", ".ps1", ".markdown", ".css"),
)
_NAMES = (
    "dockerfile",
    "pipfile",
    ".env",
    "makefile",
    "readme",
    "procfile",
    "containerfile",
    ".flaskenv",
)
DATA_LINES = 400_000  # a .json or a .txt above this many bytes is data, not something written


@dataclass
class Source:
    """One text file. `inherited`: its lines that are the course's, stripped."""

    path: str
    text: Text
    size: int
    inherited: frozenset[str] = frozenset()
    notebook: notebooks.Notebook | None = None

    @property
    def name(self) -> str:
        return posixpath.basename(self.path).lower()

    @cached_property
    def lines(self) -> list[str]:
        """What is read as lines: a notebook's are those of its code cells, one after the other."""
        return self.python.split("\n") if self.notebook else self.text.content.split("\n")

    @cached_property
    def _cells(self) -> list[notebooks.Cell]:
        return [one for one in (self.notebook.cells if self.notebook else ()) if one.kind == "code"]

    @cached_property
    def python(self) -> str:
        """Its Python, the lines of which `own` and `evidence` speak."""
        if self.notebook is None:
            return self.text.content
        return "\n".join(notebooks.python(cell.source) for cell in self._cells)

    @cached_property
    def facts(self) -> code.Facts:
        return code.read(self.python)

    def own(self, line: int) -> bool:
        """Did the student write this line (from 1)?"""
        if not self.inherited:
            return True
        return 0 < line <= len(self.lines) and self.lines[line - 1].strip() not in self.inherited

    def evidence(self, line: int, text: str = "") -> Evidence:
        """Quote a line, or say `text` of it."""
        said = text or (self.lines[line - 1] if 0 < line <= len(self.lines) else "")
        return Evidence(quote(said), quote(self.path), self._place(line))

    def _place(self, line: int) -> str:
        if self.notebook is None:
            return str(line)
        before = 0
        for number, cell in enumerate(self.notebook.cells, 1):
            if cell.kind != "code":
                continue
            before += cell.source.count("\n") + 1
            if line <= before:
                return f"cellule {number}"
        return "cellule ?"


@dataclass(frozen=True)
class PastSecret:
    """A secret of the history; `present`: the last commit still has that version of the file."""

    commit: str
    secret: Secret
    present: bool


@dataclass
class Project:
    """Everything criteria look at. `own`: the student's entries, in the project or not."""

    tree: Tree
    location: Location
    own: list[Entry]
    history: History
    sources: list[Source] = field(default_factory=list)
    unread: list[Entry] = field(default_factory=list)  # too big, or beyond the limits
    inherited: int = 0  # files of the folder that are the course's, untouched
    members: tuple[str, ...] = ()
    upstream_known: bool = True
    past_secrets: list[PastSecret] = field(default_factory=list)

    @cached_property
    def python(self) -> list[Source]:
        """Python files and notebooks."""
        return [one for one in self.sources if one.name.endswith(".py") or one.notebook]

    @cached_property
    def entries(self) -> list[Entry]:
        """The student's own entries in the project's folder."""
        return [one for one in self.own if in_project(self.location, one.path)]

    @cached_property
    def blamed(self) -> list[Entry]:
        """What junk is looked for in: everything of the student's, wherever it lies."""
        return self.own if self.upstream_known else self.entries

    @property
    def empty(self) -> bool:
        """Is there nothing to judge, though there may be something to see?"""
        return not self.python

    def calls(
        self, wanted: Callable[[Source, code.Call], bool]
    ) -> Iterator[tuple[Source, code.Call]]:
        """The student's own calls for which `wanted` holds."""
        for source in self.python:
            for call in source.facts.calls:
                if source.own(call.line) and wanted(source, call):
                    yield source, call

    def imports(self, *modules: str) -> Iterator[tuple[Source, str, int]]:
        """The student's own imports of these modules: (source, module, line)."""
        for source in self.python:
            for name, line in source.facts.imported(*modules):
                if source.own(line):
                    yield source, name, line

    def named(self, *names: str) -> list[Source]:
        """Sources whose file name starts with one of these (lower case)."""
        return [one for one in self.sources if one.name.startswith(names)]


def in_project(location: Location, path: str) -> bool:
    """Is this path the project's? At the root of a fork, the chapters are not."""
    if location.folder == "":
        return not is_chapter(path)
    return is_under(path, location.folder)


def read_sources(
    repository: Repository, project: Project, inherited: Callable[[str, str], frozenset[str]]
) -> None:
    """Fill `project.sources`, smallest files first when there are too many."""
    spent = 0
    chosen = sorted(_worth_reading(project), key=lambda one: (not _is_python(one.path), one.size))
    for entry in chosen:
        most = LARGEST_NOTEBOOK if entry.path.endswith(".ipynb") else LARGEST
        if (
            entry.size > most
            or spent + entry.size > MOST_BYTES
            or len(project.sources) >= MOST_FILES
        ):
            project.unread.append(entry)
            continue
        data = repository.read(entry.oid)
        spent += len(data)
        if not is_binary(data):
            project.sources.append(_source(entry, data, inherited))
    project.sources.sort(key=lambda one: one.path)


def _worth_reading(project: Project) -> Sequence[Entry]:
    return [
        one for one in project.entries if _is_text(one) and not project.tree.generated(one.path)
    ]


def _is_python(path: str) -> bool:
    return path.endswith((".py", ".ipynb"))


def _is_text(entry: Entry) -> bool:
    name = posixpath.basename(entry.path).lower()
    if name.endswith((".json", ".txt", ".sql")) and entry.size > DATA_LINES:
        return False
    return name.endswith(_TEXTS) or name.startswith(_NAMES)


def _source(entry: Entry, data: bytes, inherited: Callable[[str, str], frozenset[str]]) -> Source:
    text = decode(data)
    known = inherited(entry.path, text.content)
    if not entry.path.lower().endswith(".ipynb"):
        return Source(entry.path, text, entry.size, known)
    book = notebooks.read(text.content)
    # A notebook's lines are JSON strings in its file; its cells are compared as they are read.
    lines = frozenset(
        line.strip()
        for cell in notebooks.read("[\n" + "\n".join(known) + "\n").cells
        for line in cell.source.split("\n")
    )
    return Source(entry.path, text, entry.size, lines - {""}, book)
