"""Gather the progress lines of a crawl into one summary, in bounded memory.

The summary is the JSON twin of the HTML page; its fields are stable (``version`` says which
form this is), durations are seconds, sizes bytes, shares 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.errors import CrawlFailed, LabError, StoreUnavailable
from lab.scraping import coverage, redact
from lab.scraping.observations import KINDS, LATENCIES, PER_KIND
from lab.scraping.summary.alerts import alerts

VERSION = 1
LOG = 4000  # bytes of the log kept when a crawl failed
POINTS = 400  # of each series: beyond twice as many, every second one is dropped
FINISHED, INTERRUPTED, FAILED = "finished", "interrupted", "failed"
# Finish reasons that are a normal end.
NORMAL = frozenset({"finished", "closespider_pagecount"})
SHUTDOWN = "shutdown"  # Scrapy's reason after Ctrl-C
TOTALS = (
    *("pages", "items", "errors", "stored", "lost", "unavailable", "duplicates", "status"),
    *(
        "failures",
        "failed",
        "retries",
        "blocked",
        "dropped",
        "traps",
        "odd",
        "paused",
        "bytes",
        "cpu",
    ),
)
LISTED = frozenset(
    {"stored", "lost", "unavailable", "status", "failures", "dropped", "traps", "odd"}
)


@dataclass(frozen=True)
class Kept:
    """Where a report stands (None, "" when it could not be kept), and what it warns of."""

    path: Path | None
    url: str
    alerts: list[coverage.Alert]


class Recorder:
    """Takes each progress line of one crawl (of the whole crawl when several workers share it)."""

    def __init__(
        self,
        spider: str,
        arguments: Mapping[str, str] | None = None,
        pages: int = 0,
        workers: int = 1,
        now: datetime | None = None,
    ) -> None:
        self.spider, self.started = spider, now or datetime.now(UTC)
        self._asked = {
            "arguments": redact.arguments(arguments or {}),
            "asked_pages": pages,
            "workers": workers,
        }
        self.last: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}
        self._points: list[dict[str, Any]] = []
        self._step = 0.0  # seconds between two points that are kept
        self._examples: dict[str, list[list[str]]] = {}
        self._memory = 0

    def add(self, line: Mapping[str, Any]) -> None:
        """Take a line of `lab.scraping.progress`."""
        self.last = dict(line)
        self.facts = line.get("crawl") or self.facts
        self._memory = max(self._memory, line.get("memory") or 0)
        for kind, examples in line.get("examples", {}).items():
            if kind in self._examples or len(self._examples) < KINDS:
                kept = self._examples.setdefault(kind, [])
                kept += [one for one in examples if one not in kept]
                del kept[PER_KIND:]
        self._keep_point()

    def _keep_point(self) -> None:
        line, points = self.last, self._points
        if points and line["elapsed"] - points[-1]["elapsed"] < self._step and "reason" not in line:
            return
        points.append(
            {
                "elapsed": line["elapsed"],
                **{name: line.get(name) or 0 for name in ("pages", "items", "errors", "memory")},
                "queue": line.get("queue"),
                **{name: dict(line.get(name, {})) for name in ("lag", "pending")},
            }
        )
        if len(points) > 2 * POINTS:
            del points[1:-1:2]
            self._step = line["elapsed"] / POINTS

    @property
    def thresholds(self) -> dict[str, float]:
        """The project's LAB_COVERAGE: what cannot be read as a number is left out."""
        found = self.facts.get("settings", {}).get("LAB_COVERAGE") or {}
        return {
            name: float(value) for name, value in found.items() if isinstance(value, int | float)
        }

    def on_failure(
        self, folder: Path, environment: Mapping[str, Any], log: Path | None = None
    ) -> KeptOnFailure:
        """Return a context that makes the report when the crawl in it fails."""
        return KeptOnFailure(self, folder, environment, log)

    @property
    def worth_keeping(self) -> bool:
        """Was there a crawl at all (a page was received)?"""
        return bool(self.last.get("pages"))

    def keep(
        self,
        folder: Path,
        environment: Mapping[str, Any],
        error: str = "",
        log: Path | None = None,
    ) -> Kept:
        """Make the report, keep it in `folder` and in the bucket; return where, and the alerts.

        `environment` is the environment contract: where S3 is, and the secrets that may show
        nowhere. Raises nothing for a disk or a store that fails.
        """
        from lab.scraping.summary import page, shelf  # heavy: only when a crawl has ended

        place = shelf.Shelf(folder, self.spider, environment)
        if "s3" not in self.facts.get("settings", {}).get("LAB_STORES", ()):
            place.has_s3 = False
        reference = place.reference()
        found = alerts(self.last, self.thresholds, reference)
        secrets = redact.secrets_of(environment)
        words = tail(log) if log else ""
        summary = redact.scrub(self.summary(found, error, words), secrets)
        after = coverage.next_reference(self.last.get("coverage", {}), found, reference)
        path, url = place.keep(self.started, page.render(summary), summary, after)
        return Kept(path, url, found)

    def summary(
        self,
        found: list[coverage.Alert],
        error: str = "",
        log: str = "",
        ended: datetime | None = None,
    ) -> dict[str, Any]:
        """Return everything that is known of the crawl; `error` is why it failed, if it did."""
        end = ended or datetime.now(UTC)
        counts = self.last.get("coverage", {})
        reason = self.last.get("reason", "")
        return {
            "version": VERSION,
            "spider": self.spider,
            **self._asked,
            "started": self.started.isoformat(timespec="seconds"),
            "ended": end.isoformat(timespec="seconds"),
            "seconds": round((end - self.started).total_seconds(), 2),
            "reason": reason,
            "outcome": outcome(reason, error),
            "error": error,
            **{n: self.last.get(n) or ({} if n in LISTED else 0) for n in TOTALS},
            "memory": self._memory,
            "latency": latency(self.last.get("latency") or []),
            "coverage": counts,
            "shares": coverage.shares(counts),
            "warnings": [one.as_dict() for one in found],
            "series": self._series(),
            "examples": self._examples,
            "settings": self.facts.get("settings", {}),
            "versions": self.facts.get("versions", {}),
            "log": log,
        }

    def _series(self) -> dict[str, Any]:
        points = self._points
        names = ("elapsed", "pages", "items", "errors", "memory", "queue")
        stores = list(self.last.get("stored", {}))
        return {
            **{name: [one[name] for one in points] for name in names},
            **{
                name: {store: [one[name].get(store, 0) for one in points] for store in stores}
                for name in ("lag", "pending")
            },
        }


@dataclass(frozen=True)
class KeptOnFailure:
    """Makes the report of a crawl that raised, and hangs its path on the error (`report`).

    The error goes its way. Without any page, only a crawl's own failure is worth a report: not
    a name that does not exist, nor what a spider asks of its user.
    """

    record: Recorder
    folder: Path
    environment: Mapping[str, Any]
    log: Path | None

    def __enter__(self) -> KeptOnFailure:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, CrawlFailed | StoreUnavailable) or (
            isinstance(error, LabError) and self.record.worth_keeping
        ):
            kept = self.record.keep(self.folder, self.environment, error.message, self.log)
            error.report = kept.path  # type: ignore[attr-defined]


def tail(log: Path) -> str:
    """Return the end of a log, its secrets not yet hidden; "" without one."""
    try:
        with log.open("rb") as file:
            start = max(0, log.stat().st_size - LOG)
            file.seek(start)
            text = file.read().decode(errors="replace")
            # Whole lines only: half a secret would not be recognised.
            return text.partition("\n")[2] if start else text
    except OSError:
        return ""


def outcome(reason: str, error: str) -> str:
    """Tell how the crawl ended: finished, interrupted (Ctrl-C) or failed."""
    if reason == SHUTDOWN or (not reason and "Interrompu" in error):
        return INTERRUPTED
    return FAILED if error or reason not in NORMAL else FINISHED


def latency(counts: list[int]) -> dict[str, Any]:
    """Return the histogram of the downloads with its median and two quantiles, in seconds.

    A quantile is the upper bound of its class: the truth is at most that.
    """
    whole = sum(counts)
    found: dict[str, Any] = {"bounds": list(LATENCIES), "counts": counts}
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
        found[name] = None
        reached = 0
        for bound, count in zip((*LATENCIES, LATENCIES[-1]), counts, strict=False):
            reached += count
            if whole and reached >= share * whole:
                found[name] = bound
                break
    return found
