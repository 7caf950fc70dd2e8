"""What the tests of the library share: reading its pages, logging in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx
from parsel import Selector

from lab.practice.site.scenarios import login
from lab.practice.world import World

from .conftest import Running

WORLD = World(articles=0, products=0, quotes=87)
OPTIONS = ("--articles", "0", "--products", "0", "--quotes", str(WORLD.quotes))
HOME = "/bibliotheque/"


def shown(text: str) -> list[str]:
    """Return the paths of the quotations of a page."""
    return Selector(text).css('.citation a[rel="bookmark"]::attr(href)').getall()


def paths(items: Iterable[dict[str, Any]]) -> list[str]:
    """Return the paths of expected items."""
    return [item["url"] for item in items]


def hidden(text: str, name: str) -> str:
    """Return the value of a field of a page's form."""
    return Selector(text).css(f'input[name="{name}"]::attr(value)').get("")


def log_in(visitor: httpx.Client, **changes: str) -> httpx.Response:
    """Fill in the login form as a browser would, but for `changes`."""
    form = visitor.get(login.LOGIN)
    fields = {
        "jeton": hidden(form.text, "jeton"),
        "suite": hidden(form.text, "suite"),
        "identifiant": login.USER,
        "mot_de_passe": login.PASSWORD,
        **changes,
    }
    return visitor.post(login.LOGIN, data=fields)


def crawl_pages(web: Running, start: str) -> list[str]:
    """Return the texts of the pages of a list."""
    address: str | None = start
    texts = []
    while address:
        texts.append(web.http.get(address).raise_for_status().text)
        address = Selector(texts[-1]).css("a[rel=next]::attr(href)").get()
    return texts
