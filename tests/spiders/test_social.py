"""The spider of the social feed brings back every message, exactly."""

from __future__ import annotations

from lab.practice.truth.social import messages


def test_the_feed_gives_every_message(run_spider, absolute, world):
    expected = {item["id"]: absolute(item) for item in messages(world)}
    assert len(expected) == world.articles
    assert run_spider("fil").by_id() == expected


def test_a_few_messages_are_enough(run_spider, world):
    newest = [item["id"] for item in messages(world)][:25]
    crawl = run_spider("fil", messages=25)
    assert [item["id"] for item in crawl] == newest
