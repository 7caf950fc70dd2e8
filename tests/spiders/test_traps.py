"""The spiders of faults and traps, against the answer key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from practice.conftest import Running, serving

from lab.practice.faults import JOURNAL_SIZE
from lab.practice.truth import faults, traps
from lab.practice.world import World

GUARDED = {
    "ADDONS": json.dumps(
        {"spiders.collector.CleanOnly": 100, "lab.scraping.middlewares.LabGuards": 200}
    )
}


@pytest.fixture(scope="module")
def closed() -> Iterator[Running]:
    with serving("--articles", "40", "--robots", "deny") as running:
        yield running


def test_the_faulty_newspaper_is_collected_exactly(
    run_spider: Callable[..., Any], world: World, absolute: Callable[..., dict[str, Any]]
) -> None:
    crawl = run_spider("pannes", settings=GUARDED, errors=True)
    assert crawl.by_id() == {item["id"]: absolute(item) for item in faults.articles(world)}
    outcomes = list(faults.outcomes(world))
    assert crawl.stats["lab/pannes/perdus"] == sum(one["faults"][-1] in LOST for one in outcomes)
    met = [slug for one in outcomes for slug in one["faults"]]
    assert crawl.stats["lab/pages/blocked"] == met.count("blocage")
    assert crawl.stats["lab/pages/empty"] == met.count("vide")
    assert crawl.stats["lab/pages/broken"] == met.count("gzip-casse") + met.count("gzip-tronque")
    assert crawl.stats["lab/traps/redirect_loop"] == met.count("boucle")
    assert crawl.stats["lab/traps/too_large"] == met.count("bombe") + met.count("enorme")
    assert crawl.stats["lab/pages/charset"] == met.count("encodage-latin") + met.count(
        "encodage-utf8"
    )
    assert crawl.stats["offsite/filtered"] == met.count("ailleurs")
    assert crawl.stats["lab/pauses"] >= 1
    assert len(outcomes) == JOURNAL_SIZE


# What ends in the errback; the others are pages that the spider itself sets aside.
# (A redirect out of the site is filtered before it is a request, so no errback hears of it.)
LOST = ("introuvable-404", "panne-500", "boucle", "enorme", "bombe")


def test_the_agenda_is_read_to_its_end_and_no_further(
    run_spider: Callable[..., Any], world: World, absolute: Callable[..., dict[str, Any]]
) -> None:
    crawl = run_spider("agenda", settings=GUARDED)
    expected = [absolute(item) for item in traps.events(world)]
    assert crawl.by_id() == {item["id"]: item for item in expected}
    # Twelve months, three empty ones to be sure, the events, the first redirect, robots.txt.
    requests = 12 + 3 + len(expected) + 1 + 1
    assert crawl.stats["downloader/request_count"] == requests


def test_one_empty_month_is_not_the_end(run_spider: Callable[..., Any], world: World) -> None:
    hasty = run_spider("agenda", settings=GUARDED, mois_vides="1")
    assert 0 < len(hasty) < len(list(traps.events(world)))


@pytest.mark.parametrize("patience", ["100000"])
def test_without_its_rule_the_guard_stops_the_agenda(
    run_spider: Callable[..., Any], world: World, patience: str
) -> None:
    settings = {**GUARDED, "LAB_TRAP_PAGES": 30}
    crawl = run_spider("agenda", settings=settings, mois_vides=patience)
    events = len(list(traps.events(world)))
    assert len(crawl) == events
    assert crawl.stats["lab/traps/endless"] >= 1
    assert crawl.log.count("Piège probable") == 1
    assert crawl.stats["response_received_count"] <= 30 + 11 * events + 10


def test_a_site_that_forbids_everything_loses_no_page(
    run_spider: Callable[..., Any], closed: Running
) -> None:
    for spider in ("gazette", "agenda"):
        crawl = run_spider(spider, settings=GUARDED, base=closed.url)
        assert list(crawl) == []
        assert crawl.stats["downloader/request_count"] == 1  # robots.txt
    assert closed.http.get("/robots-violations").json()["violations"] == 0
