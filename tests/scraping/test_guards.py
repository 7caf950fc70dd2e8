"""The guards, one by one, in real crawls of the practice web's faults and traps."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from practice.conftest import Running, serving
from scrapy.http import HtmlResponse, Response
from scrapy.settings import Settings

from lab.practice.truth import traps
from lab.practice.world import World
from lab.scraping.middlewares import LabGuards
from lab.scraping.middlewares.addresses import without_session
from lab.scraping.middlewares.answers import BlockedPages
from lab.scraping.middlewares.charsets import real_encoding
from lab.scraping.middlewares.decompression import is_cut
from lab.scraping.middlewares.endless import Families, family_of
from lab.scraping.middlewares.pausing import asked_pause

RUNNER = Path(__file__).with_name("guarded.py")
WORLD = World(articles=60, products=30)
FRENCH = "Les élèves reçus à l’école près de la forêt ont été félicités par le maître d’œuvre. "


@pytest.fixture(scope="module")
def web() -> Iterator[Running]:
    with serving("--articles", str(WORLD.articles), "--products", str(WORLD.products)) as running:
        yield running


def crawl(web: Running, *paths: str, **job: Any) -> dict[str, Any]:
    """Run a guarded crawl of these paths in its own process; what `guarded.py` says."""
    order = {"start": [web.url + path for path in paths], **job}
    done = subprocess.run(
        [sys.executable, str(RUNNER), json.dumps(order)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- Retry-After --------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["trop-429", "trop-429-date", "indisponible-503"])
def test_a_pause_is_waited_for_by_everybody(web: Running, slug: str) -> None:
    others = [f"/pannes/tempete/{n}/" for n in range(1, 6)]
    done = crawl(web, f"/pannes/{slug}/", *others, settings={"CONCURRENT_REQUESTS_PER_DOMAIN": 1})
    assert len(done["pages"]) == 6
    assert done["stats"]["lab/pauses"] == 1
    first, *after = [moment for _, moment in done["received"]]
    assert done["received"][0][0].endswith(f"/{slug}/")
    # One at a time: the first answer is the refusal, and nothing is asked before its end.
    # The date has whole seconds: "in two seconds" may be 1.001 s from now.
    assert min(after) - first >= 1.0


def test_a_storm_of_429_loses_nothing(web: Running) -> None:
    pages = [f"/pannes/tempete/{n}/" for n in range(1, 41)]
    done = crawl(web, *pages)
    assert sorted(int(title.split()[-1]) for _, _, title in done["pages"]) == list(range(1, 41))
    assert done["lost"] == []
    assert done["stats"]["downloader/response_status_count/429"] >= 1


def test_without_the_guard_a_storm_does(web: Running) -> None:
    pages = [f"/pannes/tempete/{n}/" for n in range(1, 41)]
    done = crawl(web, *pages, settings={"ADDONS": {}})
    assert len(done["pages"]) < 40


def test_a_pause_too_long_is_not_waited_for(web: Running) -> None:
    done = crawl(web, "/pannes/trop-429/", settings={"LAB_RETRY_AFTER_MAX": 0.5})
    assert done["pages"] == []
    assert done["stats"]["lab/traps/too_long_pause"] >= 1
    web.http.get("/pannes/trop-429/")  # its fault is over: leave it as it was


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("", None),
        ("bientôt", None),
        ("-5", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("99999999999999999999", 999999999.0),
    ],
)
def test_what_a_site_asks_for(text: str, pause: float | None) -> None:
    response = Response("http://a.example/", headers={"Retry-After": text.encode()})
    assert asked_pause(response, datetime.now(UTC)) == pause


def test_a_date_is_a_pause() -> None:
    now = datetime(2026, 9, 15, 12, tzinfo=UTC)
    later = format_datetime(now + timedelta(seconds=90), usegmt=True)
    response = Response("http://a.example/", headers={"Retry-After": later})
    assert asked_pause(response, now) == 90.0


# --- Block pages, empty pages -------------------------------------------------------------


def test_a_block_page_never_reaches_the_spider(web: Running) -> None:
    done = crawl(web, "/pannes/blocage/?fois=9", "/pannes/vide/?fois=9", "/gazette/")
    assert [path for path, _, _ in done["pages"]] == [web.url + "/gazette/"]
    assert done["stats"]["lab/pages/blocked"] == 3  # RETRY_TIMES is 2
    assert done["stats"]["lab/pages/empty"] == 3
    assert {why for _, why in done["lost"]} == {"page de blocage", "page vide"}
    for slug in ("blocage", "vide"):
        while web.http.get(f"/pannes/{slug}/?fois=9").text.count("arrivée") == 0:
            pass


def test_a_wall_that_opens_is_passed(web: Running) -> None:
    done = crawl(web, "/pannes/blocage/")
    assert [title for _, _, title in done["pages"]] == ["La page est arrivée"]


WALLS = {
    "cloudflare": "<title>Just a moment...</title><noscript>Enable JavaScript and cookies to "
    "continue</noscript><script src='/cdn-cgi/challenge-platform/h/b/orchestrate/x'></script>",
    "cloudflare-1020": "<title>Attention Required! | Cloudflare</title><h1>Sorry, you have been "
    "blocked</h1><p>You are unable to access site.example</p>",
    "datadome": "<html><head><title>lejournal.example</title></head><body><p id='cmsg'>Please "
    "enable JS and disable any ad blocker</p><script src='https://ct.captcha-delivery.com/c.js'>"
    "</script></body></html>",
    "imperva": "<html><body><iframe src='/_Incapsula_Resource?x=1'>Request unsuccessful. Incapsula "
    "incident ID: 877</iframe></body></html>",
    "perimeterx": "<title>Access to this page has been denied.</title><div id='px-captcha'></div>",
    "akamai": "<title>Access Denied</title><h1>Access Denied</h1>You don't have permission to "
    'access "http&#58;//site.example/" on this server.<p>Reference #18.2d</p>',
    "google": "<title>Sorry...</title><h1>Robot ?</h1>Our systems have detected unusual traffic "
    "from your computer network.",
    "maison": "<title>Vérification</title><h1>Un instant</h1><p>Vérifiez que vous êtes humain.</p>",
    "maison-2": "<title>Accès refusé</title><p>L'accès à cette page vous est refusé.</p>",
}
PAGES = {
    "article": "<title>Accès refusé : l’enquête</title><h1>Accès refusé</h1>"
    '<script type="application/ld+json">{"@type": "NewsArticle"}</script><p>Accès refusé.</p>',
    "long": "<title>Vérifiez que vous êtes humain, dit le robot</title><p>" + FRENCH * 30,
    "court": "<title>Robots : un moment d’attention</title><p>Les robots sont partout.</p>",
    "vide": "<title>Journal</title>",
}


class _Crawler:
    """What the guard reads of a crawler to recognise a page: its settings."""

    settings = Settings()


@pytest.mark.parametrize("name", WALLS)
def test_walls_are_recognised(name: str) -> None:
    response = HtmlResponse("http://a.example/", body=WALLS[name].encode(), encoding="utf-8")
    assert BlockedPages(_Crawler())._is_wall(response)


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_not_walls(name: str) -> None:
    response = HtmlResponse("http://a.example/", body=PAGES[name].encode(), encoding="utf-8")
    assert not BlockedPages(_Crawler())._is_wall(response)


def test_a_project_adds_its_own_patterns() -> None:
    class Own(_Crawler):
        settings = Settings({"LAB_BLOCKED_PATTERNS": ["revenez plus tard, petit robot"]})

    body = b"<title>Bonjour</title>Revenez plus tard, petit robot !"
    response = HtmlResponse("http://a.example/", body=body, encoding="utf-8")
    assert BlockedPages(Own())._is_wall(response)
    assert not BlockedPages(_Crawler())._is_wall(response)


# --- Encodings ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "declared", "real"),
    [
        ("utf-8", "utf-8", None),
        ("utf-8", "cp1252", "utf-8"),
        ("utf-8", "iso8859-15", "utf-8"),
        ("cp1252", "utf-8", "cp1252"),
        ("cp1252", "cp1252", None),
        ("utf-16", "utf-16", None),
    ],
)
def test_the_real_encoding(written: str, declared: str, real: str | None) -> None:
    assert real_encoding((FRENCH * 5).encode(written), declared) == real


def test_what_the_page_says_of_itself_comes_before_a_guess() -> None:
    body = ('<meta charset="windows-1251"><p>' + "Привет, как дела? " * 20).encode("cp1251")
    assert real_encoding(body, "utf-8") == "cp1251"


def test_one_broken_character_does_not_change_the_encoding() -> None:
    assert real_encoding((FRENCH * 5).encode()[:-60] + b"\xe9 coup\xc3", "utf-8") is None
    assert real_encoding(b"only ascii", "utf-8") is None


# --- Sizes and compression ----------------------------------------------------------------


def test_bombs_and_huge_pages_cost_no_memory(web: Running) -> None:
    plain = crawl(web, *[f"/gazette/?n={n}" for n in range(6)])
    paths = [f"/pannes/bombe/?n={n}" for n in range(16)]
    paths += [f"/pannes/enorme/?n={n}" for n in range(4)]
    attacked = crawl(web, *paths)
    assert attacked["pages"] == []
    assert attacked["stats"]["lab/traps/too_large"] == 20
    assert len(attacked["lost"]) == 20
    # Sixteen at a time, at most ten mebibytes each on the network, one opened at a time.
    assert attacked["memory"] - plain["memory"] < 200 * 2**20
    assert "retry/count" not in attacked["stats"]


def test_broken_compression_is_retried(web: Running) -> None:
    done = crawl(web, "/pannes/gzip-casse/", "/pannes/gzip-tronque/")
    assert [title for _, _, title in done["pages"]] == ["La page est arrivée"] * 2
    assert done["stats"]["lab/pages/broken"] == 2
    assert done["lost"] == []


def test_truncated_and_cut_answers_are_retried_by_scrapy(web: Running) -> None:
    done = crawl(web, "/pannes/tronquee/", "/pannes/coupure/")
    assert [title for _, _, title in done["pages"]] == ["La page est arrivée"] * 2
    assert done["stats"]["retry/count"] == 2


def test_slow_answers_end(web: Running) -> None:
    paths = ("/pannes/lent/?secondes=5", "/pannes/goutte/?secondes=5")
    done = crawl(web, *paths, settings={"DOWNLOAD_TIMEOUT": 1, "RETRY_ENABLED": False})
    assert done["pages"] == []
    assert len(done["lost"]) == 2


def test_where_a_gzip_stream_ends() -> None:
    body = FRENCH.encode() * 100
    whole = gzip.compress(body)
    assert not is_cut(whole, len(body))
    assert not is_cut(gzip.compress(body[:700]) + gzip.compress(body[700:]), len(body))
    assert not is_cut(whole + b"\0" * 20, len(body))
    for end in (5, 17, len(whole) // 2, len(whole) - 1):
        opener = zlib.decompressobj(31)
        assert is_cut(whole[:end], len(opener.decompress(whole[:end])))


# --- Redirects, robots.txt ----------------------------------------------------------------


def test_a_redirect_loop_ends_at_its_first_turn(web: Running) -> None:
    done = crawl(web, "/pannes/boucle/", "/pannes/rebonds/")
    assert [title for _, _, title in done["pages"]] == ["La page est arrivée"]
    assert done["stats"]["lab/traps/redirect_loop"] == 1
    assert done["stats"]["downloader/response_status_count/302"] == 3 + 1
    assert [url for url, _ in done["lost"]] == [web.url + "/pannes/boucle/?etape=2"]


@pytest.mark.parametrize("mode", ["deny", "broken"])
def test_a_robots_txt_that_forbids_or_fails_means_no_page(mode: str) -> None:
    with serving("--articles", "5", "--robots", mode) as closed:
        done = crawl(
            closed, "/gazette/", "/boutique/", settings={"ROBOTSTXT_OBEY": True}, follow=".*"
        )
        assert done["pages"] == []
        assert done["stats"]["robotstxt/forbidden"] == 2
        assert done["stats"].get("lab/traps/no_robots", 0) == (mode == "broken")
        assert closed.http.get("/robots-violations").json()["violations"] == 0


def test_the_hidden_link_is_left_alone(web: Running) -> None:
    before = web.http.get("/robots-violations").json()
    done = crawl(web, "/pieges/lien-cache/", follow="/pieges/", settings={"ROBOTSTXT_OBEY": True})
    assert len(done["pages"]) == 1
    assert done["stats"]["robotstxt/forbidden"] == 2
    assert web.http.get("/robots-violations").json() == before


# --- Endless sites ------------------------------------------------------------------------


def test_the_calendar_ends(web: Running) -> None:
    settings = {"LAB_TRAP_PAGES": 40}
    done = crawl(web, "/agenda/", follow="/agenda/", items=".lieu", settings=settings)
    events = [url for url, _, _ in done["pages"] if url.rstrip("/").count("-")]
    assert len(events) == len(list(traps.events(WORLD)))  # nothing real is lost
    assert len(done["pages"]) < 40 + 11 * len(events) + 50
    assert done["stats"]["lab/traps/families"] == 1


def test_filters_end(web: Running) -> None:
    settings = {"LAB_TRAP_PAGES": 40}
    done = crawl(web, "/pieges/facettes/", follow="/pieges/facettes/", settings=settings)
    assert 40 <= len(done["pages"]) < 40 + 3 * 16  # some were on their way
    assert done["stats"]["lab/traps/endless"] > 100


def test_a_session_number_does_not_make_a_new_page(web: Running) -> None:
    done = crawl(web, "/pieges/sessions/", follow="/pieges/sessions/")
    titles = Counter(title for _, _, title in done["pages"])
    assert titles == Counter(["Douze documents", *(f"Document {n}" for n in range(1, 13))])


def test_a_newspaper_is_read_whole_whatever_the_limit(web: Running) -> None:
    follow = r"/gazette/(?!admin)"
    done = crawl(
        web, "/gazette/", follow=follow, items="article.article",
        settings={"LAB_TRAP_PAGES": 3, "ROBOTSTXT_OBEY": True},
    )  # fmt: skip
    articles = {url for url, _, _ in done["pages"] if url.endswith(".html")}
    assert len(articles) == WORLD.articles


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.example/p?id=3", "http://a.example/p?id=3"),
        ("http://a.example/p?id=3&PHPSESSID=abc", "http://a.example/p?id=3"),
        ("http://a.example/p;jsessionid=0A1B?x=1", "http://a.example/p?x=1"),
        ("http://a.example/p?sid=0123456789abcdef01", "http://a.example/p"),
        ("http://a.example/story?sid=48213", "http://a.example/story?sid=48213"),
        ("http://a.example/?s=climat", "http://a.example/?s=climat"),
        ("http://a.example/?ASPSESSIONIDQX=ZZ&b=", "http://a.example/?b="),
    ],
)
def test_session_numbers_leave_addresses(url: str, expected: str) -> None:
    assert without_session(url) == expected


def test_families_are_shapes_of_paths() -> None:
    assert family_of("http://a.example/agenda/2026/09/") == "a.example/agenda/0/0/"
    assert family_of("http://a.example/agenda/2031/12/?x=1") == "a.example/agenda/0/0/"
    assert family_of("http://a.example/sport/un-titre-3.html") == "a.example/sport/*"


def read(families: Families, name: str, parent: str | None = None) -> None:
    families.read(families.get(name), families.get(parent) if parent else None)


def test_families_that_lead_to_one_another_are_one() -> None:
    families = Families(limit=10)
    for _ in range(30):  # a month gives a week, a week gives a day, a day gives a month: no item
        read(families, "week", "month")
        read(families, "day", "week")
        read(families, "month", "day")
    assert families.get("month") is families.get("week") is families.get("day")
    assert families.endless(families.get("month"))


def test_lists_that_lead_to_other_pages_are_not_endless() -> None:
    families = Families(limit=10)
    for _ in range(100):
        read(families, "list", "list")
        read(families, "article", "list")
        families.get("article").gains += 1
    assert not families.endless(families.get("list"))


def test_lists_read_before_their_articles_are_given_credit() -> None:
    families = Families(limit=10)
    for _ in range(60):
        read(families, "list", "list")
        families.get("list").pending += 20
    assert not families.endless(families.get("list"))


# --- The add-on ---------------------------------------------------------------------------


def test_the_project_s_own_choices_are_kept() -> None:
    from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware

    settings = Settings({"DOWNLOADER_MIDDLEWARES": {RobotsTxtMiddleware: 100}, "LAB_TRAP_PAGES": 7})
    LabGuards().update_settings(settings)
    chosen = settings.getdict("DOWNLOADER_MIDDLEWARES")
    assert chosen[RobotsTxtMiddleware] == 100
    assert not any("CarefulRobots" in str(name) for name in chosen)
    assert settings.getint("LAB_TRAP_PAGES") == 7
    assert BlockedPages in chosen
