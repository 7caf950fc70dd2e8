"""The long campaign: 100,000 articles, exact against the answer key, in flat memory.

Elasticsearch is left out: its local stand-in keeps everything in memory (2.5 GB at 70,000
articles) and then answers nothing for a minute while it merges.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lab.practice import truth as key
from lab.practice.world import World

from . import servers, truth

ARTICLES = 100_000
WARM = 10_000  # pages after which memory must stay flat
TOLERANCE = 0.10
NUMBER = re.compile(r"-(\d+)\.html$")
pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


@pytest.fixture
def big_web() -> Iterator[servers.Practice]:
    web = servers.Practice(ARTICLES, 0)
    yield web
    web.stop()


class Memory:
    """Resident memory (bytes) of the crawling process against the pages it has fetched."""

    def __init__(self) -> None:
        self.samples: list[tuple[int, int]] = []
        self._pages = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def seen(self, line: dict) -> None:
        self._pages = line["pages"]

    def _watch(self) -> None:
        while not self._stop.wait(1.0):
            for child in psutil.Process().children(recursive=True):
                try:
                    if "scrapy" in child.cmdline():
                        self.samples.append((self._pages, child.memory_info().rss))
                except psutil.NoSuchProcess:
                    continue

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def test_a_hundred_thousand_articles_exact_in_flat_memory(run, content, big_web, tmp_path: Path):
    with Memory() as memory:
        result = run(
            "gazette",
            on_progress=memory.seen,
            PRACTICE_URL=big_web.url,
            LAB_STORES="mongo,redis,s3",
        )
    rate = result.pages / result.seconds
    print(f"{result.pages} pages in {result.seconds:.0f} s ({rate:.0f}/s)")
    assert result.errors == 0
    assert result.items == ARTICLES
    assert result.stored == dict.fromkeys(("mongo", "redis", "s3"), ARTICLES)

    warm = [rss for pages, rss in memory.samples if pages >= WARM]
    assert len(warm) > 20, "too few samples to speak of flatness"
    low, high = min(warm), max(warm)
    print(f"memory after {WARM} pages: {low / 2**20:.0f}–{high / 2**20:.0f} MiB")
    assert high <= low * (1 + 2 * TOLERANCE), "± 10 % around the middle"

    world = World(2026, ARTICLES, 0)
    ids = set()
    for stored in content.mongo["lab"]["articles"].find():
        wanted = key.article(world, int(NUMBER.search(stored["url"])[1]) - 1)
        wanted |= {name: big_web.url + wanted[name] for name in ("url", "image")}
        del wanted["number"]
        assert truth.seen(stored) == wanted
        ids.add(stored["_id"])
    assert len(ids) == ARTICLES
    assert content.seen("gazette") == ids
    archived = [
        json.loads(line)["id"]
        for name in content.objects()
        if name.startswith("crawls/gazette/")
        for line in gzip.decompress(
            content.s3.get_object(Bucket="lab", Key=name)["Body"].read()
        ).splitlines()
    ]
    assert sorted(archived) == sorted(ids)
