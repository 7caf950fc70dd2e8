"""Whatever a page holds, reading it raises nothing and its item can be cleaned or refused."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest
from scrapy.http import HtmlResponse, TextResponse

from lab.scraping.extraction import Kind, extract
from lab.scraping.items import InvalidItem, clean

FIXTURES = sorted(Path(__file__).with_name("fixtures").glob("*.html"))
URL = "https://www.exemple.example/a/un-titre-assez-long-12345.html"


def read(body: bytes) -> None:
    found = extract(HtmlResponse(URL, body=body, headers={"Content-Type": "text/html"}))
    if found.item is not None:
        with suppress(InvalidItem):
            clean(found.item)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_truncated_and_damaged_pages(path):
    whole = path.read_bytes()
    chance = random.Random(path.stem)
    for part in range(1, 10, 2):
        read(whole[: len(whole) * part // 10])
    for _ in range(5):
        damaged = bytearray(whole)
        for _ in range(40):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        read(bytes(damaged))


WRONG = [
    "null", "[]", "{}", "[[[]]]", '"text"', "12", "{\"@graph\": 3}", '{"@type": 5}', "[" * 5000,
    '{"@type":"NewsArticle","headline":{"a":[1,{"name":null}]},"author":[[["x"]],5,'
    '{"name":{"@value":"Y"}}],'
    '"datePublished":["2026-03-02T00:00:00Z",{}],"image":[[],{"url":{"url":5}}],"keywords":{"a":1},'
    '"articleBody":["a",2],"hasPart":"x","isAccessibleForFree":{"a":1},"inLanguage":[5],"publisher":7}',
    '{"@type":["NewsArticle",null,3],"headline":true,"datePublished":99999999999999999999,'
    '"url":"http://["}',
    '{"@type":"NewsArticle","@id":"#a","headline":"x","author":{"@id":"#b"},'
    '"mainEntityOfPage":{"@id":"#a"}}',
    '{"@graph":[{"@id":"#b","@type":"Person","name":{"@id":"#b"}},{"@type":"Article",'
    '"headline":"h","author":{"@id":"#b"}}]}',
    '{"@type":"Product","name":"x","offers":[5,{"price":{}},{"price":"dix",'
    '"availability":[]},[]],"aggregateRating":"5",'
    '"hasVariant":[3,{"offers":4}],"brand":[{"name":["a"]}]}',
    '{"@type":"BreadcrumbList","itemListElement":{"position":"x","item":{"@id":5,"name":[]}}}',
]  # fmt: skip


@pytest.mark.parametrize("block", WRONG)
def test_json_ld_of_any_shape(block):
    head = f'<script type="application/ld+json">{block}</script><script type="application/ld+json">'
    read(
        f"<html><head>{head}</script></head><body><h1>T</h1><p>Un texte.</p></body></html>".encode()
    )


@pytest.mark.parametrize("body", [
    b"", b" ", b"\x00" * 1000, b"<", b"<html></html>", b"\xff\xfe" * 50, b"<p>" * 3000,
    b'<html lang="' + b"x" * 5000 + b'"><h1>a</h1>',
    b'<base href="http://["><link rel=canonical href=x>',
    b'<div itemscope itemtype="http://schema.org/NewsArticle" itemref="a a b">'
    b"<p id=a itemprop=headline>",
])  # fmt: skip
def test_pages_of_any_shape(body):
    read(body)


def test_what_is_not_a_page():
    assert extract(TextResponse(URL, body=b'{"a": 1}', encoding="utf-8")).kind == Kind.OTHER
