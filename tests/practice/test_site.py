"""Lists, maps and manners of the site, over HTTP."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import pytest
from lxml import etree
from parsel import Selector

from lab.practice import truth
from lab.practice.world import World

from .conftest import Running, serving

NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def locations(web: Running, address: str) -> list[str]:
    answer = web.http.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    return list(etree.fromstring(answer.content).xpath("//s:loc/text()", namespaces=NS))


def walk(web: Running, start: str, links: str) -> list[str]:
    """Follow rel=next from `start` and return the links found."""
    found: list[str] = []
    address: str | None = start
    while address:
        selector = Selector(web.http.get(address).raise_for_status().text)
        found += selector.css(links).getall()
        address = selector.css("a[rel=next]::attr(href)").get()
    return found


@pytest.mark.parametrize(
    ("home", "lists", "links", "key"),
    [
        ("/gazette/", "/gazette/rubrique/", ".carte .titre a::attr(href)", truth.articles),
        ("/boutique/", "/boutique/categorie/", ".produit .titre a::attr(href)", truth.products),
    ],
)
def test_lists_reach_everything_once(  # type: ignore[no-untyped-def]
    web: Running, small: World, home: str, lists: str, links: str, key
) -> None:
    menu = Selector(web.http.get(home).text).css("header nav a::attr(href)").getall()
    found: Counter[str] = Counter()
    for address in menu:
        if address.startswith(lists):
            found.update(walk(web, address, links))
    assert found == Counter(item["url"] for item in key(small))


def test_section_tag_and_author_lists_agree_with_the_key(web: Running, small: World) -> None:
    items = list(truth.articles(small))[::-1]
    plan = small.plan
    for prefix, things, field in (
        ("rubrique", plan.sections, "section"),
        ("auteur", plan.authors, "authors"),
        ("tag", plan.tags, "tags"),
    ):
        for slug, thing in things.items():
            found = walk(web, f"/gazette/{prefix}/{slug}/", ".carte .titre a::attr(href)")
            named = [
                i["url"] for i in items if thing.name in ([i[field]], i[field])[field[-1] == "s"]
            ]
            assert found == named, slug


def test_sitemaps_hold_everything_and_answer(web: Running, small: World) -> None:
    files = locations(web, "/sitemap.xml")
    assert all(address.startswith(web.url) for address in files)
    found = [loc for address in files if "news" not in address for loc in locations(web, address)]
    wanted = [i["url"] for i in (*truth.articles(small), *truth.products(small))]
    assert sorted(urlsplit(loc).path for loc in found) == sorted(wanted)
    news = locations(web, f"{web.url}/sitemaps/news.xml")
    assert len(news) == 2 * small.per_day
    assert set(news) <= set(found)
    for address in found:
        assert web.http.head(address).status_code == 200, address


def test_rss_is_what_the_key_says(web: Running, small: World) -> None:
    answer = web.http.get("/gazette/rss.xml")
    assert answer.headers["content-type"].startswith("application/rss+xml")
    items = etree.fromstring(answer.content).findall("channel/item")
    newest = list(truth.articles(small))[-30:][::-1]
    assert [i.findtext("title") for i in items] == [a["title"] for a in newest]
    assert [i.findtext("link") for i in items] == [web.url + a["url"] for a in newest]


def test_robots_rules_matter(small: World) -> None:
    with serving("--articles", "20", "--products", "10") as web:
        rules = RobotFileParser()
        rules.parse(web.http.get("/robots.txt").text.splitlines())
        assert rules.site_maps() == [f"{web.url}/sitemap.xml"]
        # Every link of the newspaper and of the shop, followed by a polite spider, from the home
        # page. (The rooms of difficulties have their own tests, and some have no end.)
        queue, seen, refused = ["/"], {"/"}, set()
        while queue:
            answer = web.http.get(queue.pop())
            assert answer.status_code == 200, answer.url
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            for link in Selector(answer.text).css("a::attr(href)").getall():
                path = link.partition("#")[0]
                if not rules.can_fetch("lab", web.url + path):
                    refused.add(path)
                elif path not in seen and path.startswith(("/gazette/", "/boutique/")):
                    seen.add(path)
                    queue.append(path)
        assert {"/gazette/admin/", "/boutique/panier/"} <= refused
        assert web.http.get("/robots-violations").json() == {"violations": 0, "paths": {}}
        assert sum(path.endswith(".html") for path in seen) == 30
        for path in sorted(refused):
            assert web.http.get(path).status_code == 200
        assert web.http.get("/robots-violations").json()["violations"] == len(refused)


@pytest.mark.parametrize(
    "path",
    [
        "/rien",
        "/gazette/rubrique/politique/?page=0",
        "/gazette/rubrique/politique/?page=99",
        "/gazette/rubrique/politique/?page=deux",
        "/gazette/rubrique/inconnue/",
        "/gazette/2026/09/15/titre-faux-1.html",
        "/gazette/2026/13/45/",
        "/boutique/produit/faux-1.html",
        "/boutique/produit/faux-999999999999.html",
        "/sitemaps/gazette-0.xml",
        "/sitemaps/gazette-2.xml",
    ],
)
def test_unknown_pages_are_404_in_french(web: Running, path: str) -> None:
    answer = web.http.get(path)
    assert answer.status_code == 404
    assert "n’existe" in Selector(answer.text).css("h1::text").get("")


@pytest.mark.parametrize(
    "query", ["per_page=0", "per_page=101", "per_page=dix", "page=0", "page=²"]
)
def test_bad_api_parameters_are_400_json(web: Running, query: str) -> None:
    answer = web.http.get(f"/api/articles?{query}")
    assert answer.status_code == 400
    assert "entier" in answer.json()["error"]


def test_api_out_of_range_is_404_json(web: Running) -> None:
    for path in ("/api/articles?page=999", "/api/articles/0", "/api/products/71", "/api/rien"):
        answer = web.http.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"]


def test_conditional_requests_and_hosts(web: Running) -> None:
    first = web.http.get("/gazette/")
    again = web.http.get("/gazette/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    sitemap = web.http.get("/sitemap.xml", headers={"host": "practice:8000"}).text
    assert "http://practice:8000/sitemaps/gazette-1.xml" in sitemap
    assert web.http.get("/sitemap.xml", headers={"host": "a<b>"}).status_code == 400


def test_health_and_tweets(web: Running) -> None:
    assert web.http.get("/health").json() == {"status": "ok"}
    tweets = [web.http.get(f"/tweet?minute={n}").json() for n in range(50)]
    assert len({tweet["id"] for tweet in tweets}) == 50
    for tweet in tweets:
        assert {"id", "created_at", "user", "text", "hashtags", "lang"} <= tweet.keys()
        assert all(f"#{tag}" in tweet["text"] for tag in tweet["hashtags"])
    assert web.http.get("/tweet?minute=7").json() == tweets[7]
    assert web.http.get("/tweet").json()["minute"] > 0
    assert web.http.get("/tweet?minute=-1").status_code == 400


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(number: signal.Signals) -> None:
    with serving("--articles", "5") as web:
        assert web.http.get("/health").status_code == 200
        web.process.send_signal(number)
        out, _ = web.process.communicate(timeout=10)
        assert (web.process.returncode, out, web.said()) == (0, "", "")


def test_a_taken_port_is_told_in_french(web: Running) -> None:
    port = web.url.rpartition(":")[2]
    command = [sys.executable, "-m", "lab.practice", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "Impossible d’écouter" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_kept_connection_answers_at_once(web: Running) -> None:
    # With Nagle's algorithm on, every answer after the first waits 40 ms for an acknowledgement.
    spent = sorted(web.http.get("/gazette/").elapsed.total_seconds() for _ in range(30))
    assert spent[len(spent) // 2] < 0.035
