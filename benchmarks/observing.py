"""What it costs to watch a crawl: python benchmarks/observing.py

For each thing that is done per item, per page or per tick (every half second), the processor
time of one, median of 7 runs, and what that makes of a core at 300 pages per second, each page
giving one item. Spidermon's field coverage, on the same items, stands beside ours.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scrapy import Spider
from scrapy.http import Request, Response
from scrapy.utils.test import get_crawler
from spidermon.contrib.scrapy.extensions import Spidermon

from lab.practice import truth
from lab.practice.world import World
from lab.scraping.config import CONFIG, STORES
from lab.scraping.coverage import Coverage
from lab.scraping.items import Article
from lab.scraping.observations import Observations
from lab.scraping.progress import ProgressReport
from lab.scraping.summary import Recorder

RUNS, TIMES, PAGES, TICKS = 7, 2000, 300, 2


def cost(call: Callable[[], Any], times: int = TIMES) -> float:
    """Return the processor time of one call, in microseconds."""
    found = []
    for _ in range(RUNS):
        start = time.process_time()
        for _ in range(times):
            call()
        found.append((time.process_time() - start) / times * 1e6)
    return statistics.median(found)


def articles() -> list[Article]:
    """Return real articles, as a perfect spider reads them."""
    known = {one.name for one in fields(Article)}
    found = truth.articles(World(2026, 100, 1))
    return [Article(**{n: v for n, v in one.items() if n in known}) for one in found]


async def main() -> None:
    """Measure and print."""
    items = articles()
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "LAB_PROGRESS_FILE": str(Path(folder) / "progress.jsonl"),
            CONFIG: SimpleNamespace(stores=STORES),
            "SPIDERMON_ENABLED": True,
            "SPIDERMON_ADD_FIELD_COVERAGE": True,
        }
        crawler = get_crawler(Spider, settings)
        crawler.spider = Spider("x")
        crawler.spider.crawler = crawler
        for number in range(300):  # as many counters as a real crawl has
            crawler.stats.set_value(f"some/counter/{number}", number)
        report, recorder, notes = ProgressReport(crawler), Recorder("x"), Observations.of(crawler)
        coverage, spidermon = Coverage(), Spidermon.from_crawler(crawler)
        response = Response("http://x/", request=Request("http://x/"))
        for item in items:
            notes.coverage.count(item)
        turn = iter(items * (RUNS * TIMES // len(items) + 1))
        other = iter(items * (RUNS * TIMES // len(items) + 1))
        rows = [
            ("couverture des champs, par fiche", cost(lambda: coverage.count(next(turn))), PAGES),
            ("latence, par page", cost(lambda: notes.latency(0.013)), PAGES),
            ("ligne de progression", cost(report._write, 200), TICKS),
            ("lecture de la ligne (processus lab)", cost(_reading(report, recorder), 200), TICKS),
            (
                "spidermon, par fiche (pour comparer)",
                cost(lambda: spidermon.item_scraped(next(other), response, crawler.spider)),
                PAGES,
            ),
        ]
    for name, microseconds, often in rows:
        print(f"{name:38} {microseconds:8.1f} µs   {microseconds * often / 1e4:6.2f} % d'un cœur")


def _reading(report: ProgressReport, recorder: Recorder) -> Callable[[], None]:
    line = json.dumps(report.snapshot())
    return lambda: recorder.add(json.loads(line))


if __name__ == "__main__":
    asyncio.run(main())
