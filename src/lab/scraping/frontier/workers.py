"""One crawl by several processes of this machine: what ``lab crawl --workers N`` calls."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import redis.asyncio as aioredis

from lab.errors import CrawlFailed, StoreUnavailable
from lab.scraping.batching import describe
from lab.scraping.config import StorageConfig
from lab.scraping.frontier.client import Frontier
from lab.scraping.frontier.config import FrontierConfig
from lab.scraping.frontier.crew import LOG_FORMAT, Crew, scrapy_command
from lab.scraping.frontier.reconcile import complete_archive
from lab.scraping.listing import check_name
from lab.scraping.runner import CrawlResult, Progress, judge, result_of, split
from lab.scraping.stores.redis import transient
from lab.settings import load

LOST = "frontier_lost"
R = TypeVar("R")


def crawl_together(
    spider: str,
    arguments: Mapping[str, str],
    pages: int,
    settings: Mapping[str, Any],
    project_dir: Path,
    workers: int,
    on_progress: Progress | None = None,
    log_file: Path | None = None,
) -> CrawlResult:
    """Run `spider` in `workers` processes that share one frontier; return one result.

    Parameters: those of `lab.scraping.runner.crawl`; `pages` is for all the workers together. A
    crawl of the same spider, arguments and pages that did not end (Ctrl-C, everything killed)
    is resumed. `on_progress` gets the merged lines (see `lab.scraping.together`). Ctrl-C asks
    every worker to finish cleanly; what they had not begun waits in Redis.

    Raises what `crawl` raises; CrawlFailed too when every worker died more often than it may be
    replaced, or when Redis forgot the frontier.
    """
    environment, options = split(settings)
    name = crawl_name(arguments, pages, settings)
    shared = Shared(spider, {**settings, "LAB_FRONTIER_NAME": name, "LAB_FRONTIER_PAGES": pages})
    before = shared.enter()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lab-crawl-") as folder:
        log = log_file or Path(folder) / "log.txt"
        log.write_bytes(b"")
        command = partial(_command, spider, arguments, {**options, **shared.options(pages)})
        scratch = Path(folder)
        crew = Crew(command, project_dir, environment, scratch, log, on_progress, shared.release)
        crew.run(workers)
        if crew.complaint is not None:
            raise crew.complaint
        line = _last_line(crew, shared, before)
        if on_progress is not None and line["reason"]:
            on_progress(line)
        if crew.deaths and not line["pages"]:
            check_name(spider, project_dir, environment)
        result = result_of(spider, line, time.monotonic() - start)
        _judge(result, crew, log, workers)
        return result


def _command(
    spider: str, arguments: Mapping[str, str], options: Mapping[str, str], name: str, progress: Path
) -> list[str]:
    mine = {"LAB_FRONTIER_WORKER": name, "LAB_PROGRESS_FILE": str(progress)}
    return scrapy_command(spider, arguments, {"LOG_FORMAT": LOG_FORMAT, **options, **mine})


def crawl_name(arguments: Mapping[str, str], pages: int, settings: Mapping[str, Any]) -> str:
    """Return the frontier's name: another for other arguments, another site or another budget."""
    what = [dict(arguments), pages, str(settings.get("PRACTICE_URL") or "")]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]


class Shared:
    """The parent's view of the frontier: it opens the crawl and speaks for the dead."""

    def __init__(self, spider: str, settings: Mapping[str, Any]) -> None:
        known = load()
        self._url = str(settings.get("REDIS_URL") or known.redis_url or known.need("redis_url"))
        self._spider, self._settings = spider, settings
        self._config = FrontierConfig.read(settings)
        self.crawl = ""

    def ask(self, call: Callable[[Frontier], Awaitable[R]], seconds: float = 15.0) -> R:
        """Return what `call` gives, trying again for some seconds. Raises StoreUnavailable."""

        async def once() -> R:
            async with aioredis.Redis.from_url(
                self._url, socket_timeout=5, socket_connect_timeout=5, retry=None
            ) as redis:
                frontier = Frontier(redis, self._spider, self._config)
                frontier.crawl = self.crawl
                return await call(frontier)

        deadline = time.monotonic() + seconds
        while True:
            try:
                return asyncio.run(once())
            except Exception as error:
                if not transient(error) or time.monotonic() > deadline:
                    raise StoreUnavailable(
                        f"La frontière est injoignable : redis ({describe(error)}).",
                        "./lab status",
                    ) from error
                time.sleep(0.2)

    def enter(self) -> dict[str, str]:
        """Open a new crawl, or the one that did not end; returns its numbers so far."""

        async def enter(frontier: Frontier) -> dict[str, str]:
            await frontier.join("")
            self.crawl = frontier.crawl
            return await frontier.numbers()

        # No grace: who types the command again wants a new crawl.
        config, self._config = self._config, replace(self._config, grace=0.0)
        try:
            return self.ask(enter)
        finally:
            self._config = config

    def options(self, pages: int) -> dict[str, str]:
        """Return the settings by which a worker enters this crawl and no other."""
        return {
            "LAB_FRONTIER": "1",
            "LAB_FRONTIER_NAME": self._config.name,
            "LAB_FRONTIER_CRAWL": self.crawl,
            "LAB_MAX_PAGES": str(pages),
        }

    def release(self, worker: str) -> None:
        """A worker died: what it held goes back to the others at once."""
        try:
            self.ask(lambda frontier: frontier.give_back(worker, failed=True, gone=True))
        except StoreUnavailable:
            return  # its lease will end by itself

    def numbers(self) -> dict[str, str]:
        """Return the crawl's numbers; {} when Redis cannot be asked or has forgotten it."""
        try:
            numbers = self.ask(lambda frontier: frontier.numbers())
        except StoreUnavailable:
            return {}
        return numbers if numbers.get("id") == self.crawl else {}

    def complete(self, numbers: Mapping[str, str]) -> int:
        """Complete the archive if no worker lived to do it; returns what was missing."""
        if "archived" in numbers:
            return int(numbers["archived"])
        config = StorageConfig.complete(self._settings)
        since = int(numbers["started"]) / 1000
        try:
            added = asyncio.run(complete_archive(config, self._spider, since))
        except Exception as error:
            raise StoreUnavailable(
                f"Tout est récolté, mais l’archive S3 n’a pu être complétée ({describe(error)}).",
                f"./lab status && ./lab crawl {self._spider}",
            ) from error
        self.ask(lambda frontier: frontier.set_archived(added))
        return added


def _last_line(crew: Crew, shared: Shared, before: Mapping[str, str]) -> dict[str, Any]:
    """Return the merged last line, exact even when workers died with what they had counted."""
    numbers = shared.numbers()
    finished = numbers.get("state") == "finished"
    line = crew.together.last()
    if finished:
        line["reason"] = "finished"
        line["errors"] = line.get("errors", 0) + int(numbers["poisoned"])
        added = shared.complete(numbers)
        if "s3" in line["stored"]:
            line["stored"]["s3"] += added
    elif crew.interrupts and line["reason"] in ("finished", ""):
        line["reason"] = "shutdown" if not crew.deaths else ""
    if crew.deaths and numbers:
        # What the frontier counted with each acknowledged page, rather than what the dead wrote.
        line["pages"] = int(numbers["pages"]) - int(before["pages"])
        line["items"] = int(numbers["items"]) - int(before["items"])
        lost = line.get("lost", {})
        line["stored"] = {s: line["items"] - lost.get(s, 0) for s in line["stored"]}
    return line


def _judge(result: CrawlResult, crew: Crew, log: Path, workers: int) -> None:
    again = f"./lab crawl {result.spider} --workers {workers}"
    error: CrawlFailed | None = None
    if result.reason == LOST:
        error = CrawlFailed(
            "Redis a perdu la file d’attente de la collecte (a-t-il été vidé ?). "
            "Ce qui est rangé le reste ; il faut recommencer.",
            again,
        )
    elif crew.interrupts and (crew.code or result.reason not in ("shutdown", "finished")):
        error = CrawlFailed(
            "Interrompu avant que la collecte ait pu finir proprement ; la reprise refera "
            "les pages en cours.",
            again,
            exit_code=130,
        )
    elif crew.deaths and result.reason != "finished" and result.pages:
        error = CrawlFailed(
            f"La collecte n’est pas finie : ses processus se sont arrêtés {crew.deaths} fois. "
            "La relancer la reprend où elle en est.",
            again,
        )
    if error is not None:
        error.result = result  # type: ignore[attr-defined]
        raise error
    judge(result, 0 if result.reason == "finished" else crew.code, log)
