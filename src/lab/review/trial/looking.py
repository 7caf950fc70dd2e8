"""Start a project, wait, look at its pages, its stores and its services."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lab.review.model import quote
from lab.review.outcome import Page, Ran, Stock, Trial
from lab.review.trial import asking, logs, safe, settling
from lab.review.trial.engine import Stopped
from lab.review.trial.stage import START_LOG, Running

if TYPE_CHECKING:
    from docker.models.containers import Container

PAGE_SECONDS = 40.0
CRAWL_SECONDS = 60.0
STILL = 4.0  # seconds without a new document after which a crawl is over


def look(run: Running, made: safe.Safe) -> Trial:
    """Start the stores and count, start the rest, wait, look, count again."""
    run.say("démarrage")
    words = ("up", "--detach", "--no-build", "--wait", "--wait-timeout")
    first = [safe.HELPER, *made.stores]
    run.compose(*words, str(int(max(5, run.left * 0.4))), *first, log=START_LOG)
    containers = run.setting.engine.containers(run.project)
    _check_helper(containers, run.tail(START_LOG))
    before = _counted(run, containers)
    run.compose(*words, str(int(max(5, run.left * 0.5))), log=START_LOG)
    containers = run.setting.engine.containers(run.project)
    if missing := made.model["services"].keys() - containers.keys():
        said = logs.last_words(run.tail(START_LOG))
        return Trial("stopped", f"Docker n'a pas pu créer {', '.join(sorted(missing))} : {said}.")
    run.say("attente des services")
    settling.wait(run.setting.engine, run.project, run.deadline, run.halt)
    containers = run.setting.engine.containers(run.project)
    _crawled(run, containers)
    run.say("lecture des pages")
    found = _pages(run, containers)
    after = _counted(run, containers)
    return Trial(
        "ran",
        "Le projet a été lancé.",
        services=tuple(services(run)),
        pages=tuple(found),
        stores=tuple(_stocks(made, before, after)),
    )


def _crawled(run: Running, containers: Mapping[str, Container]) -> None:
    """Wait while documents arrive, for CRAWL_SECONDS at most: some crawls never end."""
    end = min(time.monotonic() + CRAWL_SECONDS, run.deadline - PAGE_SECONDS)
    last = _counted(run, containers)
    while last and time.monotonic() < end:
        run.halt.wait(STILL)
        now = _counted(run, containers)
        if now == last:
            return
        last = now


def _check_helper(containers: Mapping[str, Container], log: str) -> None:
    """Nothing can be said without our own container: that is no fault of the project's."""
    helper = containers.get(safe.HELPER)
    if helper is None or helper.status != "running":
        raise Stopped(f"le laboratoire n'a pas pu démarrer son conteneur ({logs.last_words(log)})")


def _kinds(run: Running) -> Mapping[str, str]:
    return run.made.stores if run.made else {}


def _counted(run: Running, containers: Mapping[str, Container]) -> dict[str, asking.Held]:
    helper = containers.get(safe.HELPER)
    if helper is None or run.made is None:
        return {}
    declared = run.made.model["services"]
    return asking.stores(run.setting.engine, declared, _kinds(run), containers, helper)


def _pages(run: Running, containers: Mapping[str, Container]) -> list[Page]:
    helper = containers.get(safe.HELPER)
    if helper is None or run.made is None:
        return []
    alive = {
        name: one
        for name, one in run.made.model["services"].items()
        if name != safe.HELPER and containers[name].status == "running"
    }
    engine = run.setting.engine
    said, guessed = asking.candidates(engine, alive, _kinds(run), run.made.ports)
    found = asking.pages(engine, helper, said, max(5.0, min(PAGE_SECONDS, run.left)))
    if not any(one.status for one in found):  # of guesses, only what answers is worth saying
        tried = asking.pages(engine, helper, guessed, max(5.0, min(PAGE_SECONDS, run.left)))
        found += [one for one in tried if one.status]
    return found


def services(run: Running) -> list[Ran]:
    """The state of every service, its log kept; nothing when none was started."""
    made = run.made
    if made is None:
        return []
    containers = run.setting.engine.containers(run.project)
    names = [name for name in made.model["services"] if name != safe.HELPER]
    own = settling.own_names(names)
    return [
        settling.ended(
            name,
            containers.get(name),
            run.logs / f"{_file_name(name)}.txt",
            own,
            {"store": made.stores.get(name), "built": made.model["services"][name].get("build")},
        )
        for name in names
    ]


def _file_name(service: str) -> str:
    return "service-" + "".join(char if char.isalnum() or char in "-_" else "-" for char in service)


def _stocks(
    made: safe.Safe, before: Mapping[str, asking.Held], after: Mapping[str, asking.Held]
) -> list[Stock]:
    found = []
    for name, kind in made.stores.items():
        old, new = before.get(name), after.get(name)
        held = sorted((new or {}).items(), key=lambda one: -one[1])
        detail = ", ".join(f"{quote(key)} : {count}" for key, count in held[:5])
        total = None if new is None else sum(new.values())
        found.append(Stock(name, kind, sum(old.values()) if old else 0, total, quote(detail)))
    return found
