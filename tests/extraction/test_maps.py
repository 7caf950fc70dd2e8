"""Sitemaps and feeds: each fixture names its source; answers were written by hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from lab.errors import UnknownName
from lab.scraping.discovery import maps
from lab.scraping.discovery.finder import Robots
from lab.scraping.discovery.site import Site, registrable, seems_article, seems_section

FEEDS = Path(__file__).with_name("feeds")
BASE = "https://www.exemple-presse.example/sitemap.xml"
XMLNS = "http://www.sitemaps.org/schemas/sitemap/0.9"


def isoformat(found: maps.Map) -> list[list[str | None]]:
    from datetime import UTC

    return [
        [entry.url, entry.date.astimezone(UTC).isoformat() if entry.date else None]
        for entry in found.entries
    ]


@pytest.mark.parametrize("name", ["news_sitemap", "sitemap_index", "rss_content", "atom"])
@pytest.mark.parametrize("packed", [False, True])
def test_exactly_the_entries(name, packed):
    wanted = json.loads((FEEDS / f"{name}.json").read_text())
    body = (FEEDS / f"{name}.xml").read_bytes()
    found = maps.read(gzip.compress(body) if packed else body, wanted.get("url", BASE))
    assert found.kind == wanted["kind"]
    assert isoformat(found) == wanted["entries"]
    assert found.news == (name == "news_sitemap")


def test_what_can_be_read_of_a_broken_sitemap():
    wanted = json.loads((FEEDS / "broken_sitemap.json").read_text())
    found = maps.read((FEEDS / "broken_sitemap.xml").read_bytes(), BASE)
    urls = [entry.url for entry in found.entries]
    assert found.kind == wanted["kind"]
    assert set(wanted["required"]) <= set(urls)
    assert not set(wanted["forbidden"]) & set(urls)


def index_of(count: int) -> bytes:
    lines = "".join(
        f"<sitemap><loc>https://x.example/s-{n}.xml</loc>"
        f"<lastmod>20{n % 27:02d}-01-02</lastmod></sitemap>"
        for n in range(count)
    )
    return f'<sitemapindex xmlns="{XMLNS}">{lines}</sitemapindex>'.encode()


def test_an_index_of_50_000_sitemaps_newest_first():
    body = index_of(50_000) + b"<!-- the end -->"
    found = maps.read(gzip.compress(body), BASE)
    assert len(found.entries) == 50_000
    ordered = maps.sitemaps_in_order(found.entries)
    assert ordered[0].date.year == 2026
    assert ordered[-1].date.year == 2000


def test_more_entries_than_the_protocol_allows_are_cut():
    found = maps.read(index_of(50_010), BASE)
    assert (len(found.entries), found.cut) == (50_000, True)


def test_a_gzip_bomb_is_cut():
    bomb = gzip.compress(b"<urlset>" + b" " * (maps.MOST_BYTES + 1000))
    body, cut = maps.unpacked(bomb)
    assert cut
    assert len(body) == maps.MOST_BYTES


def test_a_truncated_gzip_gives_its_beginning():
    packed = gzip.compress(index_of(20_000))
    found = maps.read(packed[: len(packed) // 2], BASE)
    assert 1000 < len(found.entries) < 20_000


@pytest.mark.parametrize("body", [
    b"", b"<html><body>404</body></html>", b"\x1f\x8bxx", b"\x00" * 100, b"{}",
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    b"<urlset><url><loc>&b;</loc></url></urlset>",
])  # fmt: skip
def test_nothing_out_of_something_else(body):
    assert maps.read(body, BASE).entries == []


def test_a_text_sitemap():
    found = maps.read(
        b"\xef\xbb\xbfhttps://x.example/a\r\nhttps://x.example/b\n\nn'importe quoi", BASE
    )
    assert [entry.url for entry in found.entries][:2] == [
        "https://x.example/a",
        "https://x.example/b",
    ]


def test_news_sitemaps_come_first():
    names = ["post-sitemap.xml", "sitemap-2024-05.xml", "sitemap-2026-02.xml", "sitemap-news.xml"]
    entries = [maps.Entry(f"https://x.example/{name}") for name in names]
    ordered = [entry.url.rsplit("/", 1)[-1] for entry in maps.sitemaps_in_order(entries)]
    assert ordered == [
        "sitemap-news.xml",
        "sitemap-2026-02.xml",
        "sitemap-2024-05.xml",
        "post-sitemap.xml",
    ]


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "  ",
        "journal",
        "http://",
        "ftp://a.example",
        "a b.fr",
        "mailto:x@y.fr",
        "https://[::1",
    ],
)
def test_site_missing_or_not_an_address(written):
    with pytest.raises(UnknownName) as caught:
        Site(written, "presse")
    assert caught.value.exit_code == 2
    assert "-a site=" in caught.value.hint


@pytest.mark.parametrize(("site", "url", "inside"), [
    ("lemonde.example.co.uk", "https://blogs.lemonde.example.co.uk/a", True),
    ("https://www.journal.fr", "http://journal.fr/x", True),
    ("https://www.journal.fr", "https://journal.fr.attaquant.com/x", False),
    ("https://www.journal.fr", "https://autrejournal.fr/x", False),
    ("https://un.blogspot.com", "https://deux.blogspot.com/x", True),
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000/a", True),
    ("http://127.0.0.1:8000", "http://127.0.0.1:9000/a", False),
    ("http://127.0.0.1:8000", "http://127.0.0.2:8000/a", False),
    ("https://www.journal.fr", "javascript:alert(1)", False),
    ("https://www.journal.fr", "http://[", False),
])  # fmt: skip
def test_limits_of_a_site(site, url, inside):
    assert Site(site, "presse").has(url) is inside


def test_registrable_domains_without_the_network():
    assert registrable("a.b.example.co.uk") == "example.co.uk"
    assert registrable("www.ouest-france.fr") == "ouest-france.fr"


@pytest.mark.parametrize(("path", "article"), [
    ("/gazette/2026/09/15/un-titre-12.html", True),
    ("/planete/article/2026/03/08/x-y_6512345_3244.html", True),
    ("/society/2026/mar/07/the-village-that-votes", True),
    ("/une-regie-publique-de-l-eau.html", True),
    ("/sante/maternite-de-severac-le-haut-rouvre", True), ("/article771.html", False),
    ("/sport/", False), ("/rubrique/culture/", False), ("/tag/eau", False), ("/2026/03/", False),
])  # fmt: skip
def test_shapes_of_addresses(path, article):
    assert seems_article(f"https://x.example{path}") is article
    if not article:
        assert seems_section(f"https://x.example{path}")


def test_robots_txt_as_it_is_written():
    body = (FEEDS / "robots.txt").read_bytes().decode("utf-8")
    robots = Robots.of(body, "newscrawler/1.0 (laboratoire)")
    assert robots.sitemaps("https://www.exemple-presse.example/") == [
        "https://www.exemple-presse.example/sitemap_index.xml",
        "https://www.exemple-presse.example/sitemap-news.xml",
    ]
    assert robots.rules.crawl_delay(robots.agent) == 2.5
    assert not robots.allows("https://www.exemple-presse.example/prive/x")
    assert robots.allows("https://www.exemple-presse.example/a")
