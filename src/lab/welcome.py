"""What the welcome notebook shows: the services' state and the student's progress, as pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from lab import catalogue, services
from lab.exercises import registry
from lab.exercises.result import COLOURS, WORDS, Status
from lab.exercises.session import progress as remembered
from lab.services import Status as Service
from lab.settings import Paths

# The states of lab.services, in French, with a colour readable on both JupyterLab themes.
STATES = {
    "healthy": ("répond", COLOURS[Status.RIGHT]),
    "starting": ("démarre", COLOURS[Status.WRONG]),
    "unhealthy": ("ne répond pas", COLOURS[Status.ERROR]),
    "failed": ("arrêté après une panne", COLOURS[Status.ERROR]),
    "stopped": ("n'est pas lancé", COLOURS[Status.TODO]),
}
SHOWN = (Status.RIGHT, Status.WRONG, Status.UNVERIFIED, Status.ERROR)  # left to right in a bar
WIDTH = 280  # pixels of a whole bar


@dataclass(frozen=True)
class Picture:
    """A picture for a notebook, and the same in words for a terminal or a screen reader."""

    html: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def state() -> Picture:
    """Return the services with their state, probed now.

    Raises EngineConflict when both engines run for this folder.
    """
    return draw_state(services.status(services.detect(Paths.find())))


def draw_state(rows: Iterable[Service]) -> Picture:
    """Return the picture of these services."""
    cells, lines = [], []
    for row in rows:
        service = catalogue.find(row.name)
        word, colour = STATES[row.state]
        lines.append(f"{service.title} : {word} ({row.product or service.role})")
        shown = (
            f'<span aria-hidden="true" style="color:{colour}">●</span> '
            f"<b>{escape(service.title)}</b>",
            f'<span style="color:{colour}">{escape(word)}</span>',
            escape(row.product),
            escape(service.role),
        )
        columns = "".join(f'<td style="text-align:left">{cell}</td>' for cell in shown)
        cells.append(f"<tr>{columns}</tr>")
    head = "".join(
        f'<th style="text-align:left">{title}</th>'
        for title in ("Service", "État", "Ce qui tourne", "À quoi il sert")
    )
    html = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(cells)}</tbody></table>"
    return Picture(html, "\n".join(lines))


def progress() -> Picture:
    """Return how many exercises of each chapter are done, from the memory of `check`."""
    return draw_progress(remembered())


def draw_progress(results: Mapping[str, Status]) -> Picture:
    """Return the picture of these results (exercise id to status), one bar per chapter."""
    cells, lines, done, whole = [], [], 0, 0
    for key, folder in registry.FOLDERS.items():
        exercises = registry.chapter(key)
        if not exercises:
            continue
        counts = dict.fromkeys(SHOWN, 0)
        for one in exercises:
            if (status := results.get(one.id)) in counts:
                counts[status] += 1
        right = counts[Status.RIGHT]
        done, whole = done + right, whole + len(exercises)
        lines.append(f"{folder} : {right} sur {len(exercises)}")
        cells.append(
            f'<tr><td style="text-align:left"><b>{folder}</b></td>'
            f"<td>{_bar(counts, len(exercises))}</td>"
            f'<td style="text-align:right">{right} / {len(exercises)}</td></tr>'
        )
    said = f"{done} exercices justes sur {whole}"
    html = f"<p><b>{said}</b></p><table>{''.join(cells)}</table><p>{_legend()}</p>"
    return Picture(html, "\n".join([said, *lines]))


def _bar(counts: Mapping[Status, int], total: int) -> str:
    """Return an SVG bar: one stretch per status, what is left to do in grey."""
    parts, x = [], 0.0
    for status, count in counts.items():
        width = WIDTH * count / total
        parts.append(
            f'<rect x="{x:.1f}" width="{width:.1f}" height="14" fill="{COLOURS[status]}">'
            f"<title>{WORDS[status]} : {count}</title></rect>"
        )
        x += width
    words = ", ".join(f"{WORDS[s]} : {n}" for s, n in counts.items() if n) or WORDS[Status.TODO]
    return (
        f'<svg width="{WIDTH}" height="14" role="img" aria-label="{escape(words)}">'
        f'<rect width="{WIDTH}" height="14" rx="3" fill="#9ca3af" fill-opacity="0.35"/>'
        f"{''.join(parts)}</svg>"
    )


def _legend() -> str:
    return " ".join(
        f'<span style="color:{COLOURS[status]}">■</span> {WORDS[status]} ' for status in SHOWN
    )
