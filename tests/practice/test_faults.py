"""The faults on demand and the faulty newspaper, against their answer key."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest
from parsel import Selector

from lab.practice.faults import FAULTS, JOURNAL_SIZE, Attempts, faults_of
from lab.practice.site import broken
from lab.practice.site.scenarios.faults import STORM_PAUSE, STORM_RATE, Storm
from lab.practice.truth import faults
from lab.practice.world import World

from .conftest import Running, serving


def get(web: Running, path: str) -> tuple[int, bytes, httpx.Headers]:
    """Status, raw body and headers of an answer; (0, …) when it does not come whole."""
    body = b""
    try:
        with web.http.stream("GET", path) as response:
            for piece in response.iter_raw():
                body += piece
            return response.status_code, body, response.headers
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return 0, body, httpx.Headers()


@pytest.mark.parametrize("slug", [s for s, fault in FAULTS.items() if not fault.lasting])
def test_a_passing_fault_happens_as_often_as_asked(web: Running, slug: str) -> None:
    path = f"/pannes/{slug}/?fois=2"
    for _turn in range(2):  # the next visitor meets the same faults
        seen = [get(web, path) for _ in range(3)]
        assert [status for status, _, _ in seen[:2]] == [FAULTS[slug].status] * 2
        assert seen[2][0] == 200
        good = "La page est arrivée".encode()
        assert good in seen[2][1]
        assert good not in seen[0][1] or slug == "gzip-casse"


LARGE = ("enorme", "bombe")  # tested by their size, further down


@pytest.mark.parametrize(
    "slug", [s for s, fault in FAULTS.items() if fault.lasting and s not in LARGE]
)
def test_a_lasting_fault_never_goes_away(web: Running, slug: str) -> None:
    seen = [get(web, f"/pannes/{slug}/?secondes=0") for _ in range(3)]
    assert seen[0][:2] == seen[1][:2] == seen[2][:2]


def test_retry_after_in_seconds_and_as_a_date(web: Running) -> None:
    assert get(web, "/pannes/trop-429/")[2]["retry-after"] == "1"
    assert get(web, "/pannes/indisponible-503/")[2]["retry-after"] == "1"
    date = parsedate_to_datetime(get(web, "/pannes/trop-429-date/")[2]["retry-after"])
    assert 0 < (date - datetime.now(UTC)).total_seconds() <= 2
    for slug in ("trop-429", "indisponible-503", "trop-429-date"):
        assert get(web, f"/pannes/{slug}/")[0] == 200


def test_what_each_lie_looks_like(web: Running) -> None:
    status, body, headers = get(web, "/pannes/gzip-casse/")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(body)
    cut = get(web, "/pannes/gzip-tronque/")[1]
    opened = zlib.decompressobj(31)
    assert opened.decompress(cut).startswith(b"<!DOCTYPE")
    assert not opened.eof
    latin = get(web, "/pannes/encodage-latin/")
    assert "utf-8" in latin[2]["content-type"]
    with pytest.raises(UnicodeDecodeError):
        latin[1].decode()
    utf8 = get(web, "/pannes/encodage-utf8/")
    assert "iso-8859-1" in utf8[2]["content-type"]
    assert "arrivée" in utf8[1].decode()
    assert get(web, "/pannes/binaire/")[1].startswith(b"\x89PNG")
    assert get(web, "/pannes/type-menteur/")[2]["content-type"] == "application/octet-stream"
    assert b"humain" in get(web, "/pannes/blocage/")[1]
    for slug in ("gzip-casse", "gzip-tronque", "blocage"):
        get(web, f"/pannes/{slug}/")  # leave them as they were


def test_redirects(web: Running) -> None:
    followed = web.http.get("/pannes/rebonds/", follow_redirects=True)
    assert [one.status_code for one in followed.history] == [301, 302, 307, 308]
    assert "La page est arrivée" in followed.text
    with pytest.raises(httpx.TooManyRedirects):
        web.http.get("/pannes/boucle/", follow_redirects=True)
    away = web.http.get(web.http.get("/pannes/ailleurs/").headers["location"])
    assert away.headers["location"] == "http://ailleurs.example/accueil"


def test_the_huge_page_is_over_ten_mebibytes(web: Running) -> None:
    assert len(get(web, "/pannes/enorme/")[1]) > 10 * broken.MIB


def test_the_bomb_is_small_and_opens_to_a_gibibyte(web: Running) -> None:
    packed = get(web, "/pannes/bombe/")[1]
    assert len(packed) < 4 * 1000 * 1000
    opener = zlib.decompressobj(31)  # checks the CRC and the size at the end
    size, rest = 0, packed
    while not opener.eof:
        size += len(opener.decompress(rest, 8 * broken.MIB))
        rest = opener.unconsumed_tail
    assert size == 1024 * broken.MIB


def test_seconds_are_bounded(web: Running) -> None:
    for wrong in ("abc", "nan", "-3", ""):
        assert get(web, f"/pannes/goutte/?secondes={wrong}")[0] == 200


def test_an_unknown_fault_is_a_404(web: Running) -> None:
    assert get(web, "/pannes/inconnue/")[0] == 404
    assert get(web, "/pannes/journal/un-titre-1.html")[0] == 404
    assert get(web, f"/pannes/journal/un-titre-{JOURNAL_SIZE + 1}.html")[0] == 404


@pytest.fixture(scope="module")
def fresh() -> Iterator[Running]:
    with serving("--articles", "0", "--products", "0") as running:
        yield running


def test_the_newspaper_keeps_its_promises(fresh: Running) -> None:
    world = World(articles=0, products=0)
    listed = []
    for number in (1, 2, 3):
        page = Selector(fresh.http.get(f"/pannes/journal/?page={number}").text)
        listed += page.css("a.article::attr(href)").getall()
    outcomes = list(faults.outcomes(world))
    assert listed == [one["url"] for one in reversed(outcomes)]
    articles = {one["url"]: one for one in faults.articles(world)}
    assert set(articles) == {one["url"] for one in outcomes if one["readable"]}
    for one in outcomes:
        if {"lent", "goutte", *LARGE} & set(one["faults"]):
            continue
        answers = [get(fresh, one["url"]) for _ in range(max(1, one["attempts"]))]
        expected = [FAULTS[slug].status for slug in one["faults"]]
        if one["readable"] and not FAULTS[one["faults"][-1]].lasting:
            expected.append(200)
        assert [302 if status == 301 else status for status, _, _ in answers] == expected
        if one["attempts"] > 1:
            page = Selector(answers[-1][1].decode())
            data = json.loads(page.css('script[type="application/ld+json"]::text').get(""))
            assert data["headline"] == articles[one["url"]]["title"]
            assert data["articleBody"] == articles[one["url"]]["body"]
            assert data["url"] == one["canonical_url"]


def test_every_fault_is_in_the_newspaper_and_is_drawn_from_the_seed() -> None:
    first, again, other = World(), World(articles=7), World(seed=1)

    def series(world: World) -> list[tuple[str, ...]]:
        return [tuple(f.slug for f in faults_of(world, n)) for n in range(JOURNAL_SIZE)]

    assert series(first) == series(again) != series(other)
    met = Counter(slug for one in series(first) for slug in one)
    assert set(met) == set(FAULTS)
    assert min(met.values()) >= 2
    assert max(map(len, series(first))) == 2


def test_the_counters_of_attempts_are_bounded() -> None:
    attempts = Attempts(most=100)
    assert [attempts.next("/a", 2) for _ in range(4)] == [0, 1, 2, 0]
    for number in range(1000):
        attempts.next(f"/{number}", 3)
    assert len(attempts) <= 100


def test_the_storm_lets_so_many_through_and_punishes_haste() -> None:
    now = 100.0
    storm = Storm(lambda: now)
    assert [storm.wait() for _ in range(STORM_RATE)] == [0.0] * STORM_RATE
    assert storm.wait() == STORM_PAUSE
    now += STORM_PAUSE * 0.9
    assert storm.wait() == STORM_PAUSE  # too early: the pause begins again
    now += STORM_PAUSE * 0.9
    assert storm.wait() == STORM_PAUSE
    now += STORM_PAUSE
    assert storm.wait() == 0.0


def test_nothing_is_logged_when_connections_are_cut() -> None:
    with serving("--articles", "10") as running:
        for slug in ("coupure", "tronquee", "goutte"):
            get(running, f"/pannes/{slug}/")
        running.process.terminate()
        running.process.wait(10)
        assert running.said() == ""
