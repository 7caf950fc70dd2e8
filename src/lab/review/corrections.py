"""The grader's own decisions, in a file that this tool reads and never rewrites."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from lab.errors import LabError
from lab.review.decoding import decode
from lab.review.sources import slug

MODEL = """\
# Vos décisions : elles l'emportent sur celles de « lab review », qui ne réécrit jamais ce fichier.
# Un projet, un critère de la grille, le niveau (0 à 3) et, si vous voulez, pourquoi :
#
# dupont-martin:
#   recolte: {niveau: 3, note: "pagination montrée à l'oral"}
#   secrets: 2
"""


class BadCorrections(LabError):
    """The file of corrections cannot be used."""

    exit_code = 2


Level = Annotated[int, Field(ge=0, le=3)]


class Correction(BaseModel):
    """A level decided by the grader."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    niveau: Level
    note: str = ""


class _File(RootModel[dict[str, dict[str, Correction | Level]]]):
    pass


def ensure(path: Path) -> None:
    """Write the model where there is no file yet."""
    if not path.exists():
        path.write_text(MODEL, encoding="utf-8")


def read(
    path: Path, projects: Collection[str], criteria: Collection[str]
) -> dict[str, dict[str, Correction]]:
    """Return {project: {criterion: correction}}. Raises BadCorrections (unknown criterion too).

    What is of no project of this run is left alone: one file may serve several batches.
    """
    try:
        data = yaml.safe_load(decode(path.read_bytes()).content)
        raw = _File.model_validate(data or {}).root
    except FileNotFoundError:
        return {}
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise BadCorrections(
            f"Le fichier de corrections {path} est incorrect{_where(error)}.",
            'une correction s\'écrit « projet:\\n  critere: {niveau: 2, note: "…"} », de 0 à 3',
        ) from None
    for project, levels in raw.items():
        for criterion in levels:
            if criterion not in criteria:
                raise BadCorrections(
                    f"Le critère « {criterion} » corrigé pour {project} n'est pas dans la grille ; "
                    f"il y a : {', '.join(criteria)}.",
                    f"corrigez {path}",
                )
    named = {slug(project): levels for project, levels in raw.items()}  # as the pages show it, too
    return {project: _whole(levels) for project, levels in named.items() if project in projects}


def _whole(levels: Mapping[str, Correction | int]) -> dict[str, Correction]:
    return {
        name: Correction(niveau=one) if isinstance(one, int) else one
        for name, one in levels.items()
    }


def _where(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " (" + ".".join(str(part) for part in error.errors()[0]["loc"][:2]) + ")"
    mark = getattr(error, "problem_mark", None)
    return f" (ligne {mark.line + 1})" if mark else ""
