"""The map of difficulties: complete, true, and pleasant to read."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from parsel import Selector

from lab.practice.faults import FAULTS
from lab.practice.scenario import Scenario
from lab.practice.site.difficulties import LEVELS, all_scenarios, families

from .conftest import Running

SPIDERS = Path(__file__).resolve().parents[2] / "Scrapy/newscrawler/newscrawler/spiders"
# What a scenario's address answers when it is no page: the fault is the lesson.
EXPECTED = {slug: fault.status for slug, fault in FAULTS.items()}


def names_of_spiders() -> set[str]:
    sources = (path.read_text() for path in SPIDERS.glob("*.py"))
    return {name for text in sources for name in re.findall(r'^    name = "(\w+)"$', text, re.M)}


@pytest.fixture(scope="module")
def index(web: Running) -> Selector:
    return Selector(web.http.get("/difficultes/").text)


@pytest.mark.parametrize("scenario", all_scenarios(), ids=lambda one: one.slug)
def test_each_scenario_answers(web: Running, scenario: Scenario) -> None:
    expected = EXPECTED.get(scenario.slug)
    if expected == 0:
        with pytest.raises(httpx.RemoteProtocolError), web.http.stream("GET", scenario.path) as r:
            r.read()
    else:
        with web.http.stream("GET", scenario.path, follow_redirects=expected is None) as response:
            status = response.status_code
        if expected is None:
            assert 200 <= status < 300
        elif expected == 302:
            assert status in (301, 302)
        else:
            assert status == expected


@pytest.mark.parametrize("scenario", all_scenarios(), ids=lambda one: one.slug)
def test_each_scenario_is_well_described(scenario: Scenario) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", scenario.slug)
    assert 1 <= scenario.level <= len(LEVELS)
    assert scenario.path.startswith("/")
    assert scenario.title
    assert scenario.summary.endswith((".", "!", "?", "»"))
    if scenario.spider:
        assert scenario.spider.split()[0] in names_of_spiders()


def test_slugs_are_distinct() -> None:
    slugs = [one.slug for one in all_scenarios()]
    assert len(slugs) == len(set(slugs))


def test_the_map_shows_every_scenario(index: Selector) -> None:
    shown = {card.attrib["id"]: card for card in index.css(".difficulte")}
    assert set(shown) == {one.slug for one in all_scenarios()}
    for one in all_scenarios():
        card = shown[one.slug]
        assert card.css("h3 a::attr(href)").get() == one.path
        assert card.css("h3 a::text").get() == one.title
        assert len(card.css(".points .plein")) == one.level
        assert LEVELS[one.level - 1] in card.css(".niveau").xpath("string()").get("")
        assert card.css(".resume::text").get() == one.summary
        command = card.css(".commande code::text").get()
        assert command == (f"./lab crawl {one.spider}" if one.spider else None)


def test_families_stand_together_and_begin_easy(index: Selector) -> None:
    titles = index.css("section h2::text").getall()
    assert titles == list(families())
    for group in families().values():
        levels = [one.level for one in group]
        assert levels == sorted(levels)


def test_the_map_for_programs_says_the_same(web: Running) -> None:
    data = web.http.get("/difficultes.json").json()
    assert data["count"] == len(data["scenarios"]) == len(all_scenarios())
    by_slug = {one["slug"]: one for one in data["scenarios"]}
    for one in all_scenarios():
        told = by_slug[one.slug]
        assert told["url"] == web.url + one.path
        assert (told["level"], told["level_name"]) == (one.level, LEVELS[one.level - 1])
        assert told["spider"] == one.spider


def test_the_home_page_leads_to_the_map(web: Running) -> None:
    assert Selector(web.http.get("/").text).css('main a[href="/difficultes/"]')


def test_the_home_page_has_no_dead_link(web: Running) -> None:
    for link in Selector(web.http.get("/").text).css("a::attr(href)").getall():
        assert web.http.get(link, follow_redirects=True).status_code == 200, link


def test_a_missing_spider_would_be_seen() -> None:
    assert {"gazette", "boutique", "pannes", "agenda"} <= names_of_spiders()
    assert "inconnu" not in names_of_spiders()
