"""The servers of one student, inside their sandbox.

    python -m lab.grading.stores serve      start them, print the contract, run until killed
    python -m lab.grading.stores fill       start them, crawl the practice web, stop: the template
"""

from __future__ import annotations

import json
import sys

from lab import catalogue, services
from lab.runtimes.local import LocalRuntime
from lab.settings import Paths

NAMES = (*catalogue.STORES, "practice")
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
    sys.stdin.read()  # the house holds the other end; it kills this sandbox when all is done


def _fill(runtime: LocalRuntime, paths: Paths) -> None:
    from lab import crawls

    environment = crawls.prepare(runtime, paths)
    for spider in FIRST_CRAWL:
        crawls.crawl(paths, environment, spider, {}, 0, lambda line: None)


def _quiet(words: str) -> None:
    """Nobody watches the screen of a sandbox."""


if __name__ == "__main__":
    main(sys.argv[1:])
