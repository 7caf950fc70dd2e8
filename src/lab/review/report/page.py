"""Draw reviews as pages that need nothing else: no network, no font, one small script to sort."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from lab.review.grid import Grid, Mark, number
from lab.review.locating import KINDS
from lab.review.model import LEVELS, Evidence, Review
from lab.review.outcome import Ran
from lab.review.report import charts, table
from lab.review.similarity import drawing
from lab.review.similarity import table as pairs
from lab.review.similarity.weighing import Resemblances
from lab.review.trial.weighing import STATES

CLASS_PAGE = "index.html"
CLASS_TABLE = "notes.csv"
PAIRS_TABLE = "similarites.csv"
MOST_PAIRS = 100  # told in the page; the table has them all


@cache
def _environment() -> Environment:
    # Everything that comes from a repository is hostile until escaped; only our own SVG is not.
    environment = Environment(
        loader=PackageLoader("lab.review.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "sure": sure,
        "link": link,
        "state": state,
        "short": charts.short,
    }
    environment.globals |= {
        "KINDS": KINDS,
        "LEVELS": LEVELS,
        "CELL": drawing.CELL,
    }
    return environment


def sure(confidence: float) -> str:
    """A confidence, in words."""
    if confidence >= 0.9:
        return "sûr"
    return "probable" if confidence >= 0.7 else "à vérifier"


def state(one: Ran) -> str:
    """How a service ended up, in French."""
    return STATES[one.state]


def link(proof: Evidence, review: Review) -> str:
    """Where a line can be read on the forge, at the commit reviewed; "" when it is not on one."""
    address = review.address.removesuffix("/").removesuffix(".git")
    if not proof.path or not address.startswith(("https://github.com/", "https://gitlab.")):
        return ""
    from urllib.parse import quote

    middle = "/-/blob/" if "gitlab" in address else "/blob/"
    line = f"#L{proof.place}" if proof.place.isdigit() else ""
    return f"{address}{middle}{review.commit}/{quote(proof.path)}{line}"


def project(grid: Grid, review: Review, mark: Mark, alone: bool = False) -> str:
    """The page of one project; `alone`: without a link to the class."""
    return (
        _environment()
        .get_template("projet.html")
        .render(grid=grid, review=review, mark=mark, alone=alone, home=CLASS_PAGE)
    )


def class_page(
    grid: Grid, rows: Sequence[tuple[Review, Mark]], alike: Resemblances | None = None
) -> str:
    """The page of the class: who is where, how marks and levels spread."""
    read = [mark for review, mark in rows if not review.fault]
    middles = sorted((one.low + one.high) / 2 for one in read)
    return (
        _environment()
        .get_template("classe.html")
        .render(
            grid=grid,
            rows=rows,
            table=CLASS_TABLE,
            marks=charts.marks(grid, read),
            levels=charts.levels(grid, read),
            median=middles[len(middles) // 2] if middles else None,
            asked=sum(row.ask for one in read for row in one.rows),
            tried=any(review.trial for review, _ in rows),
            failed=[review for review, _ in rows if review.fault],
            alike=alike,
            matrix=drawing.matrix(alike.projects[:MOST_PAIRS]) if alike else None,
            pairs_table=PAIRS_TABLE,
            most_pairs=MOST_PAIRS,
        )
    )


def write(
    folder: Path,
    grid: Grid,
    rows: Sequence[tuple[Review, Mark]],
    alike: Resemblances | None = None,
) -> Path:
    """Write every page and the tables; return the page to open."""
    folder.mkdir(parents=True, exist_ok=True)
    alone = len(rows) == 1
    for review, mark in rows:
        page = project(grid, review, mark, alone)
        (folder / f"{review.name}.html").write_text(page, encoding="utf-8", errors="replace")
    (folder / CLASS_TABLE).write_text(
        table.render(grid, rows), encoding="utf-8-sig", newline="", errors="replace"
    )
    if alone:
        return folder / f"{rows[0][0].name}.html"
    if alike:
        (folder / PAIRS_TABLE).write_text(
            pairs.render(alike), encoding="utf-8-sig", newline="", errors="replace"
        )
    else:  # of an earlier run
        (folder / PAIRS_TABLE).unlink(missing_ok=True)
    home = class_page(grid, rows, alike)
    (folder / CLASS_PAGE).write_text(home, encoding="utf-8", errors="replace")
    return folder / CLASS_PAGE
