"""Draw grades as pages that need nothing else: no network, no font, one small script to sort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from lab.exercises import registry
from lab.exercises.result import SIGNS, WORDS, Status
from lab.grading.model import MANY, Grade
from lab.grading.report import table

CLASS_PAGE = "index.html"
CLASS_TABLE = "exercices.csv"
# A status' colour among those of the reviews' pages.
LEVELS = {
    Status.RIGHT: "3",
    Status.WRONG: "1",
    Status.TODO: "vide",
    Status.UNVERIFIED: "-",
    Status.ERROR: "0",
}


@cache
def _environment() -> Environment:
    # Everything that comes from a student is hostile until escaped.
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader(name) for name in ("lab.grading.report", "lab.review.report")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "FOLDERS": registry.FOLDERS,
        "LEVELS": LEVELS,
        "MANY": MANY,
        "RIGHT": Status.RIGHT,
        "SIGNS": SIGNS,
        "TODO": Status.TODO,
        "WORDS": WORDS,
        "home": CLASS_PAGE,
    }
    return environment


def student(grade: Grade, alone: bool = False) -> str:
    """The page of one student; `alone`: without a link to the class."""
    stars = {one.exercise: registry.find(one.exercise).stars for one in grade.answers}
    template = _environment().get_template("etudiant.html")
    return template.render(grade=grade, stars=stars, alone=alone)


def class_page(found: Sequence[Grade]) -> str:
    """The page of the class: who has done what, which exercises resist."""
    read = [one for one in found if not one.fault]
    keys = list(dict.fromkeys(key for one in found for key in one.chapters))
    names = list(dict.fromkeys(one.exercise for grade in read for one in grade.answers))
    counts = {name: Counter[Status]() for name in names}
    for grade in read:
        for one in grade.answers:
            counts[one.exercise][one.status] += 1
    rights = sorted(one.count(Status.RIGHT) for one in read)
    return (
        _environment()
        .get_template("classe-exercices.html")
        .render(
            found=found,
            read=read,
            keys=keys,
            counts=counts,
            by_chapter={k: [n for n in names if n.rpartition("-")[0] == k] for k in keys},
            median=rights[len(rights) // 2] if rights else None,
            asks=sum(one.asks for one in read),
            failed=[one for one in found if one.fault],
            table=CLASS_TABLE,
        )
    )


def write(folder: Path, found: Sequence[Grade]) -> Path:
    """Write every page and the table; return the page to open."""
    folder.mkdir(parents=True, exist_ok=True)
    alone = len(found) == 1
    for one in found:
        page = student(one, alone)
        (folder / f"{one.name}.html").write_text(page, encoding="utf-8", errors="replace")
    text = table.render(found)
    (folder / CLASS_TABLE).write_text(text, encoding="utf-8-sig", newline="", errors="replace")
    if alone:
        return folder / f"{found[0].name}.html"
    (folder / CLASS_PAGE).write_text(class_page(found), encoding="utf-8", errors="replace")
    return folder / CLASS_PAGE
