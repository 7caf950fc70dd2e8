"""Workers and Redis killed -9 at random moments: nothing lost, nothing twice in the stores."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from scraping.conftest import PROJECT
from scraping.servers import wait_until

from lab.errors import CrawlFailed
from lab.scraping.frontier.workers import crawl_name

from .conftest import ARTICLES, FOUR, IDS, Web

SLOWLY = {"CONCURRENT_REQUESTS": 2, "LAB_BATCH_SIZE": 10, "LAB_ARCHIVE_BATCH": 20}
PAUSE = 0.02  # seconds that each page takes, so that a death falls in the middle


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    """Return the living crawl processes started by `process`."""
    found = []
    for child in process.children(recursive=True):
        try:
            if "crawl" in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


class Killer:
    """An `on_progress` that kills a random worker each time so many more pages were done."""

    def __init__(self, every: int, times: int) -> None:
        self.every, self.left, self.next, self.kills = every, times, every, 0

    def __call__(self, line: dict[str, Any]) -> None:
        if self.left and line["pages"] >= self.next:
            victims = workers_of(psutil.Process())
            if victims:
                random.choice(victims).kill()
                self.kills += 1
                self.left -= 1
            self.next = line["pages"] + self.every


def test_a_dead_worker_is_replaced_and_nothing_is_lost(together, web, content):
    web.reset(pause=PAUSE)
    killer = Killer(every=20, times=3)
    result = together(2, on_progress=killer, **FOUR, **SLOWLY)
    assert killer.kills == 3, "les morts ne sont pas tombées pendant la collecte"
    assert result.reason == "finished"
    assert result.items == ARTICLES
    assert result.stored == dict.fromkeys(("mongo", "elasticsearch", "redis", "s3"), ARTICLES)
    content.check("gazette", "articles", IDS)
    # Only what was in the dead workers' hands was asked for again: a commit's worth of pages.
    again = sum(count - 1 for count in web.times().values())
    assert again <= result.pages / 2
    assert max(web.times().values()) <= 1 + killer.kills


class Session:
    """`crawl_together` in a process of its own, as `lab crawl` is, that can be killed."""

    def __init__(self, settings: dict[str, Any], folder: Path, workers: int = 2) -> None:
        script = folder / "appel.py"
        script.write_text(
            "import json, sys\n"
            "from pathlib import Path\n"
            "from lab.scraping.frontier.workers import crawl_together\n"
            "settings = json.loads(sys.argv[1])\n"
            "def show(line):\n"
            "    print(json.dumps({'pages': line['pages']}), flush=True)\n"
            f"result = crawl_together('gazette', {{}}, 0, settings, Path({str(PROJECT)!r}),\n"
            f"                        {workers}, show)\n"
            "print(json.dumps({**result.as_dict(), 'reason': result.reason}), flush=True)\n"
        )
        self.process = subprocess.Popen(
            [sys.executable, str(script), json.dumps(settings)],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.lines: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def pages(self) -> int:
        return self.lines[-1]["pages"] if self.lines else 0

    def kill(self) -> None:
        """Kill the parent first, so that it replaces nobody, then every worker."""
        family = workers_of(psutil.Process(self.process.pid))
        self.process.kill()
        for worker in family:
            worker.kill()
        psutil.wait_procs(family, 10)
        self.end()

    def end(self) -> int:
        code = self.process.wait(60)
        self._reader.join(10)
        self.process.stdout.close()
        return code


def kill_and_resume(settings: dict[str, Any], folder: Path, web: Web, times: int) -> int:
    """Kill everything `times` times at random moments, then let a last crawl end; its pages."""
    for _ in range(times):
        asked = web.times().total()
        session = Session(settings, folder)
        try:
            wanted = asked + random.randrange(5, 20)
            wait_until(lambda wanted=wanted: web.times().total() >= wanted, 60, "des pages")
        finally:
            session.kill()
    session = Session(settings, folder)
    assert session.end() == 0
    last = session.lines[-1]
    assert last["reason"] == "finished"
    return last["pages"]


@pytest.mark.parametrize("times", [2, pytest.param(10, marks=pytest.mark.long)])
def test_everything_killed_then_resumed(settings, tmp_path, web, content, times):
    web.reset(pause=PAUSE)
    settings |= {**FOUR, **SLOWLY, "LAB_FRONTIER_LEASE": 2}
    pages = kill_and_resume(settings, tmp_path, web, times)
    assert pages < web.times().total(), "la reprise a tout refait"
    content.check("gazette", "articles", IDS)
    assert not content.redis.hlen(frontier_key(settings, "poison"))


def frontier_key(settings: dict[str, Any], name: str) -> str:
    return f"lab:gazette:frontier:{crawl_name({}, 0, settings)}:{name}"


def once(pages: int, action: Callable[[], None]) -> Callable[[dict[str, Any]], None]:
    done: list[int] = []

    def on_progress(line: dict[str, Any]) -> None:
        if not done and line["pages"] >= pages:
            done.append(line["pages"])
            action()

    return on_progress


def test_redis_killed_and_back(together, web, content, stores):
    web.reset(pause=PAUSE)
    timers: list[threading.Timer] = []

    def strike() -> None:
        stores["redis"].kill()
        timers.append(threading.Timer(2, stores["redis"].start))
        timers[0].start()

    try:
        result = together(2, on_progress=once(30, strike), **SLOWLY)
    finally:
        for timer in timers:
            timer.join()
    assert timers, "la panne n’est pas tombée pendant la collecte"
    assert result.reason == "finished"
    assert result.items == ARTICLES
    assert content.seen("gazette") == IDS
    assert set(web.times().values()) == {1}


def test_a_redis_that_forgot_everything_is_noticed(together, web, content):
    web.reset(pause=PAUSE)
    forget = once(30, content.redis.flushdb)
    with pytest.raises(CrawlFailed, match="a perdu la file d’attente"):
        together(2, on_progress=forget, **SLOWLY)
    assert web.times().total() < ARTICLES


def test_ctrl_c_then_the_same_command_resumes(settings, tmp_path, web, content):
    web.reset(pause=PAUSE)
    settings |= {**FOUR, **SLOWLY}
    session = Session(settings, tmp_path)
    wait_until(lambda: session.pages() >= 20, 60, "des pages")
    session.process.send_signal(signal.SIGINT)
    assert session.end() == 0
    last = session.lines[-1]
    assert last["reason"] == "shutdown"
    assert 0 < last["items"] < ARTICLES
    assert set(last["stored"].values()) == {last["items"]}
    assert content.seen("gazette") == set(content.documents("articles"))
    session = Session(settings, tmp_path)
    assert session.end() == 0
    assert session.lines[-1]["reason"] == "finished"
    content.check("gazette", "articles", IDS)
    assert set(web.times().values()) == {1}  # a clean stop repeats nothing
    assert len(content.archived("gazette")) == ARTICLES


def test_a_worker_that_comes_too_late_does_nothing(settings, together, web, content):
    together(1)
    name = crawl_name({}, 0, settings)
    environment = {**os.environ, **{k: str(v) for k, v in settings.items()}}
    web.reset()
    options = {"LAB_FRONTIER": 1, "LAB_FRONTIER_NAME": name, "LAB_STORES": "redis"}
    options["LAB_DEAD_LETTERS"] = settings["LAB_DEAD_LETTERS"]
    command = [sys.executable, "-m", "scrapy", "crawl", "gazette"]
    for key, value in options.items():
        command += ["-s", f"{key}={value}"]
    began = time.monotonic()
    subprocess.run(command, cwd=PROJECT, env=environment, check=True, capture_output=True)
    assert time.monotonic() - began < 30
    assert web.times().total() == 0
