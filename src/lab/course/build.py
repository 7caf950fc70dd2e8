"""Make notebooks from a source: the student's, the solved one, and the one of wrong answers.

The result depends on the sources alone: no output, no date, no version of a tool; a cell keeps
its id when others come before it, so that git merges a teacher's update with a student's notebook.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.course import markers
from lab.course.sources import BadSource, Source, check_call, exercise_of, find, wrong_for

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# Code, inline or in a block: French typography stops at its edge.
CODE = re.compile(r"(```.*?```|`[^`]*`)", re.DOTALL)
WRONG_ANSWERS = 2  # at least, for each exercise
# Values no exercise accepts; each is tried by the notebook of wrong answers.
GARBAGE = """from lab.course.garbage import VALUES as _valeurs
_verdicts = [check({id!r}, _valeur) for _valeur in _valeurs]"""


def student(source: Source, ordered: Sequence[Source]) -> str:
    """Return the text of the notebook students open. Raises BadMarker, BadSource."""
    notebook = source.notebook()
    bar = links(source, ordered)
    kept = [cell for cell in notebook.cells if not wrong_for(cell)]
    opening, *lesson = kept
    contents = [_markdown(text)] if (text := table_of_contents(source, kept)) else []
    notebook.cells = [_markdown(bar), opening, *contents, *lesson, _markdown(bar)]
    for cell in kept:
        if cell.cell_type == "code":
            cell.source = markers.strip(cell.source)
            if exercise_of(cell):
                cell.metadata["tags"] = ["exercice"]
    return _finished(source, notebook)


def solved(source: Source, ordered: Sequence[Source], *, with_wrong: bool = False) -> str:
    """Return the notebook with its solutions; `with_wrong` adds the wrong answers and garbage.

    After each wrong answer the solution runs again, so that later cells find the right values.
    """
    notebook = source.notebook()
    wrongs: dict[str, list[str]] = {}
    for cell in notebook.cells:
        if wrong_for(cell):
            wrongs.setdefault(wrong_for(cell), []).append(cell.source)
    cells = []
    for cell in notebook.cells:
        if wrong_for(cell):
            continue
        if cell.cell_type == "code":
            cell.source = markers.solve(cell.source)
        cells.append(cell)
        if with_wrong and (name := exercise_of(cell)):
            cells += _trials(name, cell.source, wrongs.get(name, []))
    notebook.cells = cells
    return _finished(source, notebook)


def _trials(name: str, solution: str, wrongs: Sequence[str]) -> list[Any]:
    from nbformat.v4 import new_code_cell

    call = check_call(solution)
    trials = [f"{wrong}\n{ast.unparse(call)}" for wrong in wrongs]
    if len(call.args) > 1:
        trials.append(GARBAGE.format(id=name))
    cells: Any = [(code, {"trial": name}) for code in trials] + [(solution, {"again": name})]
    return [new_code_cell(code, metadata=data) for code, data in cells]  # type: ignore[no-untyped-call]


def verify(source: Source) -> list[str]:
    """Return what breaks the rules of exercises in a source (English, one line each)."""
    from lab.exercises import registry

    wrongs: Counter[str] = Counter()
    asked: list[str] = []
    faults = []
    for cell in source.notebook().cells:
        wrongs[wrong_for(cell)] += 1
        name = exercise_of(cell)
        if not name:
            continue
        asked.append(name)
        try:
            registry.find(name)
            call = check_call(markers.solve(cell.source))
            if not markers.solutions(cell.source):
                faults.append(f"{name}: no solution")
            if getattr(call.args[0], "value", None) != name:
                faults.append(f"{name}: check() names another exercise")
        except (registry.UnknownExercise, BadSource) as error:
            faults.append(f"{name}: {error}")
    for name in asked:
        if wrongs[name] < WRONG_ANSWERS:
            faults.append(f"{name}: {wrongs[name]} wrong answers, {WRONG_ANSWERS} are needed")
    faults += [f"{name}: asked twice" for name, times in Counter(asked).items() if times > 1]
    faults += [f"{name}: wrong answer to no exercise" for name in set(wrongs) - {"", *asked}]
    return [f"{source.name}: {fault}" for fault in faults]


def links(source: Source, ordered: Sequence[Source]) -> str:
    """Markdown links to the previous notebook, the chapter, and the next one."""

    def link(other: Source, text: str) -> str:
        same = other.chapter == source.chapter
        path = other.target.name if same else f"../{other.chapter}/{other.target.name}"
        return f"[{text}]({path})"

    place = list(ordered).index(source)
    parts = [f"[Plan du chapitre {source.chapter}](README.rst)"]
    if place > 0:
        parts.insert(0, link(ordered[place - 1], f"← {ordered[place - 1].title()}"))
    if place + 1 < len(ordered):
        parts.append(link(ordered[place + 1], f"{ordered[place + 1].title()} →"))
    return " · ".join(parts)


def table_of_contents(source: Source, cells: Sequence[Any]) -> str:
    """Markdown links to the parts (``##``) of a notebook, or "" when it has fewer than two.

    To cells, not to headings: JupyterLab follows no link to a heading with an accent.
    """
    seen: Counter[str] = Counter()
    lines = []
    for cell in cells:
        if cell.cell_type == "markdown":
            place = _identity(source, cell, seen)
            titles = re.findall(r"^## (.+)$", cell.source, re.MULTILINE)
            lines += [f"* [{title}](#cell-id={place})" for title in titles]
    return "**Sommaire**\n\n" + "\n".join(lines) if len(lines) > 1 else ""


def stale(root: Path) -> list[Path]:
    """Return the notebooks that are absent, or differ from what their sources give."""
    ordered = find(root)
    texts = {source.target: student(source, ordered) for source in ordered}
    return [
        path
        for path, text in texts.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def write(root: Path) -> list[Path]:
    """Write every student notebook; return their paths. Raises BadMarker, BadSource."""
    ordered = find(root)
    texts = {source.target: student(source, ordered) for source in ordered}
    for path, text in texts.items():  # nothing is written when one source is faulty
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _markdown(text: str) -> Any:
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(text)  # type: ignore[no-untyped-call]


def _finished(source: Source, notebook: Any) -> str:
    """Add what every notebook of the course has; return its text."""
    import nbformat

    notebook.metadata = nbformat.from_dict(METADATA)  # type: ignore[no-untyped-call]
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        # The id comes from what the cell says (and which time it is said), not from its place.
        cell.id = _identity(source, cell, seen)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = typeset(cell.source)
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


def _identity(source: Source, cell: Any, seen: Counter[str]) -> str:
    """12 hexadecimal digits, unique in a notebook and always the same for the same cell."""
    # An exercise keeps its id when its statement or stub is mended: the student's answer stays.
    said = exercise_of(cell) or cell.source
    content = f"{source.name}.py\0{cell.cell_type}\0{said}"
    seen[content] += 1
    return hashlib.sha256(f"{content}\0{seen[content]}".encode()).hexdigest()[:12]


def typeset(markdown: str) -> str:
    """French text with unbreakable spaces where a line must not end (before « : », in « … »)."""
    parts = CODE.split(markdown)
    for place in range(0, len(parts), 2):
        parts[place] = re.sub(r" ([:;?!»])", "\N{NO-BREAK SPACE}\\1", parts[place])
        parts[place] = parts[place].replace("« ", "«\N{NO-BREAK SPACE}")
    return "".join(parts)
