"""Resemblances for a spreadsheet and for a program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from lab.review.grid import number
from lab.review.report.table import harmless
from lab.review.similarity.weighing import Resemblances

TITLES = (
    *("genre", "a", "b", "part_a", "part_b", "lignes", "identiques", "ou_a", "ou_b"),
    "explication_possible",
)
_PLACES = 20  # of one pair, in one cell


def render(found: Resemblances) -> str:
    """One line per pair, the projects' first; shares are percentages."""
    output = io.StringIO()
    writer = csv.writer(output, delimiter=";", lineterminator="\r\n")
    writer.writerow(TITLES)
    for kind, pairs in (("projets", found.projects), ("notebooks", found.notebooks)):
        for pair in pairs:
            places = pair.passages[:_PLACES]
            row = [kind, pair.a, pair.b]
            row += [number(100 * one) for one in (pair.a_share, pair.b_share)]
            row += [str(pair.lines), str(pair.same)]
            row += [" + ".join(one.a.where for one in places)]
            row += [" + ".join(one.b.where for one in places)]
            writer.writerow([harmless(one) for one in [*row, " ; ".join(pair.reasons)]])
    return output.getvalue()


def of(found: Resemblances | None, name: str) -> list[dict[str, Any]]:
    """The pairs of one project, as ``--json`` gives them, seen from its side."""
    return list(_of(found, name)) if found else []


def _of(found: Resemblances, name: str) -> Iterator[dict[str, Any]]:
    for pair in found.projects:
        if name in (pair.a, pair.b):
            mine = name == pair.a
            shares = (pair.a_share, pair.b_share)
            yield {
                "with": pair.b if mine else pair.a,
                "share": round(shares[0 if mine else 1], 3),
                "other_share": round(shares[1 if mine else 0], 3),
                "lines": pair.lines,
                "same": pair.same,
                "passages": [
                    {"here": here.where, "there": there.where, "lines": one.lines}
                    for one in pair.passages
                    for here, there in [(one.a, one.b) if mine else (one.b, one.a)]
                ],
                "reasons": list(pair.reasons),
            }
