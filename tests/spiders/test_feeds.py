"""The spiders of sitemaps and feeds bring back what the answer key says."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from lab.practice import truth
from lab.practice.truth.feeds import feed


def test_the_sitemap_gives_every_article(run_spider, absolute, world):
    found = run_spider("plan_du_site").by_id()
    assert found == {item["id"]: absolute(item) for item in truth.articles(world)}


def test_only_what_changed_since_a_day_is_fetched(run_spider, absolute, world):
    crawl = run_spider("plan_du_site", depuis="2026-09-14")
    since = datetime(2026, 9, 14, tzinfo=ZoneInfo("Europe/Paris"))
    wanted = [item for item in truth.articles(world) if item["modified"] >= since]
    assert 0 < len(wanted) < world.articles
    assert crawl.by_id() == {item["id"]: absolute(item) for item in wanted}
    # robots.txt twice (the middleware, the spider), the index, three files, the articles.
    assert crawl.stats["downloader/request_count"] <= len(wanted) + 6


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_a_feed_gives_the_newest_articles(run_spider, absolute, world, kind):
    crawl = run_spider("flux", format=kind)
    assert crawl.by_id() == {item["id"]: absolute(item) for item in feed(world, kind)}
    assert len(crawl) == 30
