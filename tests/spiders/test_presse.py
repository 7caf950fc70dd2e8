"""`presse` and `magasin`: any site, given nothing but its address."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lab.errors import CrawlFailed, LabError
from lab.practice import truth
from lab.scraping.discovery import SiteSpider
from lab.scraping.runner import crawl

from . import sites
from .conftest import PROJECT

FIXTURES = Path(__file__).parents[1] / "extraction" / "fixtures"
# The guards of the real settings, and a pace that a test can wait for.
GUARDED = {
    "ADDONS": '{"lab.scraping.middlewares.LabGuards": 200, "spiders.collector.CleanOnly": 300}',
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_START_DELAY": 0,
    "RETRY_TIMES": 0,
}
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
# What depends on the host that serves the page.
HOSTED = ("id", "url", "canonical_url", "source", "image")


def fixture(name: str) -> dict[str, Any]:
    wanted = json.loads((FIXTURES / f"{name}.json").read_text())
    wanted["path"] = urlsplit(wanted["url"]).path
    wanted["html"] = (FIXTURES / f"{name}.html").read_bytes()
    return wanted


FOUND = [fixture(path.stem) for path in sorted(FIXTURES.glob("*.json"))]
ARTICLES = [one for one in FOUND if one["kind"] == "article" and "multipage" not in one["url"]]
PAGES = [one for one in FOUND if one["kind"] in ("article", "live", "video", "section")
         and one["path"] not in ("/", "/categorie-produit/confitures/")]  # fmt: skip


def put(site: sites.Site, one: dict[str, Any]) -> None:
    # Links between the pages of one article must stay on the host that serves it.
    html = one["html"].replace(b"https://lagrandeenquete.example", site.url.encode())
    site.add(one["path"], html, one.get("content_type", sites.HTML))


def seen(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(str(value)).astimezone(UTC)
        if name in ("published", "modified") and value
        else value
        for name, value in item.items()
        if name not in HOSTED
    }


def wanted(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    items = {}
    for one in found:
        item = {**one["item"], "body": "\n\n".join(one["item"]["body"])}
        if "le-sel" in one["path"]:
            item["body"] += "\n\n" + "\n\n".join(fixture("multipage_2")["body"])
        items[item["title"]] = seen(item)
    return items


def got(crawled: Any) -> dict[str, dict[str, Any]]:
    return {item["title"]: seen(item) for item in crawled.by_id().values()}


@pytest.fixture
def site() -> Iterator[sites.Site]:
    with sites.serving("127.0.0.2") as running:
        yield running


@pytest.fixture
def here() -> Iterator[sites.Site]:
    """On an address whose pace the project's settings chose (DOWNLOAD_SLOTS): quick."""
    with sites.serving("127.0.0.1") as running:
        yield running


@pytest.fixture
def elsewhere() -> Iterator[sites.Site]:
    with sites.serving("127.0.0.3") as running:
        yield running


def test_the_whole_practice_newspaper(run_spider, web, world, absolute):
    found = run_spider("presse", site=web.url, settings=GUARDED)
    expected = {item["id"]: absolute(item) for item in truth.articles(world)}
    assert found.by_id() == expected


def test_the_whole_practice_shop(run_spider, web, world, absolute):
    found = run_spider("magasin", site=web.url, settings=GUARDED)
    expected = {item["id"]: absolute(item) for item in truth.products(world)}
    for item in expected.values():
        if item["rating"] is None:  # the page says nothing: unknown is not zero
            item["reviews"] = None
    assert found.by_id() == expected


def test_one_section_of_the_practice_newspaper(run_spider, web, world, absolute):
    found = run_spider("presse", site=f"{web.url}/gazette/", rubrique="sport", settings=GUARDED)
    every = {item["id"]: absolute(item) for item in truth.articles(world)}
    sport = {key: item for key, item in every.items() if item["section"] == "Sport"}
    held = found.by_id()
    assert sport.items() <= held.items()
    assert held.items() <= every.items()


def test_since_a_date_and_a_number_of_pages(run_spider, web, world):
    day = max(item["published"] for item in truth.articles(world)).date().isoformat()
    found = run_spider("presse", site=web.url, depuis=day, settings=GUARDED)
    start = datetime.fromisoformat(day)
    newer = [i for i in truth.articles(world) if i["modified"].replace(tzinfo=None) >= start]
    assert {item["title"] for item in found} == {item["title"] for item in newer}
    assert len(run_spider("presse", site=web.url, pages=7, settings=GUARDED)) == 7


def test_every_system_through_sitemaps(run_spider, site, elsewhere):
    """Index → news sitemap and a gzip one; other kinds of pages, traps and limits around."""
    for one in (*PAGES, fixture("multipage_2")):
        put(site, one)
    half = len(PAGES) // 2
    site.add(
        "/robots.txt",
        f"\ufeffUser-agent: *\r\nDisallow: /prive/\r\nSITEMAP: {site.url}/index.xml\r\n",
        "text/plain",
    )
    site.add("/index.xml", f"""<?xml version="1.0"?><sitemapindex {XMLNS}>
<sitemap><loc>{site.url}/posts.xml.gz</loc></sitemap><sitemap><loc>/sitemap-news.xml</loc></sitemap>
<sitemap><loc>{elsewhere.url}/sitemap.xml</loc></sitemap><sitemap><loc>/absent.xml</loc></sitemap>
<sitemap><loc>/image-sitemap.xml</loc></sitemap><sitemap><loc>/index.xml</loc></sitemap>
</sitemapindex>""", sites.XML)  # fmt: skip
    news = "".join(f"<url><loc>{one['path']}</loc></url>" for one in PAGES[:half])
    site.add(
        "/sitemap-news.xml",
        f'<urlset {XMLNS} xmlns:news="{NEWS}">{news}</urlset>',
        sites.XML,
    )
    rest = "".join(f"<url><loc>{site.url}{one['path']}</loc></url>" for one in PAGES)
    more = "".join(
        f"<url><loc>{url}</loc></url>"
        for url in (
            f"{elsewhere.url}/a/b-c-d-e-f.html",
            "/prive/x",
            "/photo.jpg",
            "/parti",
            "/brut",
        )
    )
    site.add(
        "/posts.xml.gz",
        gzip.compress(f"<urlset {XMLNS}>{rest}{more}</urlset>".encode()),
        "application/octet-stream",
    )
    site.add("/parti", b"", f"{elsewhere.url}/arrivee-de-la-redirection", 301)
    site.add("/brut", b"\x00\x01\x02 pas une page", "application/pdf")
    found = run_spider("presse", site=site.url, settings=GUARDED)
    assert got(found) == wanted(ARTICLES)
    assert elsewhere.paths == []
    assert not {"/prive/x", "/photo.jpg", "/image-sitemap.xml"} & set(site.paths)
    assert len(site.paths) == len(set(site.paths)) + 1  # robots.txt: the spider, and Scrapy
    assert found.stats["lab/kind/video"] == found.stats["lab/kind/live"] == 1
    agents = {headers["User-Agent"] for _, _, headers in site.asked}
    assert len(agents) == 1
    assert "contact" in agents.pop()
    assert not [headers for _, _, headers in site.asked if "Cookie" in headers]


def test_through_feeds_when_there_is_no_sitemap(run_spider, site):
    chosen = ARTICLES[:4]
    for one in chosen:
        put(site, one)
    items = "".join(
        f"<item><title>x</title><link>{site.url}{one['path']}?utm_source=rss</link></item>"
        for one in chosen
    )
    site.add("/", '<link rel="alternate" type="application/rss+xml" href="flux.xml"><p>Bonjour</p>')
    site.add(
        "/flux.xml",
        f'<rss version="2.0"><channel><title>t</title>{items}{items}</channel></rss>',
        "text/html",
    )
    found = run_spider("presse", site=site.url, settings=GUARDED)
    assert got(found) == wanted(chosen)


def test_through_section_pages_when_there_is_nothing_else(run_spider, site, elsewhere):
    chosen = [one for one in ARTICLES if one["path"].count("-") >= 4][:4]
    assert len(chosen) == 4
    for one in chosen:
        put(site, one)
    link = '<p><a href="{}">Titre</a></p>'.format
    site.add(
        "/",
        f'<a href="/societe/">Société</a> {link(chosen[0]["path"])} {link("javascript:void(0)")}'
        f"{link(elsewhere.url + '/un-deux-trois-quatre-cinq')} {link('http://[')}{link('/login/')}",
    )
    site.add(
        "/societe/",
        f"{link(chosen[1]['path'])} {link(chosen[2]['path'])}"
        '<a rel="next" href="/societe/?page=2">2</a>',
    )
    site.add("/societe/?page=2", link(chosen[3]["path"] + "#commentaires"))
    found = run_spider("presse", site=site.url, settings=GUARDED)
    assert got(found) == wanted(chosen)
    assert elsewhere.paths == []
    assert "/login/" not in site.paths


def test_crawl_delay_is_kept(run_spider, site):
    chosen = ARTICLES[:3]
    for one in chosen:
        put(site, one)
    urls = "".join(f"<url><loc>{one['path']}</loc></url>" for one in chosen)
    site.add("/robots.txt", "User-agent: *\nCrawl-delay: 0.4\nSitemap: /s.xml\n", "text/plain")
    site.add("/s.xml", f"<urlset {XMLNS}>{urls}</urlset>", sites.XML)
    found = run_spider("presse", site=site.url, settings=GUARDED)
    assert len(found) == len(chosen)
    assert found.stats["lab/crawl_delay/127.0.0.2"] == 0.4
    times = [when for when, path, _ in site.asked if path != "/robots.txt"]
    # Three pauses; a late first request may hide a part of one, never two.
    assert times[-1] - times[0] > 0.4


def test_shops(run_spider, site):
    chosen = [one for one in FOUND if one["kind"] == "product"]
    category = fixture("woocommerce_category")
    for one in (*chosen, category):
        put(site, one)
    urls = "".join(f"<url><loc>{one['path']}</loc></url>" for one in (*chosen, category))
    site.add("/sitemap.xml", f"<urlset {XMLNS}>{urls}</urlset>", sites.XML)
    found = run_spider("magasin", site=site.url, settings=GUARDED)
    held = {item["name"]: seen(item) for item in found.by_id().values()}
    assert held == {one["item"]["name"]: seen(one["item"]) for one in chosen}


def run(site: str | None, spider: str = "presse", **arguments: str) -> None:
    given = {**({"site": site} if site is not None else {}), **arguments}
    settings = {**GUARDED, "LAB_STORES": "", "PRACTICE_URL": "http://127.0.0.1:9"}
    settings.pop("ADDONS")
    crawl(spider, given, 0, settings, PROJECT)


def test_a_clear_sentence_without_a_site():
    with pytest.raises(LabError, match="a besoin de l’adresse d’un site") as caught:
        run(None)
    assert "-a site=" in caught.value.hint


@pytest.mark.parametrize(("given", "sentence"), [
    ({"site": "journal"}, "n’est pas l’adresse d’un site"),
    ({"site": "https://a.example", "depuis": "hier"}, "n’est pas une date"),
    ({"site": "https://a.example", "pages": "beaucoup"}, "n’est pas un nombre de pages"),
])  # fmt: skip
def test_a_clear_sentence_for_a_wrong_argument(given, sentence):
    class Any(SiteSpider):
        name = "presse"

    with pytest.raises(LabError, match=sentence) as caught:
        Any(**given)
    assert "-a site=" in caught.value.hint


def test_a_clear_sentence_when_robots_txt_forbids_everything(here):
    here.add("/robots.txt", "User-agent: *\nDisallow: /\n", "text/plain")
    with pytest.raises(CrawlFailed, match=r"robots\.txt de 127\.0\.0\.1 interdit"):
        run(here.url)
    assert set(here.paths) == {"/robots.txt"}


def test_a_clear_sentence_when_nothing_is_found(here):
    here.add("/", "<p>Bonjour.</p>")
    with pytest.raises(CrawlFailed, match="Aucune page trouvée sur 127"):
        run(here.url)


def test_a_clear_sentence_when_nothing_is_worth_keeping(here):
    here.add("/sitemap.xml", f"<urlset {XMLNS}><url><loc>/a</loc></url></urlset>", sites.XML)
    here.add("/a", "<p>Une page sans rien.</p>")
    with pytest.raises(CrawlFailed, match="rien à garder"):
        run(here.url)


def test_a_clear_sentence_when_the_site_does_not_answer(here):
    here.server.shutdown()
    here.server.server_close()
    with pytest.raises(CrawlFailed, match="ne répond pas"):
        run(here.url)
