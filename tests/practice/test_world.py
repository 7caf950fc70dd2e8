"""Determinism, laziness and grammar of the world."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tracemalloc
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.practice import truth
from lab.practice.articles import headline
from lab.practice.grammar import noun, slugify
from lab.practice.plan import Cycle
from lab.practice.world import REFERENCE_DAY, World

from .conftest import serving

SERVED_EVEN_WHEN_EMPTY = (
    "/",
    "/gazette/",
    "/boutique/",
    "/gazette/rss.xml",
    "/gazette/rubrique/sport/",
    "/sitemap.xml",
    "/sitemaps/news.xml",
    "/api/articles",
)
DUMP = """
import sys
from lab.practice import truth
from lab.practice.tweets import tweet
from lab.practice.world import World
world = World(articles=60, products=40)
things = [*truth.articles(world), *truth.products(world), *(tweet(world, n) for n in range(40))]
sys.stdout.buffer.write(repr(things).encode())
"""


def dump(hash_seed: str) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", DUMP]
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout


def test_two_processes_make_the_same_bytes() -> None:
    assert dump("0") == dump("4242")


def test_two_servers_send_the_same_bytes() -> None:
    pages = [
        "/gazette/",
        "/boutique/",
        "/gazette/rubrique/sport/",
        "/sitemaps/news.xml",
        "/tweet?minute=9",
    ]
    pages.append(truth.article(World(), 7)["url"])
    sent = []
    for hash_seed in ("1", "2"):
        with serving(hash_seed=hash_seed) as web:
            headers = {"host": "practice.test"}
            sent.append(
                [web.http.get(path, headers=headers).raise_for_status().content for path in pages]
            )
    assert sent[0] == sent[1]


def test_another_seed_is_another_world() -> None:
    one, two = (list(truth.articles(World(seed=s, articles=50))) for s in (1, 2))
    assert len({a["title"] for a in one} & {a["title"] for a in two}) < 5


def test_a_million_articles_cost_nothing_until_asked() -> None:
    tracemalloc.start()
    start = time.perf_counter()
    world = World(articles=1_000_000, products=1_000_000)
    last = truth.article(world, 999_998)
    section = world.plan.sections["sport"]
    total = world.plan.cycle(section).count(world.article_count)
    oldest = headline(world, world.newest(world.plan.cycle(section), total - 1, total)[0])
    elapsed = time.perf_counter() - start
    for index in range(0, 1_000_000, 500):
        truth.article(world, index)
        truth.product_item(world, index)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert last["number"] == 999_999
    assert oldest.entry.section == section
    assert elapsed < 1
    assert peak < 16e6


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_a_server_of_a_million_pages_stays_small() -> None:
    world = World(articles=1_000_000)
    with serving("--articles", "1000000") as web:
        path = truth.article(world, 999_998)["url"]
        web.http.get(path).raise_for_status()
        before = resident(web.process.pid)
        start = time.perf_counter()
        assert web.http.get(path).status_code == 200
        assert time.perf_counter() - start < 0.2
        for index in range(0, 1_000_000, 2000):
            web.http.get(headline(world, index).path).raise_for_status()
        for address in ("/gazette/rubrique/sport/?page=7000", "/sitemaps/gazette-1000.xml"):
            assert web.http.get(address).status_code == 200
        assert resident(web.process.pid) - before < 12e6


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_time_goes_on_without_changing_the_past() -> None:
    today = World(articles=200)
    later = World(articles=200, today=REFERENCE_DAY + timedelta(days=2))
    earlier = World(articles=200, today=REFERENCE_DAY - timedelta(days=1))
    past, future = list(truth.articles(today)), list(truth.articles(later))
    corrected = 0
    for before, after in zip(past, future[:200], strict=True):
        if after != before:  # an article may be corrected later: its note says so
            corrected += 1
            assert after["modified"].date() > today.today
            assert after["body"].startswith(before["body"] + "\n\nMise à jour du ")
            after = {**after, "body": before["body"], "modified": before["modified"]}
        assert after == before
    assert 0 < corrected < 40
    assert len(future) == 200 + 2 * today.per_day
    assert list(truth.articles(earlier)) == past[: 200 - today.per_day]
    for world in (today, later, earlier):
        items = list(truth.articles(world))
        assert items[-1]["published"].date() == world.today
        assert all(a["published"] <= b["published"] for a, b in pairwise(items))
        for item in items:
            assert item["published"].utcoffset() in (timedelta(hours=1), timedelta(hours=2))
            assert item["published"] <= item["modified"]
            if world.today <= REFERENCE_DAY:
                assert item["modified"].date() == item["published"].date()
            assert item["modified"].date() <= world.today


def test_days_hold_their_own_articles() -> None:
    world = World(articles=100)
    for item_day in {headline(world, index).published.date() for index in range(100)}:
        wanted = [n for n in range(100) if headline(world, n).published.date() == item_day]
        assert list(world.day_range(item_day)) == wanted
    assert not world.day_range(date(1999, 1, 1))


@pytest.mark.parametrize("size", [0, 1, 2, 7])
def test_tiny_worlds_are_served_too(size: int) -> None:
    with serving("--articles", str(size), "--products", str(size)) as web:
        for path in SERVED_EVEN_WHEN_EMPTY:
            answer: httpx.Response = web.http.get(path)
            assert answer.status_code == 200, path


@given(st.sets(st.integers(0, 29)), st.integers(0, 400))
def test_cycles_count_and_find(members: set[int], total: int) -> None:
    cycle = Cycle(30, tuple(sorted(members)))
    listed = [n for n in range(total) if n % 30 in members]
    assert cycle.count(total) == len(listed)
    assert [cycle.nth(rank) for rank in range(len(listed))] == listed


@pytest.mark.parametrize(
    ("source", "template", "expected"),
    [
        ("le maire", "{:de}", "du maire"),
        ("les élues/f", "{:à} {:prêt|prête|prêts|prêtes}", "aux élues prêtes"),
        ("l'enquête/f", "{:de} {:prêt|prête|prêts|prêtes}", "de l’enquête prête"),
        ("la mairie", "{:à} {:a|ont}", "à la mairie a"),
    ],
)
def test_french_agrees(source: str, template: str, expected: str) -> None:
    word = noun(source)
    assert template.format(*[word] * template.count("{")) == expected


def test_no_text_has_a_known_fault() -> None:
    world = World(articles=2000)
    faults = (
        "{",
        "}",
        " de le ",
        " de les ",
        " de des ",
        " de du ",
        " à le ",
        " à les ",
        "de octobre",
        "  ",
        "..",
    )
    for item in truth.articles(world):
        for text in (item["title"], item["description"], item["body"]):
            assert not [fault for fault in faults if fault in text], text
            assert text[0] == "«" or text[0].isupper() or text[0].isdigit(), text


def test_slugs() -> None:
    assert slugify("L’œuvre d’Élise : 1\u00a0200 €") == "l-oeuvre-d-elise-1-200"
