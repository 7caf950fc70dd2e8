"""The social feed, over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from parsel import Selector

from lab.practice.social import abridged, index_of, index_range, message, relative
from lab.practice.truth.social import messages
from lab.practice.world import World

from .conftest import Running


def test_messages_are_those_of_the_stream_of_tweets(web: Running, small: World) -> None:
    for index in list(index_range(small))[:20]:
        found = message(small, index)
        tweet = web.http.get(f"/tweet?minute={index * 37}").json()
        assert (found.id, found.author) == (tweet["id"], tweet["user"]["name"])
        assert tweet["text"] in found.text
        assert index_of(found.id) == index
        page = Selector(web.http.get(found.path).raise_for_status().text)
        assert page.css("link[rel=canonical]::attr(href)").get() == found.canonical_url
        assert page.css(".texte").xpath("string()").get() == found.text


def test_the_key_is_newest_first_and_varied(small: World) -> None:
    found = list(messages(small))
    assert len({item["id"] for item in found}) == len(found) == small.articles
    moments = [item["publie"] for item in found]
    assert moments == sorted(moments, reverse=True)
    assert moments[0].date() == small.today
    assert any(item["mentions"] for item in found)
    assert max(item["jaime"] for item in found) > 1000


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=30), "à l’instant"),
        (timedelta(minutes=37), "il y a 37\u00a0min"),
        (timedelta(hours=3, minutes=59), "il y a 3\u00a0h"),
        (timedelta(days=2), "il y a 2\u00a0j"),
        (timedelta(days=95), "il y a 3\u00a0mois"),
    ],
)
def test_ages_are_rounded(age: timedelta, text: str) -> None:
    assert relative(age) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (987, "987"), (1000, "1\u00a0k"), (1299, "1,2\u00a0k"), (2_400_000, "2,4\u00a0M")],
)
def test_counts_are_abridged(count: int, text: str) -> None:
    assert abridged(count) == text


@pytest.mark.parametrize(
    "path",
    ["/fil/?avant=x", "/fil/?avant=1800000000000000001", "/fil/?avant=18" + "0" * 40,
     "/fil/message/12/", "/fil/message/1800000000000000000/"],
)  # fmt: skip
def test_what_does_not_exist(web: Running, path: str) -> None:
    assert web.http.get(path).status_code == 404
