"""Notebooks as they are found: any version, half merged, truncated, or not JSON at all."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Cell:
    """One cell; `count` is its execution count, `error` the name of the exception it shows."""

    kind: str
    source: str
    count: int | None = None
    error: str = ""


@dataclass
class Notebook:
    """The cells that could be read; `fault` says why the rest could not."""

    cells: list[Cell] = field(default_factory=list)
    fault: str = ""


def read(text: str) -> Notebook:
    """Return the notebook; a broken one gives the code that can still be recognised."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Notebook(_salvage(text), "n'est pas du JSON valide")
    if not isinstance(data, Mapping):
        return Notebook([], "n'est pas un notebook")
    sheets = data.get("worksheets")  # format 3, before 2015
    holder = sheets[0] if isinstance(sheets, list) and sheets else data
    cells = holder.get("cells") if isinstance(holder, Mapping) else None
    if not isinstance(cells, list):
        return Notebook([], "n'a pas de cellules")
    return Notebook([_cell(one) for one in cells if isinstance(one, Mapping)])


def _cell(raw: Mapping[str, Any]) -> Cell:
    source = raw.get("source", raw.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    outputs = raw.get("outputs")
    errors = [
        str(one.get("ename", "erreur"))
        for one in (outputs if isinstance(outputs, list) else ())
        if isinstance(one, Mapping) and one.get("output_type") in ("error", "pyerr")
    ]
    count = raw.get("execution_count")
    return Cell(
        kind=str(raw.get("cell_type", "code")),
        source=source if isinstance(source, str) else "",
        count=count if isinstance(count, int) else None,
        error=errors[0] if errors else "",
    )


_STRING_LINE = re.compile(r'^\s*("(?:[^"\\]|\\.)*"),?\s*$', re.MULTILINE)


def _salvage(text: str) -> list[Cell]:
    """One cell with the lines that look like a cell's source: a JSON string alone on its line."""
    lines = []
    for match in _STRING_LINE.finditer(text):
        try:
            lines.append(str(json.loads(match[1])).rstrip("\n"))
        except ValueError:
            continue
    return [Cell("code", "\n".join(lines))] if lines else []


def python(source: str) -> str:
    """The code of a cell without what is not Python: magics, shell lines. Lines stay in place."""
    if source.lstrip().startswith("%%"):
        first = source.lstrip().split("\n", 1)[0]
        if not re.match(r"%%(time|timeit|capture|prun)\b", first):
            return "\n" * source.count("\n")
    return "\n".join(
        "" if line.lstrip().startswith(("!", "%", "?")) else line for line in source.split("\n")
    )
