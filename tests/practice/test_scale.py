"""A world of a million articles costs no more memory than a small one, and its ends are right."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import psutil
import pytest
from parsel import Selector

from lab.practice.articles import headline
from lab.practice.world import World

from .conftest import Running, serving

MILLION = World(articles=1_000_000)
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@pytest.fixture(scope="module")
def huge() -> Iterator[Running]:
    with serving("--articles", str(MILLION.articles)) as running:
        yield running


def locations(web: Running, path: str) -> list[str]:
    answer = web.http.get(path)
    assert answer.status_code == 200
    return [one.text or "" for one in ElementTree.fromstring(answer.content).iter(LOC)]


def test_the_sitemap_index_is_valid_and_covers_everything(huge: Running) -> None:
    files = locations(huge, "/sitemap.xml")
    # The protocol: at most 50,000 files in an index, 50,000 addresses and 50 MB in a file.
    assert len(files) == len(set(files)) <= 50_000
    gazette = [file for file in files if "/sitemaps/gazette-" in file]
    for file, start in ((gazette[0], 0), (gazette[-1], None)):
        found = locations(huge, file.removeprefix(huge.url))
        size = len(found)
        assert size <= 50_000
        first = MILLION.article_count - size if start is None else start
        assert found[0] == huge.url + headline(MILLION, first).path
        assert found[-1] == huge.url + headline(MILLION, first + size - 1).path
        assert size * len(gazette) == MILLION.article_count


def test_the_first_and_last_pages_are_right(huge: Running) -> None:
    section = headline(MILLION, 0).entry.section
    cycle = MILLION.plan.cycle(section)
    total = cycle.count(MILLION.article_count)
    path = f"/gazette/rubrique/{section.slug}/"
    last = -(-total // 20)
    for number, ranks in ((1, range(20)), (last, range((last - 1) * 20, total))):
        page = Selector(huge.http.get(path, params={"page": number}).text)
        expected = MILLION.newest(cycle, ranks.start, ranks.stop)
        shown = page.css(".carte .titre a::attr(href)").getall()
        assert shown == [headline(MILLION, index).path for index in expected]
    assert huge.http.get(path, params={"page": last + 1}).status_code == 404
    for index in (0, 499_999, 999_999):
        answer = huge.http.get(headline(MILLION, index).path)
        assert Selector(answer.text).css("h1::text").get() == headline(MILLION, index).title


def _walk(web: Running, start: int, count: int) -> int:
    """Read `count` articles spread over the world, and lists; bytes of PSS of the server."""
    step = 997
    for number in range(start, start + count):
        index = number * step % MILLION.article_count
        assert web.http.get(headline.__wrapped__(MILLION, index).path).status_code == 200
        if number % 10 == 0:
            page = 1 + number * 31 % 4000
            assert web.http.get("/gazette/rubrique/sport/", params={"page": page}).is_success
    return psutil.Process(web.process.pid).memory_full_info().pss


@pytest.mark.parametrize(
    "pages", [1500, pytest.param(20_000, marks=pytest.mark.long)], ids=["short", "long"]
)
def test_memory_stays_flat(huge: Running, pages: int) -> None:
    first = _walk(huge, 0, pages // 3)  # caches full, templates compiled
    last = _walk(huge, pages // 3, pages - pages // 3)
    assert last < first * 1.1
