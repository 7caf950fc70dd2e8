"""The library: its content, its lists, its pages drawn by scripts."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from urllib.parse import urlsplit

import pytest
from parsel import Selector

from lab.practice import quotes
from lab.practice.site.scenarios import consent, scrolling
from lab.practice.truth import library as truth
from lab.practice.world import World

from .conftest import Running, serving
from .reading import HOME, OPTIONS, WORLD, crawl_pages, paths, shown


@pytest.fixture(scope="module")
def web() -> Iterator[Running]:
    with serving(*OPTIONS) as running:
        yield running


# --- The content ------------------------------------------------------------------------


def test_content_is_the_same_whatever_the_size_and_well_formed() -> None:
    large, small = World(quotes=1_000_000), World(quotes=50)
    assert [quotes.quote(large, i) for i in range(50)] == [
        quotes.quote(small, i) for i in range(50)
    ]
    for index in (*range(3000), 999_999):
        text = quotes.quote(large, index).text
        assert text[0].isupper() or text[0] == "«"
        assert text[-1] in ".!?"
        for wrong in (
            "{",
            "}",
            " de le ",
            " de les ",
            " à le ",
            " à les ",
            "que il",
            "de une",
            "  ",
        ):
            assert wrong not in text, text
    assert quotes.quote(World(seed=1), 0) != quotes.quote(World(seed=2), 0)
    with pytest.raises(IndexError):
        quotes.quote(small, 50)
    with pytest.raises(ValueError, match="négatif"):
        World(quotes=-1)


def test_three_hundred_quotations_are_varied() -> None:
    world = World()
    items = list(truth.quotes(world))
    assert len({item["texte"] for item in items}) > 0.95 * len(items)
    writers = list(truth.authors(world))
    assert len(writers) == quotes.AUTHORS
    assert len({writer["biographie"] for writer in writers}) == len(writers)
    assert {item["auteur_id"] for item in items} == {writer["id"] for writer in writers}
    labels = Counter(label for item in items for label in item["etiquettes"])
    assert len(labels) == len(quotes.library(world).labels) == 24
    years = [item["annee"] for item in truth.reserved(world)]
    assert 1890 < min(years) <= max(years) < 2026


# --- The lists --------------------------------------------------------------------------


def test_the_list_shows_everything_once(web: Running) -> None:
    texts = crawl_pages(web, "/bibliotheque/citations/")
    assert [path for text in texts for path in shown(text)] == paths(truth.quotes(WORLD))
    found = []
    for text in texts:
        for card in Selector(text).css("article.citation"):
            found.append(
                {
                    "canonical_url": card.css("blockquote::attr(cite)").get(),
                    "texte": card.css("blockquote p::text").get(),
                    "auteur": card.css("a[rel=author]::text").get(),
                    "etiquettes": card.css("a[rel=tag]::text").getall(),
                }
            )
    assert found == [{key: item[key] for key in found[0]} for item in truth.quotes(WORLD)]


def test_authors_and_tags_list_their_own(web: Running) -> None:
    items = list(truth.quotes(WORLD))
    index = Selector(web.http.get("/bibliotheque/auteurs/").text)
    assert sorted(index.css("main li a::attr(href)").getall()) == sorted(
        paths(truth.authors(WORLD))
    )
    for writer in truth.authors(WORLD):
        texts = crawl_pages(web, writer["url"])
        page = Selector(texts[0])
        assert page.css("link[rel=canonical]::attr(href)").get() == writer["canonical_url"]
        assert page.css("h1::text").get() == writer["nom"]
        assert page.css("time.naissance::attr(datetime)").get() == writer["naissance"]
        assert page.css(".lieu::text").get() == writer["lieu"]
        assert page.css(".biographie::text").get() == writer["biographie"]
        own = [item["url"] for item in items if item["auteur_id"] == writer["id"]]
        assert [path for text in texts for path in shown(text)] == own
    index = Selector(web.http.get("/bibliotheque/etiquettes/").text)
    labels = {a.css("::text").get(): a.attrib["href"] for a in index.css("main li a")}
    assert set(labels) == {label for item in items for label in item["etiquettes"]}
    for name, address in labels.items():
        own = [item["url"] for item in items if name in item["etiquettes"]]
        assert [path for text in crawl_pages(web, address) for path in shown(text)] == own


@pytest.mark.parametrize(
    "path",
    [
        "citations/?page=10", "citations/?page=0", "citations/?page=x", "citation/0/",
        "citation/88/", "auteur/inconnu/", "etiquette/inconnue/", "statique/absent.js",
        "statique/%2e%2e%2fstyle.css", "rendu/clic/donnees?page=10",
    ],
)  # fmt: skip
def test_what_does_not_exist_is_404(web: Running, path: str) -> None:
    assert web.http.get(HOME + path).status_code == 404


def test_a_million_quotations_cost_no_more(web: Running) -> None:
    with serving("--articles", "0", "--products", "0", "--quotes", "1000000") as large:
        last = Selector(large.http.get("/bibliotheque/citations/?page=100000").text)
        assert shown(last.get() or "")[-1] == "/bibliotheque/citation/1000000/"
        writer = next(truth.authors(World(quotes=1)))["url"]
        assert large.http.get(f"{writer}?page=2400").status_code == 200
        clicks = "/bibliotheque/rendu/clic/donnees?page="  # a page that grows must have an end
        assert large.http.get(f"{clicks}{truth.SELECTION // 10}").status_code == 200
        assert large.http.get(f"{clicks}{truth.SELECTION // 10 + 1}").status_code == 404


# --- Drawn by scripts -------------------------------------------------------------------


def test_the_api_gives_everything_once(web: Running) -> None:
    address, found = scrolling.API, []
    while address:
        data = web.http.get(address).raise_for_status().json()
        assert data["total"] == WORLD.quotes
        found += data["citations"]
        address = data["suite"]
        assert address is None or address.startswith(web.url)
    expected = list(truth.quotes(WORLD))
    assert [one["adresse"] for one in found] == [item["canonical_url"] for item in expected]
    assert [one["texte"] for one in found] == [item["texte"] for item in expected]
    refusal = web.http.get(f"{scrolling.API}?page=10")
    assert refusal.status_code == 404
    assert refusal.json() == {"erreur": "Cette page de la liste n’existe pas."}


def test_pages_that_need_a_script_hold_no_text(web: Running) -> None:
    (text,) = [item["texte"] for item in truth.quotes(World(quotes=1))]
    for path in ("defilement/", "rendu/differe/", "rendu/clic/"):
        assert text not in web.http.get(HOME + path).text
    immediate = Selector(web.http.get(f"{HOME}rendu/immediat/").text)
    assert not immediate.css(".citation")
    assert text in immediate.css("script::text").get("")


def test_scrambled_data_is_what_the_key_opens(web: Running) -> None:
    key = bytes.fromhex(
        Selector(web.http.get(f"{HOME}rendu/differe/").text).css("[data-cle]").attrib["data-cle"]
    )
    for room in ("differe", "clic"):
        mixed = base64.b64decode(web.http.get(f"{HOME}rendu/{room}/donnees?page=9").text)
        clear = bytes(a ^ b for a, b in zip(mixed, cycle(key), strict=False)).decode()
        assert '"numero": 87' in clear
        assert '"suite": false' in clear


async def test_in_a_real_browser(web: Running, chromium: str) -> None:
    """Scrolling fills the gallery to its end; the banner hides the salon, then remembers."""
    playwright = pytest.importorskip("playwright.async_api")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--no-proxy-server"]
        )
        page = await browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        await page.goto(f"{web.url}/bibliotheque/defilement/")
        for _ in range(40):
            await page.mouse.wheel(0, 4000)
            await page.wait_for_selector('#citations[aria-busy="false"]')
            if await page.locator(".citation").count() == WORLD.quotes:
                break
        await page.get_by_text("87 citations : c’est tout.").wait_for()
        cards = page.locator(".citation blockquote p")
        assert await cards.all_inner_texts() == [item["texte"] for item in truth.quotes(WORLD)]
        await page.goto(f"{web.url}/bibliotheque/salon/")
        banner = page.locator("#temoins")
        await banner.wait_for()
        await page.keyboard.press("Escape")
        assert await banner.is_visible()
        await page.keyboard.press("Enter")  # « Accepter » has the focus
        await banner.wait_for(state="hidden")
        await page.reload()
        await page.locator(".citation").first.wait_for()
        assert not await banner.is_visible()
        answer = await page.goto(f"{web.url}/bibliotheque/boudoir/")
        assert answer is not None
        assert urlsplit(answer.url).path == consent.BOUDOIR
        await browser.close()
    assert problems == []
