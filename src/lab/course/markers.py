"""Solutions are written in the source, between two comments:

    # >>> solution
    #: reponse = ...          (optional: what the student gets; this line is the default)
    reponse = articles.count_documents({"section": "Sport"})
    # <<< solution

`strip` gives the student's cell, `solve` the teacher's. An unterminated, nested or misspelt
marker raises `BadMarker`: a solution must never reach a student because of a typing error.
"""

from __future__ import annotations

import re

BEGIN, END, STUB = "# >>> solution", "# <<< solution", "#:"
DEFAULT = "reponse = ..."
# Anything that looks like a marker but is not exactly one.
SUSPECT = re.compile(r"#\s*(>{2,}|<{2,})|#.*\bsolution\b", re.IGNORECASE)


class BadMarker(ValueError):
    """A marker is unterminated, nested, or misspelt; the message names the line."""


def _read(cell: str) -> list[tuple[str, str, list[str], list[str]]]:
    """Return segments ("text"|"solution", indent, stub lines, lines)."""
    segments: list[tuple[str, str, list[str], list[str]]] = [("text", "", [], [])]
    inside = False
    for line in cell.splitlines():
        bare = line.strip()
        if bare == BEGIN:
            if inside:
                raise BadMarker(f"nested marker: {line!r}")
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            segments.append(("solution", indent, [], []))
        elif bare == END:
            if not inside:
                raise BadMarker(f"end marker without a beginning: {line!r}")
            inside = False
            segments.append(("text", "", [], []))
        elif SUSPECT.match(bare) and not inside:
            raise BadMarker(f"misspelt marker: {line!r}")
        elif inside and bare.startswith(STUB):
            segments[-1][2].append(bare[len(STUB) :].removeprefix(" "))
        else:
            segments[-1][3].append(line)
    if inside:
        raise BadMarker("a solution has no end marker")
    return segments


def strip(cell: str) -> str:
    """Return the cell as the student gets it. Raises BadMarker."""
    lines: list[str] = []
    for kind, indent, stub, text in _read(cell):
        if kind == "solution":
            lines += [indent + one if one else "" for one in (stub or [DEFAULT])]
        else:
            lines += text
    return "\n".join(lines)


def solve(cell: str) -> str:
    """Return the cell with its solution and without markers. Raises BadMarker."""
    return "\n".join(line for *_, text in _read(cell) for line in text)


def regions(cell: str) -> list[list[str]]:
    """Return each solution of a cell, its lines stripped, blank ones left out."""
    found = [
        [line.strip() for line in text if line.strip()]
        for kind, _, _, text in _read(cell)
        if kind == "solution"
    ]
    return [lines for lines in found if lines]


def solutions(cell: str) -> list[str]:
    """Return the solution lines that no student's cell may contain (blank lines aside)."""
    return [line for lines in regions(cell) for line in lines]
