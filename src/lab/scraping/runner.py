"""Run one crawl as a child process and tell how it goes: what `lab crawl` calls."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.errors import ConfigurationMissing, CrawlFailed, StoreUnavailable, UnknownName
from lab.scraping.config import CONTRACT, STORES, UNAVAILABLE

Progress = Callable[[dict[str, Any]], None]
TICK = 0.1  # seconds between two looks at the progress file
IMPATIENT = 3  # the Ctrl-C that no longer waits for the stores
LAST_WAIT = 30.0  # seconds left to a crawl whose caller failed
REPLAY = "./lab crawl --replay"


@dataclass(frozen=True)
class CrawlResult:
    """How a crawl ended. `stored[x]`: distinct items of this crawl confirmed in store x;
    `lost[x]`: those that neither the store nor the dead letters could take (a full disk)."""

    spider: str
    pages: int = 0
    items: int = 0
    seconds: float = 0.0
    stored: Mapping[str, int] = field(default_factory=dict)
    errors: int = 0
    reason: str = ""
    unavailable: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the stable form of ``lab crawl --json``."""
        return {
            "spider": self.spider,
            "pages": self.pages,
            "items": self.items,
            "seconds": self.seconds,
            "stored": {store: self.stored.get(store, 0) for store in STORES},
            "errors": self.errors,
        }


def crawl(
    spider: str,
    arguments: Mapping[str, str],
    pages: int,
    settings: Mapping[str, Any],
    project_dir: Path,
    on_progress: Progress | None = None,
    log_file: Path | None = None,
) -> CrawlResult:
    """Run ``scrapy crawl spider`` in `project_dir` and return its report.

    The child's log replaces `log_file` (by default it is thrown away with the crawl).

    `arguments` are the spider's (``-a k=v``), `pages` the number of pages to fetch (0: all).
    `settings` maps the environment contract (MONGO_URL…, given to the child through its
    environment, never on its command line) and Scrapy settings (LAB_STORES, LOG_LEVEL…).
    `on_progress` gets each line of `lab.scraping.report` as a dict. Ctrl-C asks the crawl to
    finish cleanly and waits for it.

    Raises UnknownName, StoreUnavailable and CrawlFailed; the last two carry the partial report
    in their attribute `result`.
    """
    environment, options = split(settings)
    with tempfile.TemporaryDirectory(prefix="lab-crawl-") as folder:
        progress = Path(folder) / "progress.jsonl"
        log = log_file or Path(folder) / "log.txt"
        command = [sys.executable, "-m", "scrapy", "crawl", spider]
        for name, value in arguments.items():
            command += ["-a", f"{name}={value}"]
        options = {**options, "LAB_PROGRESS_FILE": str(progress), "LAB_MAX_PAGES": str(pages)}
        for name, value in options.items():
            command += ["-s", f"{name}={value}"]
        start = time.monotonic()
        with log.open("wb") as output:
            tail = Tail(progress, on_progress)
            code, interrupted = run(command, project_dir, environment, output, tail)
        last = Tail(progress).last()
        result = CrawlResult(
            spider=spider,
            pages=last.get("pages", 0),
            items=last.get("items", 0),
            seconds=round(time.monotonic() - start, 2),
            stored=last.get("stored", {}),
            errors=last.get("errors", 0),
            reason=last.get("reason", ""),
            unavailable=last.get("unavailable", {}),
            lost=last.get("lost", {}),
        )
        if interrupted and (code or not result.reason):
            raise CrawlFailed(
                "Interrompu avant que la collecte ait pu finir proprement.",
                f"./lab crawl {spider}",
                exit_code=130,
            )
        if not last:
            check_name(spider, project_dir, environment)
        judge(result, code, log)
        return result


def check_name(spider: str, project_dir: Path, environment: Mapping[str, str]) -> None:
    """Raise UnknownName when the project has no such spider (asked only once a crawl failed)."""
    known = spiders(project_dir, environment)
    if spider not in known:
        raise UnknownName(
            f"Le spider « {spider} » n’existe pas ; il y a : {', '.join(known)}.",
            f"./lab crawl {known[0]}" if known else "",
        )


def split(settings: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Separate what goes into the child's environment from what goes on its command line.

    Only names that a Scrapy project reads as plain options may be seen by `ps`.
    """
    shown = {
        name: ",".join(value) if isinstance(value, list | tuple) else str(value)
        for name, value in settings.items()
        if name.startswith(("LAB_", "LOG_", "DOWNLOAD_", "CONCURRENT_")) and name not in CONTRACT
    }
    hidden = {name: str(value) for name, value in settings.items() if name not in shown}
    return {**os.environ, **hidden}, shown


def spiders(project_dir: Path, environment: Mapping[str, str]) -> list[str]:
    """Return the names of the project's spiders; raises CrawlFailed when it cannot be loaded."""
    listing = subprocess.run(
        [sys.executable, "-m", "scrapy", "list"],
        cwd=project_dir,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        detail = (listing.stderr.strip().splitlines() or ["sans message"])[-1]
        raise CrawlFailed(
            f"Le projet Scrapy ne se charge pas : {detail}",
            f"cd {project_dir} && scrapy list",
        )
    return listing.stdout.split()


class Tail:
    """Reads the complete lines added to a progress file."""

    def __init__(self, path: Path, on_progress: Progress | None = None) -> None:
        self._path, self._on_progress, self._offset = path, on_progress, 0

    def read(self) -> list[dict[str, Any]]:
        """Return the new lines, relaying each to `on_progress`."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        lines = [json.loads(line) for line in whole.splitlines()]
        for line in lines if self._on_progress else []:
            self._on_progress(line)  # type: ignore[misc]
        return lines

    def last(self) -> dict[str, Any]:
        """Return the last line, or {} when nothing was written."""
        return (self.read() or [{}])[-1]


def run(
    command: list[str],
    folder: Path,
    environment: Mapping[str, str],
    output: Any,
    tail: Tail,
) -> tuple[int, bool]:
    """Run the child to its end, relaying progress; on Ctrl-C, once, let it finish cleanly.

    Returns the child's exit code, and whether Ctrl-C was pressed."""
    # Its own session: the terminal's Ctrl-C reaches us only, and we pass it on exactly once
    # (a second SIGINT makes Scrapy drop what is not stored yet).
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    interrupts = 0
    try:
        while True:
            try:
                code = _wait(child)
                tail.read()
                if code is not None:
                    return code, interrupts > 0
            except KeyboardInterrupt:
                interrupts += 1
                if interrupts == 1:
                    child.send_signal(signal.SIGINT)
                elif interrupts == IMPATIENT:
                    child.kill()
    finally:
        _end(child, interrupts > 0)


def _wait(child: subprocess.Popen[bytes]) -> int | None:
    try:
        return child.wait(TICK)
    except subprocess.TimeoutExpired:
        return None


def _end(child: subprocess.Popen[bytes], asked: bool) -> None:
    """Leave no process behind (`on_progress` raised): first by asking, then by force."""
    if child.poll() is not None:
        return
    if not asked:
        child.send_signal(signal.SIGINT)
    try:
        child.wait(LAST_WAIT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def judge(result: CrawlResult, code: int, log: Path) -> None:
    """Raise when the crawl did not end well."""
    error: CrawlFailed | StoreUnavailable | None = None
    if result.lost:
        counts = ", ".join(f"{store} : {count}" for store, count in result.lost.items())
        error = StoreUnavailable(
            f"Des fiches n’ont été ni rangées ni gardées de côté ({counts}) : "
            "le disque est sans doute plein.",
            f"./lab doctor && ./lab crawl {result.spider}",
        )
    elif result.reason == UNAVAILABLE:
        down = ", ".join(result.unavailable) or "un dépôt"
        error = StoreUnavailable(
            f"La collecte s’est arrêtée : {down} ne répond plus. "
            "Ce qui n’a pas pu être rangé est gardé de côté.",
            REPLAY,
        )
    elif not result.reason or code:
        words = last_words(log)
        missing = f"{ConfigurationMissing.__module__}.{ConfigurationMissing.__name__}: "
        if words.startswith(missing):
            raise ConfigurationMissing(words.removeprefix(missing), "./lab up")
        error = CrawlFailed(
            f"La collecte s’est interrompue (code {code}) : {words}",
            "./lab status",
        )
    elif not result.pages and result.reason != "shutdown":
        error = CrawlFailed(
            "Aucune page n’a été reçue : le site ne répond pas ou robots.txt l’interdit.",
            "./lab status",
        )
    if error is not None:
        error.result = result  # type: ignore[union-attr]
        raise error


def last_words(log: Path) -> str:
    """Return the last line of the child's log."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "sans message"
