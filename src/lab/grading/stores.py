"""The servers of one student, inside their sandbox.

python -m lab.grading.stores serve      start them, print the contract, run until killed
python -m lab.grading.stores fill       start them, crawl the practice web, stop: the template
"""

from __future__ import annotations

import contextlib
import json
import sys
import time

import psutil

from lab import catalogue, services
from lab.runtimes.local import LocalRuntime
from lab.runtimes.local.state import State
from lab.settings import Paths

NAMES = (*catalogue.STORES, "practice")
ROUND = 0.5  # seconds between two looks at the servers
SIGNS = {"redis-server": "Redis", "secantus": "MongoDB", "search_gateway": "Elasticsearch",
         "weed": "S3", "lab.practice": "le web d'entraînement"}  # fmt: skip
FIRST_CRAWL = ("gazette", "boutique")


def main(words: list[str]) -> None:
    """Serve, or fill."""
    paths = Paths.find()
    runtime = LocalRuntime(paths)
    services.prepare(paths)
    runtime.start([one.name for one in catalogue.ordered(NAMES)], _quiet)
    services.wait(runtime, NAMES, 120.0, lambda rows: None)
    if words == ["fill"]:
        _fill(runtime, paths)
        runtime.stop(_quiet)
        return
    print(json.dumps(services.environment(runtime, paths)), flush=True)
    _watch(paths)


def _watch(paths: Paths) -> None:
    """Tell each server that ends: another program could then answer in its place.

    The house kills this sandbox when all is done.
    """
    supervisor = psutil.Process(State.read(paths).pid)
    alive = {one: " ".join(one.cmdline())[:200] for one in supervisor.children()}
    while True:
        time.sleep(ROUND)
        for one in [one for one in alive if not _lives(one)]:
            words = alive.pop(one)
            name = next((title for sign, title in SIGNS.items() if sign in words), "un service")
            print(json.dumps({"event": "died", "name": name}), flush=True)


def _lives(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _fill(runtime: LocalRuntime, paths: Paths) -> None:
    from lab import crawls

    environment = crawls.prepare(runtime, paths)
    for spider in FIRST_CRAWL:
        crawls.crawl(paths, environment, spider, {}, 0, lambda line: None)


def _quiet(words: str) -> None:
    """Nobody watches the screen of a sandbox."""


if __name__ == "__main__":
    main(sys.argv[1:])
