"""Where the sources are, in the order of the course, and what they hold."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The order of the course: previous/next links follow it; a chapter without sources is skipped.
CHAPTERS = ("Introduction", "Scrapy", "Mongo", "Redis", "Elasticsearch", "S3", "Serverless")
# Magics stay as they are: `%%writefile` would otherwise comment out a whole cell of the source.
PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}


class BadSource(ValueError):
    """A source breaks the rules of the course; the message names the file and the exercise."""


@dataclass(frozen=True)
class Source:
    """One notebook's source: its path, and the folder of the checkout it builds into."""

    path: Path
    root: Path

    @property
    def chapter(self) -> str:
        """The folder's name, as ``Mongo``."""
        return self.path.parent.name

    @property
    def name(self) -> str:
        """``Mongo/01_documents``."""
        return f"{self.chapter}/{self.path.stem}"

    @property
    def target(self) -> Path:
        """The notebook that students open."""
        return self.root / self.chapter / f"{self.path.stem}.ipynb"

    def title(self) -> str:
        """The first heading. Raises BadSource when there is none."""
        for line in self.path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# # "):
                return line.removeprefix("# # ").strip()
        raise BadSource(f"{self.name}: no first-level heading")

    def notebook(self) -> Any:
        """The source as a notebook (nbformat), markers and wrong answers included."""
        try:
            import jupytext  # type: ignore[import-untyped]
        except ImportError:
            raise BadSource("jupytext n'est pas installé (.venv/bin/pipenv sync --dev)") from None
        return jupytext.reads(self.path.read_text(encoding="utf-8"), fmt=dict(PERCENT))


def find(root: Path) -> list[Source]:
    """Return the sources of a checkout, in the order of the course; none on a release branch."""
    return [
        Source(path, root)
        for name in CHAPTERS
        for path in sorted((root / "course" / name).glob("[0-9]*.py"))
    ]


def exercise_of(cell: Any) -> str:
    """The id of the exercise a cell asks, or ""."""
    return str(cell.metadata.get("exercise", ""))


def wrong_for(cell: Any) -> str:
    """The id of the exercise that a cell answers wrongly on purpose, or ""."""
    return str(cell.metadata.get("wrong", ""))


def check_call(code: str) -> ast.Call:
    """Return the ``check(...)`` that ends an exercise's cell. Raises BadSource."""
    body = ast.parse(code).body
    last = body[-1] if body else None
    if (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Call)
        and isinstance(last.value.func, ast.Name)
        and last.value.func.id == "check"
    ):
        return last.value
    raise BadSource("an exercise's cell must end with check(…)")
