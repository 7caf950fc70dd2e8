"""One crawl by several workers: exact, no page twice, a clean end."""

from __future__ import annotations

import pytest

from .conftest import ARTICLES, FOUR, IDS


def test_three_workers_fill_the_four_stores_and_fetch_nothing_twice(together, web, content):
    lines: list[dict] = []
    result = together(3, on_progress=lines.append, **FOUR)
    assert result.reason == "finished"
    assert result.items == ARTICLES
    assert result.stored == dict.fromkeys(("mongo", "elasticsearch", "redis", "s3"), ARTICLES)
    assert result.errors == 0
    content.check("gazette", "articles", IDS)
    assert len(content.archived("gazette")) == ARTICLES
    times = web.times()
    assert set(times.values()) == {1}
    assert times.total() == result.pages > ARTICLES
    # On a busy machine all may be over before the third one has begun.
    assert max(line["workers"] for line in lines) in (2, 3)
    assert lines[-1]["reason"] == "finished"
    assert lines[-1]["pages"] == result.pages


@pytest.mark.parametrize("workers", [1, 4])
def test_any_number_of_workers_gives_the_same(together, web, content, workers):
    result = together(workers)
    assert result.items == ARTICLES
    assert content.seen("gazette") == IDS
    assert set(web.times().values()) == {1}


def test_the_same_command_again_is_a_new_crawl(together, web, content):
    first = together(2)
    web.reset()
    second = together(2)
    assert second.pages == first.pages == web.times().total()
    assert set(web.times().values()) == {1}


def test_so_many_pages_for_all_the_workers_together(together, web, content):
    result = together(3, pages=40)
    assert result.pages == web.times().total() == 40
    assert result.reason == "finished"
