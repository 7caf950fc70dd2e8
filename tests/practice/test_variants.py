"""Three layouts of the same articles."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from parsel import Selector

from lab.practice import truth
from lab.practice.site.scenarios.variants import hashed, variant_of
from lab.practice.world import World

from .conftest import Running


def test_a_layout_is_drawn_and_a_cookie_keeps_one(web: Running, small: World) -> None:
    drawn = {variant_of(small, number) for number in range(1, 40)}
    assert drawn == {"a", "b", "c"}
    answer = web.http.get("/variantes/choisir/b")
    assert answer.status_code == 303
    cookie = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
    web.http.cookies.clear()
    for number in range(1, 12):
        path = f"/variantes/article/{number}/"
        shown = Selector(web.http.get(path, headers=cookie).text)
        assert shown.css("[itemtype$=NewsArticle]")
        own = web.http.get(path)
        assert own.headers["vary"] == "Cookie"
        assert bool(Selector(own.text).css("[itemtype$=NewsArticle]")) is (
            variant_of(small, number) == "b"
        )
        title = truth.article(small, number - 1)["title"]
        assert shown.css("h1::text").get() == Selector(own.text).css("h1::text").get() == title
    assert "variante=" in web.http.get("/variantes/choisir/aucune").headers["set-cookie"]
    for missing in ("/variantes/choisir/z", "/variantes/article/0/", "/variantes/article/131/"):
        assert web.http.get(missing).status_code == 404


def test_class_names_mean_nothing_and_do_not_last(web: Running, small: World) -> None:
    names = set()
    for number in range(1, 12):
        page = Selector(web.http.get(f"/variantes/article/{number}/").text)
        names |= set(page.css("main [class]::attr(class)").getall())
    assert names
    assert all(re.fullmatch(r"[a-z]_[0-9a-f]{8}", name) for name in names)
    tomorrow = replace(small, today=small.today + timedelta(days=1))
    assert hashed(small, "a")("titre") != hashed(tomorrow, "a")("titre")
