"""Draw a summary as one HTML page that needs nothing else: no network, no script, no font."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from lab.scraping.coverage import OURS, percent
from lab.scraping.summary import charts, wording


@cache
def _environment() -> Environment:
    # Everything a crawl brought back is hostile until escaped; only our own SVG is not.
    environment = Environment(
        loader=PackageLoader("lab.scraping.summary"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": wording.number,
        "duration": wording.duration,
        "size": wording.size,
        "rate": wording.rate,
        "reason": wording.reason,
        "moment": wording.moment,
        "percent": percent,
        "shown": shown,
    }
    return environment


def render(summary: Mapping[str, Any]) -> str:
    """Return the page of a summary (see `recorder`), under 500 kB."""
    seconds = summary["series"]["elapsed"][-1] if summary["series"]["elapsed"] else 0.0
    return (
        _environment()
        .get_template("bilan.html")
        .render(
            s=summary,
            outcome=wording.OUTCOMES[summary["outcome"]],
            why=wording.REASONS.get(summary["reason"], summary["reason"]),
            seconds=seconds,
            drawn=drawings(summary),
            coverage=coverage_rows(summary),
            answers=answers(summary),
            log=summary["log"],
        )
    )


def drawings(summary: Mapping[str, Any]) -> dict[str, str]:
    """Return the charts, as SVG."""
    series, latency = summary["series"], summary["latency"]
    return {
        "throughput": charts.throughput(series),
        "latency": charts.histogram(latency["bounds"], latency["counts"]),
        "lag": charts.lag(series),
        "memory": charts.memory(series),
        "queue": charts.over_time(series, "queue", wording.number),
    }


def answers(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row per status code, failure and trap: how many, and which share of all."""
    rows = [(status(code), n, code[0] in "45") for code, n in sorted(summary["status"].items())]
    rows += [(f"sans réponse : {name}", n, True) for name, n in summary["failures"].items()]
    rows += [(wording.trap(name), n, True) for name, n in summary["traps"].items()]
    rows += [(wording.trap(name), n, name != "charset") for name, n in summary["odd"].items()]
    whole = sum(summary["status"].values()) + sum(summary["failures"].values())
    return [
        {
            "name": name,
            "count": count,
            "share": min(1.0, count / whole) if whole else 0.0,
            "bad": bad,
        }
        for name, count, bad in rows
    ]


def coverage_rows(summary: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return, for each collection, one row per field: its count, share, and warning if any."""
    said = {(one["collection"], one["field"]): one for one in summary["warnings"]}
    return {
        name: [
            {
                "field": field,
                "count": counts["fields"][field],
                "share": counts["fields"][field] / counts["items"],
                "warning": said.get((name, field)),
            }
            for field in counts["fields"]
            if field not in OURS
        ]
        for name, counts in summary["coverage"].items()
        if counts["items"]
    }


def status(code: str) -> str:
    """404 → ``404 Not Found``; an unknown code stays alone."""
    try:
        return f"{code} {HTTPStatus(int(code)).phrase}"
    except ValueError:
        return code


def shown(value: Any) -> str:
    """A setting as a reader expects it."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} : {one}" for name, one in value.items()) or "—"
    return str(value)
