"""What a review looks at: one function per criterion, from a project to a verdict.

A level says what is there: 0 nothing, 1 begun, 2 done, 3 accomplished; None, that the machine
cannot tell. Points belong to the grid. To add a criterion: a function here, an entry in `CRITERIA`,
one in ``Evaluation/grille.yml``.
"""

from __future__ import annotations

from collections.abc import Callable

from lab.review.criteria import (
    bonus,
    collecting,
    documenting,
    practice,
    running,
    showing,
    storing,
    traces,
)
from lab.review.model import Verdict
from lab.review.project import Project

Criterion = Callable[[Project], Verdict]

CRITERIA: dict[str, Criterion] = {
    "recolte": collecting.judge,
    "stockage": storing.judge,
    "application": showing.judge,
    "docker": running.docker,
    "compose": running.compose,
    "doc-technique": documenting.technical,
    "doc-fonctionnelle": documenting.functional,
    "tests": practice.tests,
    "dependances": practice.dependencies,
    "secrets": traces.secrets,
    "proprete": traces.junk,
    "notebooks": practice.notebooks,
    "commits": traces.commits,
    "bonus-lancement": bonus.at_launch,
    "bonus-compose": bonus.polished_compose,
    "bonus-recherche": bonus.full_text,
}
