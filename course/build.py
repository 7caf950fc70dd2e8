"""Makes the notebooks that students open from their sources.

    .venv/bin/python course/build.py            writes Introduction/*.ipynb, Scrapy/*.ipynb…
    .venv/bin/python course/build.py --check    writes nothing; exit code 1 when one is stale

`course/Mongo/01_documents.py` (jupytext, py:percent) gives `Mongo/01_documents.ipynb`. The result
depends on the sources alone: no output, no date, no version of a tool; a cell keeps its id when
others come before it, so that git merges a teacher's update with a student's notebook.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat.v4 import new_markdown_cell

COURSE = Path(__file__).resolve().parent
ROOT = COURSE.parent

# The order of the course: previous/next links follow it, and a chapter that has no source yet
# is skipped.
CHAPTERS = ("Introduction", "Scrapy", "Mongo", "Redis", "Elasticsearch", "S3", "Serverless")

# Magics stay as they are: `%%writefile` would otherwise comment out a whole cell of the source.
PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


# Code, inline or in a block: French typography stops at its edge.
CODE = re.compile(r"(```.*?```|`[^`]*`)", re.DOTALL)


def sources() -> list[Path]:
    """The sources in the order of the course."""
    return [path for name in CHAPTERS for path in sorted((COURSE / name).glob("[0-9]*.py"))]


def target(source: Path) -> Path:
    """The notebook that `source` gives."""
    return ROOT / source.relative_to(COURSE).with_suffix(".ipynb")


def title(source: Path) -> str:
    """The first heading of a source. Raises ValueError when it has none."""
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("# # "):
            return line.removeprefix("# # ").strip()
    raise ValueError(f"{source} has no first-level heading")


def links(source: Path, ordered: list[Path]) -> str:
    """Markdown links to the previous notebook, the chapter, and the next one."""

    def link(other: Path, text: str) -> str:
        here, there = target(source), target(other)
        same = there.parent == here.parent
        path = there.name if same else f"../{there.parent.name}/{there.name}"
        return f"[{text}]({path})"

    place = ordered.index(source)
    parts = [f"[Plan du chapitre {source.parent.name}](README.rst)"]
    if place > 0:
        parts.insert(0, link(ordered[place - 1], f"← {title(ordered[place - 1])}"))
    if place + 1 < len(ordered):
        parts.append(link(ordered[place + 1], f"{title(ordered[place + 1])} →"))
    return " · ".join(parts)


def build(source: Path, ordered: list[Path]) -> str:
    """The text of the notebook of `source`: no outputs, stable ids, links at both ends."""
    text = source.read_text(encoding="utf-8")
    notebook: Any = jupytext.reads(text, fmt=dict(PERCENT))
    bar = links(source, ordered)
    notebook.cells = [new_markdown_cell(bar), *notebook.cells, new_markdown_cell(bar)]
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        # The id comes from what the cell says (and which time it is said), not from its place.
        cell.id = identity(source, cell, seen)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = typeset(cell.source)
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def typeset(markdown: str) -> str:
    """French text with unbreakable spaces where a line must not end (before « : », in « … »)."""
    parts = CODE.split(markdown)
    for place in range(0, len(parts), 2):
        parts[place] = re.sub(r" ([:;?!»])", "\N{NO-BREAK SPACE}\\1", parts[place])
        parts[place] = parts[place].replace("« ", "«\N{NO-BREAK SPACE}")
    return "".join(parts)


def identity(source: Path, cell: Any, seen: Counter[str]) -> str:
    """12 hexadecimal digits, unique in a notebook and always the same for the same cell."""
    name = source.relative_to(COURSE).as_posix()
    content = f"{name}\0{cell.cell_type}\0{cell.source}"
    seen[content] += 1
    return hashlib.sha256(f"{content}\0{seen[content]}".encode()).hexdigest()[:12]


def stale() -> list[Path]:
    """The notebooks that are absent or differ from what their sources give."""
    ordered = sources()
    texts = {target(source): build(source, ordered) for source in ordered}
    return [
        path
        for path, text in texts.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Write the notebooks, or check them; return the exit code."""
    parser = argparse.ArgumentParser(description="Make the notebooks from course/.")
    parser.add_argument("--check", action="store_true", help="only say which ones are stale")
    if parser.parse_args().check:
        late = stale()
        for path in late:
            print(f"stale: {path.relative_to(ROOT)} (run course/build.py)", file=sys.stderr)
        return 1 if late else 0
    ordered = sources()
    for source in ordered:
        target(source).parent.mkdir(exist_ok=True)
        target(source).write_text(build(source, ordered), encoding="utf-8")
        print(target(source).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
