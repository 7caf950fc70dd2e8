"""The pictures of the welcome notebook say the same as their words."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from lab import catalogue, services, welcome
from lab.exercises import registry
from lab.exercises.result import Status
from lab.services import Status as Service


def tree(picture: welcome.Picture) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{picture._repr_html_()}</div>")


def test_every_state_of_a_service_has_its_word() -> None:
    states = ("healthy", "starting", "unhealthy", "failed", "stopped")
    rows = [Service("redis", state, "", "local", "", False) for state in states]
    picture = welcome.draw_state(rows)
    cells = ["".join(row[1].itertext()) for row in tree(picture).iter("tr") if row[0].tag == "td"]
    assert len(set(cells)) == len(states)
    assert [line.split(" : ")[0] for line in repr(picture).splitlines()] == ["Redis"] * 5


def test_a_product_is_shown_as_text() -> None:
    row = Service("mongo", "healthy", "", "local", "<b>5 & 6</b>", True)
    assert "<b>5 & 6</b>" in "".join(tree(welcome.draw_state([row])).itertext())


def test_a_stopped_lab_is_shown_service_by_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_HOME", str(tmp_path))
    # The Docker SDK leaks the socket of a connection that is refused: another test would pay.
    monkeypatch.setattr(services, "ENGINES", ("local",))
    words = repr(welcome.state()).splitlines()
    assert len(words) == len(catalogue.SERVICES)
    assert all(" : n'est pas lancé (" in line for line in words)


def test_the_bars_add_up() -> None:
    mongo = [one.id for one in registry.chapter("mongo")]
    results = {mongo[0]: Status.RIGHT, mongo[1]: Status.RIGHT, mongo[2]: Status.WRONG}
    picture = welcome.draw_progress({**results, "mongo-99": Status.RIGHT, mongo[3]: Status.TODO})
    whole = sum(len(registry.chapter(key)) for key in registry.FOLDERS)
    assert f"2 exercices justes sur {whole}" in repr(picture)
    assert f"Mongo : 2 sur {len(mongo)}" in repr(picture)
    (bar,) = [
        svg
        for svg in tree(picture).iter("svg")
        if "pas encore juste : 1" in svg.get("aria-label", "")
    ]
    whole_bar, *stretches = [float(rect.get("width", 0)) for rect in bar.iter("rect")]
    assert whole_bar == welcome.WIDTH
    assert abs(sum(stretches) - welcome.WIDTH * 3 / len(mongo)) < 0.2


def test_nothing_done_yet_is_a_bar_too() -> None:
    bars = list(tree(welcome.draw_progress({})).iter("svg"))
    assert len(bars) == len([key for key in registry.FOLDERS if registry.chapter(key)])
    assert {bar.get("aria-label") for bar in bars} == {"pas encore répondu"}
