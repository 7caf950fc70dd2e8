"""The spiders of the APIs bring back what the answer key says, within the server's conditions."""

from __future__ import annotations

import time

from lab.practice import truth
from lab.practice.site.scenarios.guarded_api import sign


def expected(world, absolute):
    return {item["id"]: absolute(item) for item in truth.articles(world)}


def test_the_guarded_api_gives_every_article_and_then_304(run_spider, absolute, world, tmp_path):
    cache = {"HTTPCACHE_DIR": tmp_path / "cache"}
    first = run_spider("api_articles", settings=cache)
    assert first.by_id() == expected(world, absolute)
    again = run_spider("api_articles", settings=cache)
    assert again.by_id() == first.by_id()
    assert again.stats["httpcache/revalidate"] == world.articles + 3  # and the three lists


def test_an_expired_token_is_renewed_once(run_spider, absolute, world, tmp_path):
    crawl = run_spider(
        "api_articles", jeton=sign(world, 1.0), settings={"HTTPCACHE_DIR": tmp_path / "cache"}
    )
    assert crawl.by_id() == expected(world, absolute)
    assert crawl.stats["downloader/response_status_count/401"] == 1
    assert crawl.stats["api_articles/jetons"] == 1


def test_a_429_is_waited_for_and_nothing_is_lost(run_spider, absolute, world, tmp_path):
    empty_bucket = sign(world, time.time() + 300, credit=0)
    crawl = run_spider(
        "api_articles", jeton=empty_bucket, settings={"HTTPCACHE_DIR": tmp_path / "cache"}
    )
    assert crawl.by_id() == expected(world, absolute)
    assert crawl.stats["downloader/response_status_count/429"] >= 1
    assert crawl.stats["api_articles/pauses"] >= 1
    assert "api_articles/jetons" not in crawl.stats


def test_graphql_gives_every_article(run_spider, absolute, world):
    crawl = run_spider("graphql")
    assert crawl.by_id() == expected(world, absolute)
    assert crawl.stats["downloader/request_method_count/POST"] == 3


def test_graphql_gives_the_articles_of_a_section(run_spider, absolute, world):
    wanted = {
        key: item for key, item in expected(world, absolute).items() if item["section"] == "Sport"
    }
    assert run_spider("graphql", rubrique="sport").by_id() == wanted
