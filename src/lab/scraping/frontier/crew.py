"""The worker processes of one crawl on this machine: started, watched, replaced, ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.scraping import complaints
from lab.scraping.runner import IMPATIENT, LAST_WAIT, TICK, Tail
from lab.scraping.together import Together

RESTARTS = 3  # times that one worker may be replaced
# Several processes write to one log: say which.
LOG_FORMAT = "%(asctime)s [%(process)d] [%(name)s] %(levelname)s: %(message)s"


@dataclass
class Worker:
    """One process; `name` is its name in the frontier."""

    name: str
    place: int
    progress: Path
    tail: Tail
    process: subprocess.Popen[bytes]
    line: Mapping[str, Any]


class Crew:
    """Keeps `size` workers alive until they end by themselves.

    A worker that dies (killed, out of memory) is replaced at most `RESTARTS` times; `on_death` is
    told its name first, so that its pages go back at once. One that refuses to start is not.
    """

    def __init__(
        self,
        command: Callable[[str, Path], list[str]],
        folder: Path,
        environment: Mapping[str, str],
        scratch: Path,
        log: Path,
        on_line: Callable[[dict[str, Any]], None] | None,
        on_death: Callable[[str], None],
    ) -> None:
        self._command, self._folder, self._environment = command, folder, dict(environment)
        self._scratch, self._on_line, self._on_death = scratch, on_line, on_death
        self._log = log.open("ab")
        self._alive: list[Worker] = []
        self._restarts: dict[int, int] = {}
        self._started = 0
        self.together = Together()
        self.interrupts = self.deaths = 0
        self.code = 0  # of the last worker that ended badly
        self._begun = False  # some worker has shown progress
        self.complaint: LabError | None = None

    def run(self, size: int) -> None:
        """Run to the end of the last worker; Ctrl-C asks each of them once to finish cleanly."""
        try:
            for place in range(size):
                self._start(place)
            while self._alive:
                try:
                    self._look()
                    time.sleep(TICK)
                except KeyboardInterrupt:
                    self.interrupts += 1
                    if self.interrupts == 1:
                        self._ask_to_stop()
                    elif self.interrupts == IMPATIENT:
                        self._kill()
        finally:
            self._end()
            self._log.close()

    def _start(self, place: int) -> None:
        self._started += 1
        name = f"{self._scratch.name}-{self._started}"
        progress = self._scratch / f"{self._started}.jsonl"
        # Its own session: see `lab.scraping.runner.run`.
        process = subprocess.Popen(
            self._command(name, progress),
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._alive.append(Worker(name, place, progress, Tail(progress), process, {}))

    def _look(self) -> None:
        for worker in list(self._alive):
            code = worker.process.poll()
            for line in worker.tail.read():
                worker.line, self._begun = line, True
                merged = self.together.add(worker.name, line)
                if self._on_line is not None:
                    self._on_line(merged)
            if code is not None:
                self._alive.remove(worker)
                self._ended(worker, code)

    def _ended(self, worker: Worker, code: int) -> None:
        if code == 0 and worker.line.get("reason"):
            return
        # Asked to stop while Python was still importing Scrapy: it had not begun.
        stillborn = bool(self.interrupts) and not worker.line
        if not (stillborn and self._begun):  # the others end the crawl as they should
            self.code = code or 1
        self.complaint = self.complaint or complaints.read(worker.progress)
        self.together.gone(worker.name)
        if self.complaint is not None:
            self._ask_to_stop()
            return
        self.deaths += not stillborn
        self._on_death(worker.name)
        restarts = self._restarts.get(worker.place, 0)
        began = bool(worker.line) or code < 0
        if began and not self.interrupts and restarts < RESTARTS:
            self._restarts[worker.place] = restarts + 1
            self._start(worker.place)

    def _ask_to_stop(self) -> None:
        for worker in self._alive:
            worker.process.send_signal(signal.SIGINT)

    def _kill(self) -> None:
        for worker in self._alive:
            worker.process.kill()

    def _end(self) -> None:
        """Leave no process behind (`on_line` raised): first by asking, then by force."""
        if self._alive and not self.interrupts:
            self._ask_to_stop()
        deadline = time.monotonic() + LAST_WAIT
        for worker in self._alive:
            try:
                worker.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()


def scrapy_command(
    spider: str, arguments: Mapping[str, str], options: Mapping[str, str]
) -> list[str]:
    """Return the command line of ``scrapy crawl``."""
    command = [sys.executable, "-m", "scrapy", "crawl", spider]
    for name, value in arguments.items():
        command += ["-a", f"{name}={value}"]
    for name, value in options.items():
        command += ["-s", f"{name}={value}"]
    return command
