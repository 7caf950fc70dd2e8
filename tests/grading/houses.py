"""A student's folder and notebooks, and what came out of their grading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from lab.grading.sandbox import Places

ROOT = Path(__file__).resolve().parents[2]


def notebook(*cells: str) -> str:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
    return nbformat.writes(made)


@dataclass
class Run:
    """What came out of one student's house."""

    places: Places
    events: list[dict[str, Any]]

    def results(self, exercise: str) -> list[tuple[str, str]]:
        return [
            (one["status"], one["message"])
            for one in self.events
            if one["event"] == "result" and one["exercise"] == exercise
        ]

    def notebook(self, name: str) -> dict[str, Any]:
        return next(one for one in self.events if one.get("name") == name)
