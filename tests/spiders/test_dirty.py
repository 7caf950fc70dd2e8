"""The spider of the flea market: every value clean, every ad once."""

from __future__ import annotations

from lab.practice.dirty import ad_count
from lab.practice.truth.dirty import ads


def test_every_dirty_value_is_understood(run_spider, world):
    crawl = run_spider("brocante")
    found = {key: {**item, "url": ""} for key, item in crawl.by_id().items()}
    assert found == {item["id"]: {**item, "url": ""} for item in ads(world)}
    assert len(found) == ad_count(world)
    assert crawl.stats["brocante/doublons"] > 0
