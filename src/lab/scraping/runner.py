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

from lab.errors import CrawlFailed, StoreUnavailable
from lab.scraping import complaints
from lab.scraping.config import CONTRACT, STORES, UNAVAILABLE
from lab.scraping.listing import check_name

Progress = Callable[[dict[str, Any]], None]
TICK = 0.1  # seconds between two looks at the progress file
AFTERWARDS = (-signal.SIGINT, 128 + signal.SIGINT)  # exit codes of a Ctrl-C after the last write
IMPATIENT = 3  # the Ctrl-C that no longer waits for the stores
PLAIN = ("LAB_", "LOG_", "DOWNLOAD_", "CONCURRENT_")
LAST_WAIT = 30.0  # seconds left to a crawl whose caller failed
REPLAY = "./lab crawl --replay"


class Option(str):
    """A Scrapy setting that the user typed: it goes on the command line whatever its name."""

    __slots__ = ()


@dataclass(frozen=True)
class CrawlResult:
    """How a crawl ended. `stored[x]`: distinct items of this crawl confirmed in store x;
    `lost[x]`: those that neither the store nor the dead letters could take (a full disk).
    `alerts`, `report`, `report_url`: see `lab.crawls`, which makes the report."""

    spider: str
    pages: int = 0
    items: int = 0
    seconds: float = 0.0
    stored: Mapping[str, int] = field(default_factory=dict)
    errors: int = 0
    reason: str = ""
    unavailable: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    alerts: tuple[str, ...] = ()
    report: Path | None = None
    report_url: str = ""

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
    `on_progress` gets each line of `lab.scraping.progress` as a dict. Ctrl-C asks the crawl to
    finish cleanly and waits for it.

    Raises UnknownName, StoreUnavailable and CrawlFailed; the last two carry the partial report
    in their attribute `result`. A LabError raised by the spider is raised here again.
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
        result = result_of(spider, last, time.monotonic() - start)
        if interrupted and code in AFTERWARDS and result.reason == "finished":
            code = 0  # everything was stored: the Ctrl-C met a process about to end
        if interrupted and (code or not result.reason):
            raise CrawlFailed(
                "Interrompu avant que la collecte ait pu finir proprement.",
                f"./lab crawl {spider}",
                exit_code=130,
            )
        if complaint := complaints.read(progress):
            raise complaint
        if not last:
            check_name(spider, project_dir, environment)
        judge(result, code, log)
        return result


def result_of(spider: str, line: Mapping[str, Any], seconds: float) -> CrawlResult:
    """Return what the last progress line of a crawl says of it."""
    return CrawlResult(
        spider=spider,
        pages=line.get("pages", 0),
        items=line.get("items", 0),
        seconds=round(seconds, 2),
        stored=line.get("stored", {}),
        errors=line.get("errors", 0),
        reason=line.get("reason", ""),
        unavailable=line.get("unavailable", {}),
        lost=line.get("lost", {}),
    )


def split(settings: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Separate what goes into the child's environment from what goes on its command line.

    Only names that a Scrapy project reads as plain options may be seen by `ps`, and what the
    user typed himself (`Option`).
    """
    shown = {
        name: ",".join(value) if isinstance(value, list | tuple) else str(value)
        for name, value in settings.items()
        if isinstance(value, Option) or (name.startswith(PLAIN) and name not in CONTRACT)
    }
    hidden = {name: str(value) for name, value in settings.items() if name not in shown}
    return {**os.environ, **hidden}, shown


class Tail:
    """Reads the complete lines added to a progress file."""

    def __init__(self, path: Path, on_progress: Progress | None = None) -> None:
        self._path, self._on_progress, self._offset = path, on_progress, 0

    @property
    def begun(self) -> bool:
        """Has the crawl begun? Its spider writes a first line when it opens."""
        return self._path.exists()

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
                    # While Scrapy is being imported nothing has begun, and an import that
                    # catches everything would swallow the signal.
                    child.send_signal(signal.SIGINT if tail.begun else signal.SIGKILL)
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
        if complaint := complaints.in_log(last_words(log, lines=2)):
            raise complaint
        error = CrawlFailed(
            f"La collecte s’est interrompue (code {code}) : {last_words(log)}",
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


def last_words(log: Path, lines: int = 1) -> str:
    """Return the last lines of the child's log."""
    written = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return "\n".join(line[:300] for line in written[-lines:]) or "sans message"
