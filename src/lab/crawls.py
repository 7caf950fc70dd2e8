"""Crawls of the running lab: what `lab crawl`, `reindex` and the first crawl of `lab up` call."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab import inventory, services, workspace

if TYPE_CHECKING:
    from lab.runtimes.base import Runtime
    from lab.scraping.replay import ReplayResult
    from lab.scraping.runner import CrawlResult
    from lab.settings import Paths

STOPPED = "shutdown"  # Scrapy's finish reason after Ctrl-C


def prepare(runtime: Runtime, paths: Paths, *, bucket: bool = True) -> dict[str, str]:
    """Make this process, and its children by the mapping returned, see the running lab.

    Creates the bucket when asked. Raises NotRunning when the lab is down.
    """
    values = services.child_environment(runtime, paths)
    os.environ.update(values)
    workspace.forget()
    if bucket:
        inventory.ensure_bucket()
    return values


def stores_are_empty() -> bool:
    """Has nothing ever been crawled into the record?"""
    return inventory.count("mongo") == 0


def crawl(
    paths: Paths,
    environment: Mapping[str, str],
    spider: str,
    arguments: Mapping[str, str],
    pages: int,
    on_progress: Callable[[dict[str, Any]], None],
    project: Path | None = None,
) -> CrawlResult:
    """Run one spider of the Scrapy project, its log kept in `.lab/logs/crawl-SPIDER.log`;
    see :func:`lab.scraping.runner.crawl`."""
    from lab.scraping import runner

    def named(line: dict[str, Any]) -> None:
        on_progress({"spider": spider, **line})

    settings = {**environment, "LAB_DEAD_LETTERS": str(paths.dead_letters)}
    paths.ensure()
    log = paths.logs / f"crawl-{re.sub(r'[^A-Za-z0-9_-]', '_', spider)}.log"
    where = project or paths.scrapy_project
    return runner.crawl(spider, arguments, pages, settings, where, named, log)


def replay(paths: Paths, environment: Mapping[str, str]) -> ReplayResult:
    """Store what the dead letters hold; see :func:`lab.scraping.replay.replay`."""
    from lab.scraping.replay import replay as replay_folder

    return replay_folder(paths.dead_letters, environment)


def reindex(
    environment: Mapping[str, str], on_progress: Callable[[str, int, int], None]
) -> dict[str, int]:
    """Rebuild Elasticsearch from MongoDB; see :func:`lab.scraping.reindex.reindex`."""
    from lab.scraping.reindex import reindex as rebuild

    return rebuild(environment, on_progress)
