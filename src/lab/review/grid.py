"""The grading grid: what each criterion weighs, which an instructor edits, and marks made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lab.errors import LabError
from lab.review.corrections import Correction
from lab.review.decoding import decode
from lab.review.model import LEVELS, Review, Verdict

PLACE = "Evaluation/grille.yml"
ASKED = 0.6  # a level less sure than that is put to the human


class BadGrid(LabError):
    """The grid cannot be used as it is written."""

    exit_code = 2


class Item(BaseModel):
    """One criterion of the grid."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    titre: str
    points: float = Field(ge=0)
    regard: str = ""  # what is looked at, for people
    bonus: bool = False
    humain: bool = False  # judged by the grader alone: an oral, a report
    niveaux: tuple[str, ...] = ()  # what each level means here


class Likeness(BaseModel):
    """From when a resemblance between two projects is worth a question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    jetons: int = Field(default=45, ge=20)  # words and signs of the smallest block alike
    lignes: int = Field(default=8, ge=1)  # of code that a pair shares
    part: float = Field(default=0.02, ge=0, le=1)  # … of what the smaller one holds
    commun: int = Field(default=6, ge=1)  # held by more projects than that: the whole class's


class Grid(BaseModel):
    """The whole grid; `parts` is the share of the points that each level gives."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    points: float = Field(default=20, gt=0)
    niveaux: tuple[str, ...] = ("insuffisant", "fragile", "acquis", "abouti")
    parts: tuple[float, ...] = (0, 0.35, 0.75, 1)
    ressemblances: Likeness = Likeness()
    criteres: tuple[Item, ...]

    @field_validator("niveaux", "parts")
    @classmethod
    def _as_many(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(value) != LEVELS:
            raise ValueError(f"il faut {LEVELS} niveaux")
        return value

    @model_validator(mode="after")
    def _sound(self) -> Grid:
        names = [one.id for one in self.criteres]
        if len(set(names)) != len(names):
            raise ValueError("deux critères ont le même id")
        if list(self.parts) != sorted(self.parts) or not 0 <= self.parts[0] <= self.parts[-1] <= 1:
            raise ValueError("les parts vont de 0 à 1, en montant")
        total = sum(one.points for one in self.criteres if not one.bonus)
        if abs(total - self.points) > 0.01:
            raise ValueError(
                f"les critères hors bonus font {total:g} points, et non {self.points:g}"
            )
        return self


def read(path: Path, known: Mapping[str, object]) -> Grid:
    """Read the grid: its criteria are of `known`, or judged by people. Raises BadGrid."""
    hint = f"corrigez {path}, ou reprenez celle du cours : git checkout {PLACE}"
    try:
        data = yaml.safe_load(decode(path.read_bytes()).content)
        grid = Grid.model_validate(data)
    except OSError as error:
        raise BadGrid(f"La grille {path} ne peut pas être lue ({error.strerror}).", hint) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", ligne {mark.line + 1}" if mark else ""
        raise BadGrid(f"La grille {path} n'est pas du YAML valide{where}.", hint) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise BadGrid(
            f"La grille {path} est incorrecte ({where or 'grille'} : {said}).", hint
        ) from None
    for one in grid.criteres:
        if one.id not in known and not one.humain:
            names = ", ".join(known)
            raise BadGrid(
                f"Le critère « {one.id} » de la grille n'existe pas ; il y a : {names}.",
                f"ajoutez « humain: true » s'il se juge à la main, ou {hint}",
            )
    return grid


@dataclass(frozen=True)
class Row:
    """One criterion of one project, as it counts."""

    item: Item
    verdict: Verdict
    level: int | None
    correction: Correction | None
    low: float
    high: float

    @property
    def ask(self) -> bool:
        """Should a person look?"""
        unsure = self.verdict.confidence < ASKED and self.verdict.level not in (None, 0)
        return self.correction is None and (
            self.level is None or bool(self.verdict.question) or unsure
        )


@dataclass(frozen=True)
class Mark:
    """A mark is a range until everything is decided."""

    rows: tuple[Row, ...]
    low: float
    high: float

    @property
    def decided(self) -> bool:
        return abs(self.high - self.low) < 0.005

    @property
    def text(self) -> str:
        """``14,5``, or ``12 à 16`` while something is left to decide."""
        if self.decided:
            return number(self.low)
        return f"{number(self.low)} à {number(self.high)}"


def number(value: float) -> str:
    """Two decimals at most, with the French comma."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def mark(grid: Grid, review: Review, corrections: Mapping[str, Correction]) -> Mark:
    """Weigh the verdicts; a correction replaces the level, whatever the tool thought."""
    verdicts = {one.criterion: one for one in review.verdicts}
    rows = []
    for item in grid.criteres:
        unknown = Verdict(item.id, None, 0.0, question="À juger par l'enseignant.")
        verdict = verdicts.get(item.id, unknown)
        correction = corrections.get(item.id)
        level = correction.niveau if correction else verdict.level
        low, high = (0, LEVELS - 1) if level is None else (level, level)
        rows.append(
            Row(
                item,
                verdict,
                level,
                correction,
                item.points * grid.parts[low],
                item.points * grid.parts[high],
            )
        )
    total = [
        min(grid.points, sum(values))
        for values in zip(*((one.low, one.high) for one in rows), strict=True)
    ]
    return Mark(tuple(rows), round(total[0], 2), round(total[1], 2))
