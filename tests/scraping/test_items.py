from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itemadapter import ItemAdapter
from scrapy.exporters import PythonItemExporter

from lab.scraping import cleaning
from lab.scraping.documents import from_stored
from lab.scraping.items import (
    Article,
    InvalidItem,
    Product,
    as_json,
    clean,
    fingerprint,
    stable_id,
)

URL = "https://gazette.example/gazette/2026/09/15/titre-1.html"


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        (URL, URL),
        (" HTTPS://Gazette.Example:443/a#fin ", "https://gazette.example/a"),
        ("http://u:p@gazette.example:8080", "http://gazette.example:8080/"),
        ("https://g.example/a?utm_source=x&b=2&a=1", "https://g.example/a?a=1&b=2"),
        ("https://g.example/A/?fbclid=x", "https://g.example/A/"),
        ("https://g.example/été", "https://g.example/%C3%A9t%C3%A9"),
    ],
)
def test_canonical_url(written, canonical):
    assert cleaning.canonical_url(written) == canonical


@pytest.mark.parametrize("bad", ["", "/gazette/", "ftp://a.example/", "javascript:x", "http://[x"])
def test_canonical_url_refuses(bad):
    with pytest.raises(ValueError, match="adresse"):
        cleaning.canonical_url(bad)


@given(
    st.from_regex(r"https?://[a-z]{1,9}\.example(:[1-9][0-9]{1,3})?/[ -~é]{0,30}", fullmatch=True)
)
def test_canonical_url_is_idempotent(url):
    once = cleaning.canonical_url(url)
    assert cleaning.canonical_url(once) == once


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12,50 €", 12.5),
        ("1 299,90", 1299.9),
        ("1\u00a0299,90\u00a0€", 1299.9),
        ("1.299,00", 1299.0),
        ("1,299.00", 1299.0),
        ("1.234.567", 1234567.0),
        ("21.5", 21.5),
        (21.5, 21.5),
        ("", None),
        (None, None),
    ],
)
def test_number(written, value):
    assert cleaning.number(written) == value


@pytest.mark.parametrize("bad", ["de 10 à 20 €", "gratuit", "-5", float("nan"), float("inf"), True])
def test_number_refuses(bad):
    with pytest.raises(ValueError, match="nombre"):
        cleaning.number(bad)


@pytest.mark.parametrize(
    "written",
    [
        "2026-07-14T12:00:00+02:00",
        "2026-07-14T10:00:00Z",
        "2026-07-14T12:00:00",  # no zone: French local time
        "Tue, 14 Jul 2026 12:00:00 +0200",
        datetime(2026, 7, 14, 10, tzinfo=UTC),
    ],
)
def test_moment(written):
    assert cleaning.moment(written) == datetime(2026, 7, 14, 10, tzinfo=UTC)


@pytest.mark.parametrize("bad", ["hier", "14/07/2026", "0001-01-01T00:00:00+14:00", 12])
def test_moment_refuses(bad):
    with pytest.raises(ValueError, match="date"):
        cleaning.moment(bad)


def test_text_is_tidied_and_storable():
    assert cleaning.text("  L&rsquo;été\x00\n  à\tCaen\u00a0!  ") == "L’été à Caen\u00a0!"
    assert cleaning.text("a\r\n\r\n\r\n\r\nb ", lines=True) == "a\n\nb"
    assert cleaning.text("x\ud800y") == "x\ufffdy"
    assert cleaning.text(" \n ") is None
    assert cleaning.texts(["a", " a ", "", "b"]) == ["a", "b"]


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_can_be_written_as_utf8(value):
    cleaned = cleaning.text(value, lines=True)
    if cleaned is not None:
        cleaned.encode()
        assert "\x00" not in cleaned


def article(**values) -> Article:
    return Article(
        **{"url": "http://127.0.0.1:8000/x", "canonical_url": URL, "title": "T"} | values
    )


def test_clean_article():
    item = clean(article(published="2026-07-14T12:00:00+02:00", language="fr-FR"), spider="gazette")
    assert item.id == stable_id(URL)
    assert (item.source, item.spider, item.language) == ("gazette.example", "gazette", "fr")
    assert item.published == datetime(2026, 7, 14, 10, tzinfo=UTC)
    assert item.scraped_at.tzinfo is UTC


def test_clean_product():
    item = clean(
        Product(
            url="https://boutique.example/p",
            name="Vélo",
            price="1 299,90",
            currency="€",
            availability="https://schema.org/InStock",
            reviews="26",
        )
    )
    assert (item.price, item.currency, item.availability) == (1299.9, "EUR", "InStock")
    assert item.reviews == 26


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (article(canonical_url="", url="gazette"), "canonical_url"),
        (article(title=" "), "title"),
        (article(title=["T"]), "title"),
        (article(published="bientôt"), "published"),
        (article(body="x" * 1_000_001), "body"),
        (article(tags={"$where": "1"}), "tags"),
        (Product(url=URL, name="P", price="cher"), "price"),
        (Product(url=URL, name="P", price=3), "currency"),
        (Product(url=URL, name="P", reviews=2.5), "reviews"),
        (Product(url=URL, name="P", image="data:x"), "image"),
    ],
)
def test_invalid_items_name_the_field(item, field):
    with pytest.raises(InvalidItem) as caught:
        clean(item)
    assert caught.value.field == field
    assert caught.value.reason


def test_json_round_trip_and_scrapy_export_agree():
    item = clean(article(published="2026-07-14T12:00:00+02:00", authors="A"), spider="gazette")
    exported = PythonItemExporter().export_item(item)
    assert exported == as_json(item)
    assert exported["published"] == "2026-07-14T10:00:00+00:00"
    assert "archived" not in ItemAdapter(item)
    assert from_stored("articles", json.loads(json.dumps(exported))) == item
    with pytest.raises(InvalidItem):
        from_stored("articles", {"x": 1})


def test_fingerprint_is_the_content():
    one = as_json(clean(article(body="b")))
    assert fingerprint(one) == fingerprint({**one, "scraped_at": "x", "url": "y"})
    assert fingerprint(one) != fingerprint({**one, "body": "c"})
