"""The class as CSV, as a French spreadsheet opens it: semicolons, decimal commas, a BOM."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from lab.review.grid import Grid, Mark, number
from lab.review.model import Review

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def render(grid: Grid, rows: Sequence[tuple[Review, Mark]]) -> str:
    """One line per project: low and high marks, then the level of each criterion."""
    output = io.StringIO()
    writer = csv.writer(output, delimiter=";", lineterminator="\r\n")
    titles = ["projet", "membres", "note_min", "note_max", "a_trancher"]
    writer.writerow(
        [
            *titles,
            *(one.id for one in grid.criteres),
            "emplacement",
            "commit",
            "depot",
            "remarque",
            "lancement",
        ]
    )
    for review, mark in rows:
        unread = bool(review.fault)
        levels = ["" if unread or row.level is None else str(row.level) for row in mark.rows]
        place = review.location.folder or "." if review.location else ""
        values = [
            review.shown,
            ", ".join(review.members),
            "" if unread else number(mark.low),
            "" if unread else number(mark.high),
            "" if unread else str(sum(row.ask for row in mark.rows)),
            *levels,
            place,
            review.commit[:10],
            review.address,
            review.fault,
            review.trial.summary if review.trial else "",
        ]
        writer.writerow([harmless(one) for one in values])
    return output.getvalue()


def harmless(value: str) -> str:
    """A cell that a spreadsheet will not run as a formula."""
    return f"'{value}" if value.startswith(_FORMULAS) else value
