"""Field coverage: what is counted, what is told, and a broken selector on a real crawl."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from lab import crawls
from lab.scraping import coverage
from lab.scraping.coverage import ENOUGH, Coverage, check, next_reference
from lab.scraping.items import Article, Product
from lab.settings import Paths

from .conftest import PROJECT


@dataclass(kw_only=True)
class Mesure:
    collection: ClassVar[str] = "mesures"

    id: str = ""
    valeur: float | None = None
    note: str | None = None
    mots: list[str] = field(default_factory=list)
    vrai: bool | None = None


class Libre(dict):
    collection = "libre"


def counts(items: int, **filled: int) -> coverage.Counts:
    return {"articles": {"items": items, "fields": filled}}


def test_empty_values_do_not_count_and_zero_and_false_do():
    notes = Coverage()
    notes.count(Mesure(valeur=0, note="", mots=[], vrai=False))
    notes.count(Mesure(valeur=0.0, note="x", mots=["y"], vrai=None))
    assert notes.counts() == {
        "mesures": {"items": 2, "fields": {"valeur": 2, "note": 1, "mots": 1, "vrai": 1}}
    }


def test_each_collection_apart_and_what_the_lab_fills_itself_left_out():
    notes = Coverage()
    notes.count(Article(title="t", authors=["a"], source="s", spider="g"))
    notes.count(Product(name="n", price=3.5))
    found = notes.counts()
    assert set(found) == {"articles", "products"}
    assert found["articles"]["fields"]["title"] == 1
    assert found["articles"]["fields"]["body"] == 0
    assert not set(found["articles"]["fields"]) & coverage.OURS


def test_free_dicts_count_what_was_seen_of_a_bounded_number_of_names():
    notes = Coverage()
    notes.count(Libre(a=1, b=""))
    notes.count(Libre(b=2, **{f"champ{n}": n for n in range(500)}))
    found = notes.counts()["libre"]
    assert found["items"] == 2
    assert (found["fields"]["a"], found["fields"]["b"]) == (1, 1)
    assert len(found["fields"]) == coverage.MOST


def test_a_great_loss_since_the_last_crawl_is_told_in_words():
    (alert,) = check(counts(100, authors=3), {}, {"articles": {"authors": 0.98}})
    assert alert.kind == "drop"
    assert alert.text == (
        "articles : le champ authors n’est plus rempli que dans 3 % des fiches "
        "(98 % la dernière fois)."
    )


@pytest.mark.parametrize(
    ("items", "filled", "before"),
    [
        (100, 79, 0.98),  # less than DROP
        (ENOUGH - 1, 0, 1.0),  # too few items to say
        (100, 0, 0.0),  # never was filled
        (100, 100, 0.5),  # better than before
    ],
)
def test_no_alert_without_reason(items, filled, before):
    assert check(counts(items, authors=filled), {}, {"articles": {"authors": before}}) == []


def test_a_field_that_vanished_altogether_is_told_too():
    (alert,) = check(counts(50, title=50), {}, {"articles": {"title": 1.0, "authors": 1.0}})
    assert (alert.field, alert.share) == ("authors", 0.0)
    assert "dans aucune fiche" in alert.text


def test_the_projects_thresholds_come_first():
    rules = {"articles/authors": 0.9, "articles/body": 0.0, "products/price": 1.0}
    found = check(counts(2, authors=1, body=0), rules, {"articles": {"body": 1.0}})
    assert [(one.field, one.kind, one.share) for one in found] == [("authors", "threshold", 0.5)]
    assert "LAB_COVERAGE demande 90 %" in found[0].text


def test_a_loss_nobody_mended_is_told_again():
    reference = {"articles": {"authors": 0.98, "title": 1.0}}
    for _ in range(3):
        lost = counts(100, authors=3, title=90)
        alerts = check(lost, {}, reference)
        assert [one.field for one in alerts] == ["authors"]
        reference = next_reference(lost, alerts, reference)
    assert reference == {"articles": {"authors": 0.98, "title": 0.9}}
    mended = counts(100, authors=97, title=100)
    assert check(mended, {}, reference) == []
    assert next_reference(mended, [], reference)["articles"]["authors"] == 0.97


def test_a_small_crawl_does_not_become_the_reference():
    reference = {"articles": {"authors": 0.98}}
    assert next_reference(counts(3, authors=0), [], reference) == reference


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.983, "98 %"), (1.0, "100 %"), (0.9996, "99 %"), (0.0004, "moins de 1 %"), (0.0, "0 %")],
)
def test_percent_never_rounds_a_loss_away(share, said):
    assert coverage.percent(share) == said


@pytest.fixture
def broken(tmp_path):
    """The course's project after a redesign that one selector did not follow."""
    project = tmp_path / "projet"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("__pycache__"))
    reading = project / "newscrawler" / "structured.py"
    text = reading.read_text()
    changed = text.replace(
        'authors=names(donnees.get("author"))', 'authors=names(donnees.get("auteur"))'
    )
    changed = changed.replace(' or metas(response, "article:author")', "")
    assert changed != text
    reading.write_text(changed)
    return project


def test_a_crawl_that_silently_loses_a_field_shows_it(
    contract, practice, content, tmp_path, broken
):
    paths = Paths(root=PROJECT.parents[1], home=tmp_path / "lab")
    environment = {**contract, "PRACTICE_URL": practice.url}

    def run(project, **options):
        options = {"LAB_STORES": "s3", **options}
        return crawls.crawl(
            paths, environment, "gazette", {}, 50, lambda line: None, project, options=options
        )

    assert run(PROJECT).alerts == ()
    for _ in range(2):  # told until it is mended
        result = run(broken)
        assert result.items >= ENOUGH
        assert result.alerts == (
            "articles : le champ authors n’est plus rempli dans aucune fiche "
            "(100 % la dernière fois).",
        )
    assert result.report is not None
    assert result.alerts[0] in result.report.read_text()
    twin = json.loads(result.report.with_suffix(".json").read_text())
    assert [(one["field"], one["share"], one["before"]) for one in twin["warnings"]] == [
        ("authors", 0.0, 1.0)
    ]
    assert run(broken, LAB_COVERAGE='{"articles/authors": 0}').alerts == ()  # wanted so
