"""The web on another day: what changes, what does not, and links that stay on that day."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from lxml import etree
from parsel import Selector

from lab.practice import truth
from lab.practice.changes import withdrawn
from lab.practice.truth import timeline
from lab.practice.world import REFERENCE_DAY, World

from .conftest import Running

DAY = date(2026, 9, 22)


def on(small: World, day: date = DAY) -> World:
    return replace(small, today=day)


def test_pages_of_a_day_say_what_its_key_says(web: Running, small: World) -> None:
    now = on(small)
    for item in [*truth.articles(now)][-60:]:
        page = Selector(web.http.get(f"/le/{DAY}{item['url']}").raise_for_status().text)
        assert page.css("link[rel=canonical]::attr(href)").get() == item["canonical_url"]
        assert "\n\n".join(page.css(".corps p::text").getall()) == item["body"]
    for item in truth.products(now):
        page = Selector(web.http.get(f"/le/{DAY}{item['url']}").raise_for_status().text)
        assert page.css("data[itemprop=price]::attr(value)").get() == f"{item['price']:.2f}"
        state = page.css("[itemprop=availability]::attr(href)").get("")
        assert state.endswith("/" + item["availability"])


def test_links_stay_on_the_day(web: Running) -> None:
    for path in ("/gazette/", "/boutique/", "/gazette/rubrique/sport/", "/sitemap.xml",
                 "/sitemaps/boutique-1.xml", "/api/products", "/gazette/rss.xml"):  # fmt: skip
        text = web.http.get(f"/le/{DAY}{path}").raise_for_status().text
        links = re.findall(r'(?:href="|http://127[^/]+)(/[^"<\s]*)', text)
        dated = [link for link in links if link.startswith(f"/le/{DAY}/")]
        assert len(dated) >= 2, path
        others = {link for link in links if not link.startswith("/le/")}
        assert not [link for link in others if re.match(r"/(gazette|boutique)/(?!admin|panier)",
                    link)]  # fmt: skip


def test_the_reference_day_is_the_site_itself(web: Running) -> None:
    plain = web.http.get("/gazette/").headers["etag"]
    assert web.http.get(f"/le/{REFERENCE_DAY}/gazette/").headers["etag"] == plain
    known = {"if-none-match": plain}
    answer = web.http.get(f"/le/{REFERENCE_DAY}/gazette/", headers=known)
    assert (answer.status_code, answer.content) == (304, b"")


def test_withdrawn_products_are_gone_everywhere(web: Running, small: World) -> None:
    now = on(small, date(2026, 10, 20))
    gone = withdrawn(now)
    assert gone
    files = web.http.get(f"/le/{now.today}/sitemaps/boutique-1.xml").content
    listed = {loc.rpartition("/le/2026-10-20")[2] for loc in
              etree.fromstring(files).xpath("//*[local-name()='loc']/text()")}  # fmt: skip
    assert listed == {item["url"] for item in truth.products(now)}
    assert len(listed) == small.products - len(gone)
    for index in gone:
        path = truth.product_item(now, index)["url"]
        assert web.http.get(f"/le/{now.today}{path}").status_code == 410
        assert web.http.get(path).status_code == 200
        assert web.http.get(f"/le/{now.today}/api/products/{index + 1}").status_code == 410
    found = web.http.get(f"/le/{now.today}/api/products?per_page=100").json()["items"]
    assert len(found) == len(listed)


def test_only_corrected_articles_and_new_prices_change(small: World) -> None:
    before, now = on(small, date(2026, 9, 18)), on(small)
    fresh = list(timeline.articles(before, now))
    assert len(fresh) > 4 * small.per_day  # the new ones, and some corrected
    assert not list(timeline.articles(now, now))
    assert not list(timeline.prices(now, now))
    changed = list(timeline.prices(before, now))
    assert 5 < len(changed) < small.products
    assert len(list(timeline.articles(None, now))) == now.article_count
    # Visits in two steps or in one end in the same prices.
    last = {r["canonical_url"]: r["prix"] for r in timeline.prices(None, on(small, REFERENCE_DAY))}
    for step in (timeline.prices(on(small, REFERENCE_DAY), before), timeline.prices(before, now)):
        last.update({record["canonical_url"]: record["prix"] for record in step})
    sold = {item["canonical_url"]: item["price"] for item in truth.products(now)}
    assert {key: price for key, price in last.items() if price is not None} == sold


@pytest.mark.parametrize(
    "path",
    [
        "/le/2026-13-40/gazette/",
        "/le/demain/gazette/",
        "/le/1999-01-01/gazette/",
        "/le/2099-01-01/gazette/",
        "/le/20260920/gazette/",
        "/le/2026-09-20/gazette/admin/",
        "/le/2026-09-20/fil/",
        "/le/2026-09-20/le/2026-09-21/gazette/",
        "/le/?date=jamais",
    ],
)
def test_other_addresses_are_404(web: Running, path: str) -> None:
    assert web.http.get(path).status_code == 404


def test_the_form_leads_to_the_day_and_the_table_is_true(web: Running, small: World) -> None:
    answer = web.http.get("/le/?date=2026-09-20")
    assert (answer.status_code, answer.headers["location"]) == (303, "/le/2026-09-20/gazette/")
    rows = Selector(web.http.get("/le/").text).css("tbody tr")
    assert len(rows) == 10
    for row in rows:
        day = date.fromisoformat(row.css("time::attr(datetime)").get(""))
        before, now = on(small, day - timedelta(days=1)), on(small, day)
        fresh = list(timeline.articles(before, now))
        new = sum(item["published"].date() == day for item in fresh)
        prices = [(r["prix"], r["prix_precedent"]) for r in timeline.prices(before, now)]
        changed = sum(price not in (None, was) for price, was in prices)
        gone = sum(price is None for price, _ in prices)
        told = [int(cell) for cell in row.css("td::text").getall()]
        assert told == [new, len(fresh) - new, changed, gone], day
