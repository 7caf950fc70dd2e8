"""Real stores, a practice web that remembers who asked what, and crawls by several workers."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

# The same fixtures as the other crawls'.
from scraping.conftest import PROJECT, content, contract, dead_letters, stores

from lab.practice import truth
from lab.practice.world import World
from lab.scraping.frontier.workers import crawl_together
from lab.scraping.runner import CrawlResult

__all__ = ["content", "contract", "dead_letters", "stores"]

ARTICLES = 120
IDS = {item["id"] for item in truth.articles(World(2026, ARTICLES, 10))}


class Web:
    """The watched practice web."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("watched_web.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(ARTICLES)],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            self.process.wait(10)
            raise AssertionError("le web d’entraînement n’a pas démarré")
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=30)

    def reset(self, pause: float = 0.0) -> None:
        """Forget the log; from now on each page takes `pause` seconds."""
        self.http.get("/-/reset", params={"pause": pause}).raise_for_status()

    def log(self) -> list[list[Any]]:
        """Return [path, begin, end, host] of every page asked for (robots.txt left out)."""
        entries = self.http.get("/-/log").raise_for_status().json()
        return [entry for entry in entries if entry[0] != "/robots.txt"]

    def times(self) -> Counter[str]:
        """Return how many times each page was asked for."""
        return Counter(entry[0] for entry in self.log())

    def stop(self) -> None:
        self.http.close()
        self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def watched() -> Iterator[Web]:
    web = Web()
    yield web
    web.stop()


@pytest.fixture
def web(watched: Web) -> Web:
    watched.reset()
    return watched


@pytest.fixture
def settings(contract: dict[str, str], web: Web, dead_letters: Path) -> dict[str, Any]:
    return {
        **contract,
        "PRACTICE_URL": web.url,
        "LAB_DEAD_LETTERS": str(dead_letters),
        "LAB_STORE_TIMEOUT": 3,
        "LAB_STORE_DEADLINE": 60,
        "LAB_STORES": "redis",
        "LAB_FRONTIER_COMMIT": 0.3,
        "LAB_BATCH_AGE": 0.1,
    }


FOUR = {"LAB_STORES": "mongo,elasticsearch,redis,s3"}


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "crawl.log"


@pytest.fixture
def together(settings: dict[str, Any], log_file: Path) -> Callable[..., CrawlResult]:
    """Run the spider gazette in several workers: `together(3, pages=40, LAB_STORES="redis")`."""

    def run(
        workers: int,
        pages: int = 0,
        arguments: dict[str, str] | None = None,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
        spider: str = "gazette",
        project: Path = PROJECT,
        **more: Any,
    ) -> CrawlResult:
        return crawl_together(
            spider,
            arguments or {},
            pages,
            {**settings, **more},
            project,
            workers,
            on_progress,
            log_file,
        )

    return run
