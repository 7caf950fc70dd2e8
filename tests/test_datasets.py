"""The data sets: deterministic, as dirty as their provenance says, consistent where they refer."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from statistics import median

import pytest

from lab import datasets


@pytest.mark.parametrize("name", datasets.names())
def test_same_rows_whatever_the_number_asked_for(name: str) -> None:
    few, many = datasets.load(name, 60), datasets.load(name, 200)
    assert many[:60] == few
    assert datasets.load(name, 60, seed=7) != few
    keys = [row["_id"] for row in many if "_id" in row]
    assert len(set(keys)) == len(keys)


def test_sizes_and_names_are_checked() -> None:
    with pytest.raises(KeyError, match="campagnes"):
        datasets.load("inconnu")
    with pytest.raises(ValueError, match="20000"):
        datasets.load("films", 20_001)
    assert len(datasets.load("vues", 1_001)) == 1_001


@pytest.mark.parametrize("name", datasets.names())
def test_every_set_tells_where_it_comes_from(name: str) -> None:
    text = datasets.about(name)
    assert ":Provenance:" in text
    assert ":Licence:" in text
    assert f"``{name}``" in text


def share(rows: list[dict], fault) -> float:  # type: ignore[no-untyped-def]
    return 100 * sum(bool(fault(row)) for row in rows) / len(rows)


def test_campaigns_are_as_dirty_as_they_say() -> None:
    rows = datasets.load("campagnes", 20_000)
    said = {
        "objectif texte": (3, lambda r: isinstance(r["objectif"], str)),
        "objectif absent": (2, lambda r: r["objectif"] is None),
        "ville": (4, lambda r: not re.fullmatch(r"[A-ZÉÎ][\w\- ]*[a-z]", r["porteur"]["ville"])),
        "fin": (5, lambda r: isinstance(r["fin"], str)),
        "sous_categorie": (3, lambda r: "sous_categorie" not in r),
        "collecte": (2, lambda r: r["collecte"] < 0),
    }
    for name, (wanted, fault) in said.items():
        assert share(rows, fault) == pytest.approx(wanted, abs=0.5), name
    contents = Counter((r["titre"], r["lancement"], abs(r["collecte"])) for r in rows)
    assert sum(n - 1 for n in contents.values()) / 200 == pytest.approx(1, abs=0.3)


def test_campaigns_hold_together() -> None:
    for row in datasets.load("campagnes", 2_000):
        collected = abs(row["collecte"])
        gifts = sum(reward["montant"] * reward["pris"] for reward in row["paliers"])
        assert sum(reward["pris"] for reward in row["paliers"]) == row["contributeurs"]
        assert all(r["limite"] is None or r["pris"] <= r["limite"] for r in row["paliers"])
        if isinstance(row["objectif"], int):
            reached = collected >= row["objectif"]
            assert reached == (row["etat"] == "réussie")
            assert gifts == collected or not reached
        if isinstance(row["fin"], datetime):
            assert row["fin"] > row["lancement"]


def test_videos_count_upwards_day_after_day() -> None:
    rows = datasets.load("videos", 1_000)
    for row in rows:
        views = [day["vues"] for day in row["tendances"]]
        assert views == sorted(views)
        assert min(day["rang"] for day in row["tendances"]) >= 1
    channels = Counter(row["chaine"]["id"] for row in rows)
    assert channels.most_common(1)[0][1] > 5 * median(channels.values()), "a heavy tail"
    assert share(rows, lambda r: isinstance(r["duree"], str)) == pytest.approx(4, abs=1.5)


def test_views_are_the_days_of_the_videos() -> None:
    flat = datasets.load("vues", 500)
    nested = {row["_id"]: row for row in datasets.load("videos", 300)}
    for row in flat:
        days = {day["date"]: day["vues"] for day in nested[row["video"]]["tendances"]}
        assert days[row["date"]] == row["vues"]


def test_films_refer_to_people_who_exist() -> None:
    people = {row["_id"]: row for row in datasets.load("personnes")}
    films = datasets.load("films")
    for film in films:
        assert "cinéaste" in people[film["realisation"]]["metiers"]
        cast = [part["personne"] for part in film["distribution"]]
        assert len(set(cast)) == len(cast)
        assert all("interprète" in people[one]["metiers"] for one in cast)
    good = [f["recettes"] for f in films if f["note"] >= 7.5]
    bad = [f["recettes"] for f in films if f["note"] < 5]
    assert median(good) > 2 * median(bad)
