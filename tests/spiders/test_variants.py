"""One spider, three layouts: nothing is lost."""

from __future__ import annotations

from lab.practice.truth.variants import articles


def test_every_layout_gives_the_whole_article(run_spider, absolute, world):
    crawl = run_spider("robuste")
    assert crawl.by_id() == {item["id"]: absolute(item) for item in articles(world)}
    # Each layout really took another way.
    assert {f"robuste/section/chemin {n}" for n in (1, 2, 3)} <= crawl.stats.keys()
    assert not [name for name in crawl.stats if name.endswith("/absent")]
