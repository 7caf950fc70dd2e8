"""The class as CSV, as a French spreadsheet opens it: semicolons, decimal commas, a BOM."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from lab.exercises import registry
from lab.exercises.result import Status
from lab.grading.model import MANY, Grade
from lab.review.report.table import harmless

WORDS = {
    Status.TODO: "",
    Status.RIGHT: "1",
    Status.WRONG: "0",
    Status.UNVERIFIED: "?",
    Status.ERROR: "?",
}


def render(found: Sequence[Grade]) -> str:
    """One line per student: counts, then each exercise (1, 0, ? to decide, nothing)."""
    names = list(dict.fromkeys(one.exercise for grade in found for one in grade.answers))
    keys = list(dict.fromkeys(key for grade in found for key in grade.chapters))
    output = io.StringIO()
    writer = csv.writer(output, delimiter=";", lineterminator="\r\n")
    folders = [registry.FOLDERS[key] for key in keys]
    titles = ["etudiant", "membres", "justes", "exercices", "etoiles", "etoiles_max", "a_trancher"]
    writer.writerow([*titles, *folders, *names, "commit", "depot", "remarque"])
    for grade in found:
        writer.writerow([harmless(one) for one in _line(grade, keys, names)])
    return output.getvalue()


def _line(grade: Grade, keys: Sequence[str], names: Sequence[str]) -> list[str]:
    people = [grade.shown, ", ".join(grade.members)]
    tail = [grade.commit[:10], grade.address, grade.fault or _remark(grade)]
    if grade.fault:
        return [*people, *[""] * (5 + len(keys) + len(names)), *tail]
    right, stars = grade.stars
    known = {one.exercise: one.status for one in grade.answers}
    counts = [grade.count(Status.RIGHT), len(grade.answers), right, stars, grade.asks]
    counts += [grade.count(Status.RIGHT, key) for key in keys]
    words = [WORDS[known[name]] if name in known else "" for name in names]
    return [*people, *map(str, counts), *words, *tail]


def _remark(grade: Grade) -> str:
    said = [f"{one.name} {one.stopped}" for one in grade.notebooks if one.stopped]
    said += [f"{one.exercise} : {one.tries} essais" for one in grade.answers if one.tries > MANY]
    return " ; ".join([*said, *grade.notes])
