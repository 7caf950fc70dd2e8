"""Crawls of the running lab: what `lab crawl`, `reindex` and the first crawl of `lab up` call."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab import inventory, services, workspace
from lab.errors import UnknownName

if TYPE_CHECKING:
    from lab.practice.scenario import Scenario
    from lab.runtimes.base import Runtime
    from lab.scraping.replay import ReplayResult
    from lab.scraping.runner import CrawlResult
    from lab.settings import Paths

STOPPED = "shutdown"  # Scrapy's finish reason after Ctrl-C


@dataclass(frozen=True)
class SpiderCard:
    """A spider as a list shows it; `level` from 1 to 4, 0 when it answers no scenario."""

    name: str
    doc: str
    scenarios: tuple[str, ...] = ()
    level: int = 0


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
    *,
    workers: int = 1,
    options: Mapping[str, str] | None = None,
) -> CrawlResult:
    """Run one spider of the Scrapy project by `workers` processes, and make its report.

    The log stays in `.lab/logs/crawl-SPIDER.log`, the report in `.lab/reports/` and in the
    bucket. `options` are Scrapy settings that the user typed. Raises what
    :func:`lab.scraping.runner.crawl` raises, with the path of the report, if one could be made,
    in the error's attribute `report`.
    """
    from lab.scraping import runner
    from lab.scraping.summary import Recorder

    record = Recorder(spider, arguments, pages, workers)

    def relay(line: dict[str, Any]) -> None:
        record.add(line)
        on_progress({"spider": spider, **line})

    typed = {name: runner.Option(value) for name, value in (options or {}).items()}
    settings = {**environment, "LAB_DEAD_LETTERS": str(paths.dead_letters), **typed}
    paths.ensure()
    log = paths.logs / f"crawl-{re.sub(r'[^A-Za-z0-9_-]', '_', spider)}.log"
    where = project or paths.scrapy_project
    with record.on_failure(paths.reports, environment, log):
        result = _run(workers)(spider, arguments, pages, settings, where, relay, log)
    kept = record.keep(paths.reports, environment)
    alerts = tuple(one.text for one in kept.alerts)
    return replace(result, alerts=alerts, report=kept.path, report_url=kept.url)


def _run(workers: int) -> Callable[..., CrawlResult]:
    """Return what runs a crawl: one process, or several that share its frontier."""
    from lab.scraping import runner

    if workers == 1:
        return runner.crawl
    from lab.scraping.frontier.workers import crawl_together

    def together(spider: str, arguments: Mapping[str, str], *rest: Any) -> CrawlResult:
        pages, settings, where, relay, log = rest
        return crawl_together(spider, arguments, pages, settings, where, workers, relay, log)

    return together


def last_report(paths: Paths) -> Path:
    """Return the newest report, whichever the spider. Raises UnknownName when there is none."""
    newest = max(paths.reports.glob("*/*.html"), key=lambda path: path.stem, default=None)
    if newest is None:
        raise UnknownName("Aucune récolte n’a encore laissé de bilan.", "./lab crawl gazette")
    return newest


def spiders(paths: Paths, environment: Mapping[str, str]) -> list[SpiderCard]:
    """Return the spiders of the Scrapy project, with the difficulties of the practice web that
    each one is the answer to. Raises CrawlFailed when the project cannot be loaded."""
    from lab.practice.site.scenarios import MODULES
    from lab.scraping.listing import spiders as listed

    answers: dict[str, list[Scenario]] = {}
    for module in MODULES:
        for scenario in module.SCENARIOS:
            answers.setdefault(scenario.spider, []).append(scenario)
    return [
        SpiderCard(
            one.name,
            one.doc,
            tuple(scenario.title for scenario in answers.get(one.name, ())),
            max((scenario.level for scenario in answers.get(one.name, ())), default=0),
        )
        for one in listed(paths.scrapy_project, environment)
    ]


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
