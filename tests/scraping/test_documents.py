"""Items of a student's own: every kind is accepted, every hostile value cleaned or refused."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import bson
import orjson
import pydantic
import pytest
import scrapy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.scraping import cleaning
from lab.scraping.documents import accept, from_stored, slug
from lab.scraping.items import (
    NUMBER,
    Article,
    Document,
    InvalidItem,
    Record,
    as_bytes,
    as_record,
    fingerprint,
    member,
    stable_id,
)
from lab.scraping.seen import START, Seen

URL = "https://bibliotheque.example/citation/7"


@dataclass(kw_only=True)
class Citation(Record):
    collection: ClassVar[str] = "citations"
    texte: str | None = field(default=None, metadata={"required": True})
    note: float | str | None = field(default=None, metadata=NUMBER)
    mots: list[str] = field(default_factory=list)
    plus: Any = None


@dataclass
class Plain:
    url: str
    titre: str


@attrs.define
class Attrs:
    url: str
    titre: str


class Pydantic(pydantic.BaseModel):
    collection: ClassVar[str] = "modeles"
    url: str
    titre: str


class Scrapy(scrapy.Item):
    url = scrapy.Field()
    titre = scrapy.Field()


@pytest.mark.parametrize(
    ("item", "collection"),
    [
        ({"url": URL, "titre": "T"}, "essai"),
        (Plain(URL, "T"), "essai"),
        (Attrs(URL, "T"), "essai"),
        (Pydantic(url=URL, titre="T"), "modeles"),
        (Scrapy(url=URL, titre="T"), "essai"),
    ],
)
def test_every_kind_of_item(item, collection):
    clean = accept(item, collection="essai", spider="s")
    assert isinstance(clean, Document)
    assert (clean.collection, clean.id) == (collection, stable_id(URL))
    assert (clean["titre"], clean["spider"], clean["source"]) == (
        "T",
        "s",
        "bibliotheque.example",
    )
    assert clean.scraped_at.tzinfo is UTC


def test_a_record_of_ones_own():
    item = accept(
        Citation(url=URL, texte=" a \x00 b ", note="4,5", mots=["x", " x ", "y"], plus={"a.b": 1}),
        collection="autre",
    )
    assert isinstance(item, Citation)
    assert item.collection == "citations"
    assert (item.texte, item.note, item.mots, item.plus) == ("a b", 4.5, ["x", "y"], {"a_b": 1})
    with pytest.raises(InvalidItem, match="texte"):
        accept(Citation(url=URL), collection="autre")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"id": "7", "url": URL}, "7"),
        ({"id": 7}, "7"),
        ({"_id": "abc", "x": 1}, "abc"),
        ({"url": URL + "?utm_source=x#y"}, stable_id(URL)),
        ({"url": "/page/2", "canonical_url": URL}, stable_id(URL)),
    ],
)
def test_ids(given, expected):
    assert accept(given, collection="c").id == expected


def test_without_an_address_the_content_is_the_id():
    one, same, other = (
        accept({"texte": texte}, collection="c", now=datetime(2026, 1, day, tzinfo=UTC))
        for texte, day in (("a", 1), ("a", 2), ("b", 1))
    )
    assert one.id == same.id != other.id
    assert len(one.id) == 32


CLEANED = [
    ({"a\x00b": "x\x00\x07y"}, {"ab": "xy"}),
    (
        {"a.b": 1, "$where": 2, "__proto__": 3, "": 4},
        {"a_b": 1, "where": 2, "proto": 3, "champ": 4},
    ),
    ({"s": "\ud800x", "p": "\ud83d\ude00"}, {"s": "\ufffdx", "p": "😀"}),
    ({"n": math.nan, "d": Decimal("1.5"), "i": 2**63, "j": -(2**63)}, None),
    ({"b": "é".encode(), "e": {3, 1, 2}, "t": (1, 2)}, {"b": "é", "e": [1, 2, 3], "t": [1, 2]}),
    (
        {"j": date(2026, 9, 15), "u": uuid.UUID(int=1)},
        {"j": "2026-09-15", "u": str(uuid.UUID(int=1))},
    ),
    ({1: "x", None: "y"}, {"1": "x", "None": "y"}),
]


@pytest.mark.parametrize(("given", "expected"), CLEANED)
def test_hostile_values_are_cleaned(given, expected):
    found = accept({"id": "1", **given}, collection="c")
    if expected is None:
        expected = {"n": None, "d": 1.5, "i": "9223372036854775808", "j": -(2**63)}
    assert {k: v for k, v in found.items() if k not in ("id", "spider", "scraped_at")} == expected


def nested(depth):
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"x": math.inf}, "x"),
        ({"x": b"\xff\xfe\x00"}, "x"),
        ({"x": "a" * 1_000_001}, "x"),
        ({"x": nested(40)}, "x" + ".a" * 16),
        ({"x" * 300: 1}, "x" * 40),
        ({"a.b": 1, "a_b": 2}, "a_b"),
        ({f"c{n}": n for n in range(600)}, "c499"),
        ({"x": ["a" * 999_999] * 20}, "x"),
        ({"x": object()}, "x"),
        ({"x": 10**5000}, "x"),
        ({"id": "i" * 600}, "id"),
        ({"id": [1]}, "id"),
        ({"scraped_at": "hier"}, "scraped_at"),
        ("du texte", "item"),
        (None, "item"),
    ],
)
def test_what_no_store_can_hold_is_refused_with_a_reason(given, name):
    item = {"id": "1", **given} if isinstance(given, dict) else given
    with pytest.raises(InvalidItem) as caught:
        accept(item, collection="c")
    assert caught.value.field == name
    assert caught.value.reason


json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.binary()
    | st.datetimes(timezones=st.just(UTC))
    | st.decimals(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.text(st.characters(exclude_categories=())), json_like, max_size=6))
def test_whatever_comes_every_store_can_write_what_is_accepted(values):
    try:
        item = accept(values, collection="c", spider="s")
    except InvalidItem as error:
        assert error.reason  # noqa: PT017  either outcome is right, this one with a reason
        return
    assert orjson.loads(as_bytes(item))["id"] == item.id
    assert bson.decode(bson.encode(as_record(item)))["id"] == item.id
    assert fingerprint(as_record(item)) == fingerprint(orjson.loads(as_bytes(item)))
    again = from_stored("c", dict(item))
    assert dict(again) == dict(item)


@pytest.mark.parametrize(
    "name", ["", "A", "é", "a b", "a/b", "-a", "_x", "x" * 65, "system", "a.b"]
)
def test_collections_that_a_store_would_refuse(name):
    class Bad(dict):
        collection = name or " "

    with pytest.raises(InvalidItem, match="collection"):
        accept(Bad(x=1), collection="c")


def test_a_spiders_name_becomes_a_collection():
    assert slug("Élysée / presse.fr") == "elysee_presse_fr"
    assert slug("///") == "items"


def test_a_dict_in_a_known_collection_is_read_as_its_class():
    item = accept({"url": URL, "title": "T"}, collection="articles")
    assert isinstance(item, Article)
    with pytest.raises(InvalidItem, match="LAB_COLLECTION"):
        accept({"url": URL, "titre": "T"}, collection="articles")


def test_names_in_redis():
    assert member("articles", "1") == "1"
    assert member("citations", "1") == "citations:1"


@given(st.from_regex(r"https?://[a-z0-9.-]{1,12}(:[0-9]{1,5})?/[ -~]{0,20}", fullmatch=True))
def test_the_short_cut_of_canonical_url_changes_nothing(url):
    fast = cleaning._CANONICAL.fullmatch(url) is not None
    if fast:
        pattern, cleaning._CANONICAL = cleaning._CANONICAL, cleaning.re.compile("(?!)")
        try:
            slow = cleaning.canonical_url(url)
        finally:
            cleaning._CANONICAL = pattern
        assert cleaning.canonical_url(url) == url == slow


def test_seen_forgets_nothing_when_it_grows():
    seen = Seen()
    names = [f"articles:{n}" for n in range(3 * START)]
    assert all(seen.add(name) for name in names)
    assert not any(seen.add(name) for name in names)
    assert len(seen) == 3 * START
