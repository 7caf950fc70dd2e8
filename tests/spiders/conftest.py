"""The project's own spiders, run as a student runs them, against a real practice web."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from practice.conftest import Running, serving

from lab.practice.world import World

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "Scrapy" / "newscrawler"
WORLD = World(articles=130, products=70)
# Known only once a page was fetched: no answer key has them.
UNSEEN = ("spider", "scraped_at")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")


def _dated(value: Any) -> Any:
    found = isinstance(value, str) and _DATE.fullmatch(value)
    return datetime.fromisoformat(value) if found else value


class Crawl(list[dict[str, Any]]):
    """The items a spider yielded, as cleaned and exported; `stats` are Scrapy's, `log` its log."""

    stats: dict[str, Any]
    log: str

    def by_id(self) -> dict[str, dict[str, Any]]:
        """Return {id: item} without what no answer key knows; asserts that ids are distinct."""
        found = {
            item["id"]: {key: _dated(value) for key, value in item.items() if key not in UNSEEN}
            for item in self
        }
        assert len(found) == len(self)
        return found


@pytest.fixture(scope="session")
def web() -> Iterator[Running]:
    """Serve `WORLD` for the whole session."""
    with serving("--articles", str(WORLD.articles), "--products", str(WORLD.products)) as running:
        yield running


@pytest.fixture(scope="session")
def world() -> World:
    """Return the world that `web` serves."""
    return WORLD


def _command(
    folder: Path, name: str, arguments: dict[str, Any], settings: dict[str, Any]
) -> tuple[list[str], dict[str, str]]:
    """Return the command that writes NAME.jsonl, NAME.log and NAME.json, and its environment."""
    options = {
        "ADDONS": json.dumps({"spiders.collector.CleanOnly": 100}),
        "LOG_FILE": folder / f"{name}.log",
        "LOG_FILE_APPEND": False,
        "DOWNLOAD_TIMEOUT": 10,
        "TEST_STATS_FILE": folder / f"{name}.json",
        "STATS_CLASS": "spiders.collector.JsonStats",
        **settings,
    }
    feed = f"{folder / name}.jsonl:jsonlines"
    command = [sys.executable, "-m", "scrapy", "crawl", name, "-O", feed]
    for key, value in arguments.items():
        command += ["-a", f"{key}={value}"]
    for key, value in options.items():
        command += ["-s", f"{key}={value}"]
    paths = os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    return command, {**os.environ, "PYTHONPATH": paths}


@pytest.fixture
def run_spider(web: Running, tmp_path: Path) -> Callable[..., Crawl]:
    """Run ``scrapy crawl NAME -a k=v``: cleaning on, no store; return its items.

    `settings` are more Scrapy settings, `base` another practice web than the session's.
    A spider that logs an error fails the test unless `errors` is true.
    """

    def run(
        name: str,
        *,
        settings: dict[str, Any] | None = None,
        base: str | None = None,
        errors: bool = False,
        **arguments: Any,
    ) -> Crawl:
        command, environment = _command(tmp_path, name, arguments, settings or {})
        environment["PRACTICE_URL"] = base or web.url
        done = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60
        )
        log = tmp_path / f"{name}.log"
        written = log.read_text() if log.exists() else ""
        assert done.returncode == 0, done.stderr + written[-3000:]
        assert errors or " ERROR: " not in written, written[-5000:]
        lines = (tmp_path / f"{name}.jsonl").read_text().splitlines()
        crawl = Crawl(json.loads(line) for line in lines)
        crawl.stats = json.loads((tmp_path / f"{name}.json").read_text())
        crawl.log = written
        return crawl

    return run


@pytest.fixture
def absolute(web: Running) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return an expected item with its paths (`url`, `image`) on the session's server."""

    def resolve(item: dict[str, Any]) -> dict[str, Any]:
        found = {key: value for key, value in item.items() if key != "number"}
        for key in ("url", "image"):
            if str(found.get(key) or "").startswith("/"):
                found[key] = web.url + found[key]
        return found

    return resolve
