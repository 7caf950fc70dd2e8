"""One crawl by several workers: their progress lines made into one of the same form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lab.scraping import coverage
from lab.scraping.config import UNAVAILABLE

Line = dict[str, Any]
SUMS = ("pages", "items", "errors", "in_flight", "failed", "retries", "blocked", "paused")
VOLUMES = ("bytes", "memory", "cpu")
BY_NAME = ("stored", "pending", "status", "failures", "dropped", "traps", "odd")


class Together:
    """The latest line of each worker, and their sum.

    ``workers`` is the number of those whose last line has no `reason`; `memory` is the sum over
    them. A worker that was killed and replaced keeps what it counted, under its own key: call
    `gone` so that its memory, queue and requests in flight are forgotten.
    """

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._gone: set[str] = set()

    def add(self, worker: str, line: Mapping[str, Any]) -> Line:
        """Take a worker's new line; return the line of the whole crawl."""
        self._lines[worker] = dict(line)
        merged = self.line()
        for name in ("examples", "crawl"):
            if name in line:
                merged[name] = line[name]
        return merged

    def gone(self, worker: str) -> None:
        """This worker died: what it had counted stays, what it was doing does not."""
        self._gone.add(worker)

    def line(self) -> Line:
        """Return the line of the whole crawl at this moment."""
        lines = list(self._lines.values())
        alive = [
            line
            for worker, line in self._lines.items()
            if worker not in self._gone and "reason" not in line
        ]
        merged: Line = {name: total(lines, name) for name in SUMS}
        merged |= {name: total(lines, name) for name in VOLUMES}
        merged |= {name: added(lines, name) for name in BY_NAME}
        merged["in_flight"] = total(alive, "in_flight")
        merged["memory"] = total(alive, "memory")
        merged["pending"] = added(
            [line for worker, line in self._lines.items() if worker not in self._gone], "pending"
        )
        merged["elapsed"] = max((line.get("elapsed", 0.0) for line in lines), default=0.0)
        merged["lag"] = highest(alive, "lag")
        # The queue is one for all (the shared frontier): its freshest size, not a sum.
        queues = [line["queue"] for line in alive if line.get("queue") is not None]
        merged["queue"] = max(queues, default=None)
        histograms = [line["latency"] for line in lines if line.get("latency")]
        merged["latency"] = [sum(column) for column in zip(*histograms, strict=True)]
        merged["coverage"] = coverage.merge(line.get("coverage", {}) for line in lines)
        merged["workers"] = len(alive)
        return merged

    def last(self, reason: str = "") -> Line:
        """Return the line that ends the crawl.

        Without a `reason`: the worst of the workers' own (a store that stayed down, then
        anything but ``finished``), or "" when a worker died without giving one.
        """
        lines = list(self._lines.values())
        merged = self.line()
        given = [line.get("reason", "") for line in lines]
        unusual = [one for one in given if one != "finished"]
        worst = UNAVAILABLE if UNAVAILABLE in given else (unusual or given or [""])[0]
        merged["reason"] = reason or worst
        merged["duplicates"] = total(lines, "duplicates")
        merged["lost"] = {store: count for store, count in added(lines, "lost").items() if count}
        merged["unavailable"] = {
            store: error for line in lines for store, error in line.get("unavailable", {}).items()
        }
        return merged


def total(lines: Iterable[Line], name: str) -> Any:
    """Add up a number."""
    return sum(line.get(name) or 0 for line in lines)


def added(lines: Iterable[Line], name: str) -> dict[str, int]:
    """Add up numbers by name."""
    found: dict[str, int] = {}
    for line in lines:
        for key, value in line.get(name, {}).items():
            found[key] = found.get(key, 0) + value
    return found


def highest(lines: Iterable[Line], name: str) -> dict[str, float]:
    """Return the greatest number of each name."""
    found: dict[str, float] = {}
    for line in lines:
        for key, value in line.get(name, {}).items():
            found[key] = max(found.get(key, 0.0), value)
    return found
