"""The traps: endless where they should be, and never so by accident."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from parsel import Selector

from lab.practice.events import BUSY_MONTHS, FIRST, QUIET, events_of, month_number, shift
from lab.practice.site.watch import CLOSED_HOST
from lab.practice.truth import traps
from lab.practice.world import World

from .conftest import Running, serving


def links(web: Running, path: str, css: str = "main a::attr(href)") -> list[str]:
    page = web.http.get(path, follow_redirects=True)
    assert page.status_code == 200, path
    return [urljoin(path, link) for link in Selector(page.text).css(css).getall()]


def test_the_calendar_goes_on_for_ever(web: Running) -> None:
    path = "/agenda/"
    for _ in range(40):
        path = links(web, path, 'a[rel="next"]::attr(href)')[0]
    assert path == "/agenda/2030/01/"
    assert links(web, "/agenda/1901/01/", 'a[rel="prev"]::attr(href)') == ["/agenda/1900/12/"]
    assert web.http.get("/agenda/2026/13/").status_code == 404
    assert web.http.get("/agenda/2026/09/01-bal-invente/").status_code == 404


def test_the_events_are_those_of_the_answer_key(web: Running, small: World) -> None:
    found = {}
    for number in range(-6, BUSY_MONTHS + 12):
        year, month = shift(*FIRST, number)
        for path in links(web, f"/agenda/{year}/{month:02d}/", "a.evenement::attr(href)"):
            page = Selector(web.http.get(path).text)
            found[path] = (
                page.css("h1::text").get(),
                page.css("main time::attr(datetime)").get(),
                page.css(".lieu::text").get(),
                page.css('link[rel="canonical"]::attr(href)').get(),
            )
    expected = list(traps.events(small))
    assert found == {
        one["url"]: (one["titre"], one["date"], one["lieu"], one["canonical_url"])
        for one in expected
    }
    assert len({one["id"] for one in expected}) == len(expected) >= 33
    assert events_of(small, *shift(*FIRST, QUIET)) == []
    assert month_number(*shift(*FIRST, -1)) == -1


def test_facets_never_come_to_an_end(web: Running) -> None:
    seen: set[str] = set()
    path = "/pieges/facettes/"
    for _ in range(15):
        fresh = [link for link in links(web, path, "nav a::attr(href)") if link not in seen]
        seen.update(fresh)
        path = fresh[-1]
    assert len(seen) > 150
    assert {urlsplit(link).path for link in seen} == {"/pieges/facettes/"}
    assert links(web, path, ".carte a::attr(href)") == links(
        web, "/pieges/facettes/", ".carte a::attr(href)"
    )


def test_session_numbers_are_new_each_time_and_repeatable(web: Running) -> None:
    first = links(web, "/pieges/sessions/")
    assert first == links(web, "/pieges/sessions/")
    second = links(web, first[0])
    assert not set(first) & set(second)
    assert {urlsplit(link).path for link in first} == {urlsplit(link).path for link in second}
    page = Selector(web.http.get(first[3]).text)
    assert page.css('link[rel="canonical"]::attr(href)').get() == f"{web.url}/pieges/sessions/4/"


@pytest.fixture
def own() -> Iterator[Running]:
    with serving("--articles", "5") as running:
        yield running


def test_the_hidden_link_is_hidden_forbidden_and_watched(own: Running) -> None:
    page = Selector(own.http.get("/pieges/lien-cache/").text)
    hidden = page.xpath('//*[@hidden or @aria-hidden="true"]').xpath("self::a|.//a")
    paths = hidden.xpath("@href").getall()
    assert paths == ["/pieges/pot-de-miel/1", "/pieges/pot-de-miel/2"]
    assert "Disallow: /pieges/pot-de-miel/" in own.http.get("/robots.txt").text
    assert own.http.get("/robots-violations").json()["violations"] == 0
    assert own.http.get(paths[0]).status_code == 200
    assert own.http.get("/robots-violations").json()["paths"] == {paths[0]: 1}


def test_a_robots_txt_holds_for_one_host(own: Running) -> None:
    closed = {"host": f"{CLOSED_HOST}:{urlsplit(own.url).port}"}
    rules = own.http.get("/robots.txt", headers=closed).text
    assert "Disallow: /\n" in rules
    assert "Allow: /\n" in own.http.get("/robots.txt").text
    assert own.http.get("/gazette/", headers=closed).status_code == 200
    assert own.http.get("/gazette/").status_code == 200
    assert own.http.get("/robots-violations").json()["paths"] == {"/gazette/": 1}
    told = Selector(own.http.get("/pieges/interdit/").text).css("main a::attr(href)").get("")
    assert told == f"http://{CLOSED_HOST}:{urlsplit(own.url).port}/"


@pytest.mark.parametrize(("mode", "status"), [("deny", 200), ("broken", 503)])
def test_a_whole_server_can_be_closed(mode: str, status: int) -> None:
    with serving("--articles", "5", "--robots", mode) as running:
        assert running.http.get("/robots.txt").status_code == status
        running.http.get("/gazette/admin/")
        assert running.http.get("/health").status_code == 200
        assert running.http.get("/robots-violations").json()["violations"] == 1
