"""Each fixture models a publishing system; what must come out of it was written by hand first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from lab.scraping.extraction import Extraction, extract
from lab.scraping.items import as_json, clean

FIXTURES = Path(__file__).with_name("fixtures")
NAMES = sorted(path.stem for path in FIXTURES.glob("*.html"))
# Known only once a page was fetched.
UNSEEN = {"id", "url", "spider", "scraped_at"}


def expected(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def extraction(name: str) -> Extraction:
    wanted = expected(name)
    headers = {"Content-Type": wanted.get("content_type", "text/html; charset=utf-8")}
    body = (FIXTURES / f"{name}.html").read_bytes()
    return extract(HtmlResponse(wanted["url"], headers=headers, body=body))


def test_there_are_enough_systems():
    assert len(NAMES) >= 25
    for name in NAMES:
        assert b"Source:" in (FIXTURES / f"{name}.html").read_bytes(), name


@pytest.mark.parametrize("name", NAMES)
def test_exactly_the_item(name):
    wanted, found = expected(name), extraction(name)
    assert found.kind == wanted["kind"]
    if "item" not in wanted:
        assert found.item is None
        return
    item = {k: v for k, v in as_json(clean(found.item)).items() if k not in UNSEEN}
    if isinstance(wanted["item"].get("body"), list):
        wanted["item"]["body"] = "\n\n".join(wanted["item"]["body"])
    assert item == wanted["item"]


@pytest.mark.parametrize("name", [name for name in NAMES if "item" in expected(name)])
def test_where_each_field_came_from(name):
    wanted, found = expected(name), extraction(name)
    for field, source in wanted.get("provenance", {}).items():
        assert found.provenance.get(field) == source, field
    filled = {k for k, v in as_json(found.item).items() if v not in (None, "", [])}
    assert filled - UNSEEN - {"source"} <= set(found.provenance)
    assert found.next_page == wanted.get("next_page")
    assert found.free == wanted.get("free", True)


def test_second_page_gives_the_end_of_the_text():
    found = extraction("multipage_2")
    assert list(found.paragraphs) == expected("multipage_2")["body"]
