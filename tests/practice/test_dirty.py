"""The flea market: every trap is really there, and everything has one official address."""

from __future__ import annotations

from collections import Counter

import pytest
from parsel import Selector

from lab.practice.dirty import ad, ad_count, written_date, written_price, written_text
from lab.practice.site.scenarios.dirty import ENCODINGS, alias, encoding_of
from lab.practice.world import World

from .conftest import Running

LARGE = World(products=3000)


def test_every_way_of_writing_is_met() -> None:
    prices, dates, texts = Counter[str](), Counter[str](), Counter[bool]()
    for index in range(ad_count(LARGE)):
        item = ad(LARGE, index)
        shape = "".join("9" if c.isdigit() else c for c in written_price(LARGE, item))
        prices[shape] += 1
        dates["".join("9" if c.isdigit() else c for c in written_date(LARGE, item))] += 1
        texts[written_text(LARGE, item, "title", item.title) == item.title] += 1
    for shape in (
        "", "Gratuit", "Prix sur demande", "99,99 €", "9 999,99€", "9\u202f999,99\u202f€",
        "EUR 9.999,99", "£99.99", "$9,999.99", "CHF 9'999.99", "CHF 9\u2019999.99", "99€99",
    ):  # fmt: skip
        assert prices[shape], shape
    for shape in ("hier", "aujourd\u2019hui", "il y a 9 jours", "99/99/99", "9999-99-99",
                  "9999999999", "March 9, 9999", "99 juillet 9999"):  # fmt: skip
        assert dates[shape], shape
    assert any(shape.startswith("9er ") for shape in dates)
    assert texts[True]
    assert texts[False]


def test_encodings_are_what_they_are_meant_to_be(web: Running, small: World) -> None:
    met = Counter[int]()
    for index in range(ad_count(small)):
        item, kind = ad(small, index), encoding_of(small, index)
        answer = web.http.get(item.path)
        encoding, content_type, declared = ENCODINGS[kind]
        assert answer.headers["content-type"].startswith(content_type)
        text = answer.content.decode(encoding)
        assert f'<meta charset="{declared}">' in text
        assert Selector(text).css(".vendeur::text").get() == item.seller
        met[kind] += 1
    assert len(met) == len(ENCODINGS)


def test_one_page_many_addresses(web: Running, small: World) -> None:
    item = ad(small, 0)
    addresses = {alias(small, item, str(n)) for n in range(40)}
    assert len({address.partition("?")[0] for address in addresses}) == 3
    for address in addresses:
        answer = web.http.get(address)
        assert answer.status_code == 200, address
        page = Selector(answer.content.decode(ENCODINGS[encoding_of(small, 0)][0]))
        assert page.css("link[rel=canonical]::attr(href)").getall() == [item.canonical_url]


@pytest.mark.parametrize(
    "path",
    ["/brocante/annonce/1-autre-titre/", "/brocante/annonce/999999-x/", "/brocante/?page=99"],
)
def test_what_does_not_exist(web: Running, path: str) -> None:
    assert web.http.get(path).status_code == 404
