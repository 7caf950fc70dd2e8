"""The grid is the instructor's: edited freely, refused clearly, and marks follow it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lab.review import grid
from lab.review.corrections import Correction
from lab.review.criteria import CRITERIA
from lab.review.model import Review, Verdict

ROOT = Path(__file__).resolve().parents[2]
GRID = ROOT / grid.PLACE


def test_the_grid_of_the_course_is_sound_and_whole() -> None:
    ours = grid.read(GRID, CRITERIA)
    assert ours.points == 20
    assert {one.id for one in ours.criteres} == set(CRITERIA)
    assert all(len(one.niveaux) in (0, 4) for one in ours.criteres)


def test_the_readme_shows_the_same_weights() -> None:
    text = (ROOT / "Evaluation/README.rst").read_text(encoding="utf-8")
    for one in grid.read(GRID, CRITERIA).criteres:
        row = next((line for line in text.splitlines() if line.startswith(one.titre)), "")
        assert row[len(one.titre) :].split()[0] == grid.number(one.points), one.titre


def review(**levels: int | None) -> Review:
    verdicts = [Verdict(name.replace("_", "-"), level, 0.9) for name, level in levels.items()]
    return Review("a", "a", verdicts=verdicts)


SMALL = {
    "points": 20,
    "criteres": [
        {"id": "recolte", "titre": "R", "points": 12},
        {"id": "stockage", "titre": "S", "points": 8},
        {"id": "bonus-recherche", "titre": "B", "points": 2, "bonus": True},
    ],
}


def small() -> grid.Grid:
    return grid.Grid.model_validate(SMALL)


def test_a_mark_is_weighed_and_a_bonus_never_passes_the_top() -> None:
    assert grid.mark(small(), review(recolte=3, stockage=2, bonus_recherche=0), {}).text == "18"
    assert grid.mark(small(), review(recolte=3, stockage=3, bonus_recherche=3), {}).text == "20"
    assert grid.mark(small(), review(recolte=1, stockage=0, bonus_recherche=3), {}).text == "6,2"


def test_what_is_undecided_makes_a_range_until_the_grader_decides() -> None:
    unsure = review(recolte=None, stockage=3, bonus_recherche=0)
    mark = grid.mark(small(), unsure, {})
    assert (mark.text, mark.decided) == ("8 à 20", False)
    assert [row.ask for row in mark.rows] == [True, False, False]
    decided = grid.mark(small(), unsure, {"recolte": Correction(niveau=3)})
    assert (decided.text, [row.ask for row in decided.rows]) == ("20", [False] * 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"points": 18}, "font 20 points, et non 18"),
        ({"parts": [0, 1]}, "il faut 4 niveaux"),
        ({"parts": [1, 0.5, 0.2, 0]}, "en montant"),
        ({"critere": []}, "Extra"),
        (
            {"criteres": [{"id": "magie", "titre": "M", "points": 20}]},
            "« magie » de la grille n'existe pas",
        ),
    ],
)
def test_a_bad_grid_is_refused_with_a_sentence(tmp_path: Path, change: dict, said: str) -> None:
    path = tmp_path / "grille.yml"
    path.write_text(yaml.safe_dump({**SMALL, **change}), encoding="utf-8")
    with pytest.raises(grid.BadGrid) as refused:
        grid.read(path, CRITERIA)
    assert said in refused.value.message
    assert refused.value.hint
    assert refused.value.exit_code == 2


def test_yaml_that_is_not_and_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "g.yml").write_text("points: [", encoding="utf-8")
    for path in (tmp_path / "g.yml", tmp_path / "absent.yml"):
        with pytest.raises(grid.BadGrid):
            grid.read(path, CRITERIA)


def test_a_criterion_for_people_is_left_to_them(tmp_path: Path) -> None:
    oral = {"id": "oral", "titre": "Oral", "points": 4, "humain": True}
    changed = {**SMALL, "points": 24, "criteres": [*SMALL["criteres"], oral]}
    path = tmp_path / "grille.yml"
    path.write_text(yaml.safe_dump(changed), encoding="utf-8")
    mark = grid.mark(
        grid.read(path, CRITERIA), review(recolte=3, stockage=3, bonus_recherche=0), {}
    )
    assert mark.text == "20 à 24"
    assert mark.rows[-1].ask
