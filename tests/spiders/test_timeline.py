"""The incremental spider: visit after visit, exactly what changed, and little more asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lab.practice.changes import withdrawn
from lab.practice.truth.timeline import articles, prices

VISITS = ("2026-09-15", "2026-09-18", "2026-09-18", "2026-10-05")


def test_each_visit_brings_exactly_what_changed(run_spider, absolute, world, tmp_path):
    before, kinds = None, set()
    for number, day in enumerate(VISITS):
        now = replace(world, today=date.fromisoformat(day))
        crawl = run_spider("incremental", date=day, memoire=tmp_path / "memoire.sqlite")
        fresh, changed = list(articles(before, now)), list(prices(before, now))
        expected = {item["id"]: absolute(item) for item in (*fresh, *changed)}
        assert crawl.by_id() == expected, day
        asked = crawl.stats["downloader/request_count"]
        known = world.products - (len(withdrawn(before)) if before else 0)
        # robots.txt, the index, two sitemaps; the changed articles; each product still sold.
        assert asked == 4 + len(fresh) + known
        kinds |= {item["disponibilite"] for item in changed}
        if number:
            assert crawl.stats["incremental/inchanges"] > 0
            if before == now:
                assert not crawl
            else:
                assert any(item["published"].date() <= before.today for item in fresh), "corrected"
        before = now
    assert "Discontinued" in kinds
