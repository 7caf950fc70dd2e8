"""The two charts of a class, as SVG that stands alone (pygal)."""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pygal  # type: ignore[import-untyped]
from pygal.style import Style  # type: ignore[import-untyped]

from lab.review.grid import Grid, Mark
from lab.review.model import LEVELS

# pygal 3.1 leaves a finder of plugins behind that every failed import of this process would meet.
sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != "pygal"]

_LEFT_OUT = re.compile(
    r"<script.*?</script>|<!--.*?-->| xmlns(?::\w+)?=\"[^\"]*\"|<title>Pygal</title>", re.DOTALL
)


def _style(colors: Sequence[str]) -> Any:
    return Style(
        background="transparent",
        plot_background="transparent",
        foreground="var(--ink)",
        foreground_strong="var(--ink)",
        foreground_subtle="var(--line)",
        guide_stroke_color="var(--line)",
        major_guide_stroke_color="var(--line)",
        guide_stroke_dasharray="none",
        major_guide_stroke_dasharray="none",
        colors=tuple(colors),
        font_family="inherit",
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=13,
        value_font_size=13,
        opacity="1",
        transition="0s",
    )


def _drawn(chart: Any) -> str:
    return _LEFT_OUT.sub("", str(chart.render(is_unicode=True)))


COMMON = {
    "js": (),
    "disable_xml_declaration": True,
    "explicit_size": False,
    "margin": 8,
    "truncate_label": -1,
    "truncate_legend": -1,
}


def marks(grid: Grid, found: Sequence[Mark]) -> str:
    """How many projects in each range of two points; a range of marks counts at its middle."""
    step = max(1, round(grid.points / 10))
    bins = math.ceil(grid.points / step)
    counts = Counter(min(bins - 1, int((one.low + one.high) / 2 // step)) for one in found)
    chart = pygal.Bar(
        style=_style(["var(--accent)"]),
        width=640,
        height=300,
        show_legend=False,
        y_labels=_whole(max(counts.values(), default=1)),
        **COMMON,
    )
    chart.x_labels = [f"{n * step}–{min((n + 1) * step, grid.points):g}" for n in range(bins)]
    chart.value_formatter = lambda value: f"{value:.0f} projets"
    chart.y_labels_major = []
    chart.add("", [counts[n] for n in range(bins)])
    return _drawn(chart).replace(" projets</text>", "</text>")


def _whole(most: int) -> list[int]:
    step = max(1, math.ceil(most / 5))
    return list(range(0, most + step, step))


def short(title: str) -> str:
    """A criterion's title, for a label."""
    title = title.replace("Bonus : ", "+ ")
    return title if len(title) <= 27 else f"{title[:26].rstrip()}…"


def levels(grid: Grid, found: Sequence[Mark]) -> str:
    """For each criterion, how the class spreads over the levels, undecided apart."""
    chart = pygal.HorizontalStackedBar(
        style=_style([*(f"var(--n{level})" for level in range(LEVELS)), "var(--n-)"]),
        width=640,
        height=30 + 26 * len(grid.criteres),
        show_legend=False,  # the page has its own, which wraps
        show_x_labels=False,
        show_x_guides=False,
        **COMMON,
    )
    items = list(reversed(grid.criteres))
    chart.x_labels = [short(one.titre) for one in items]
    chart.value_formatter = lambda value: f"{value:.0f} projets" if value else ""
    chosen = {row.item.id: Counter[int | None]() for mark in found for row in mark.rows}
    for mark in found:
        for row in mark.rows:
            chosen[row.item.id][row.level] += 1
    for level, title in [*enumerate(grid.niveaux), (None, "à trancher")]:
        counts = [  # a bonus that is not there is no failure
            0 if one.bonus and level == 0 else chosen.get(one.id, Counter())[level] for one in items
        ]
        chart.add(title, counts)
    return _drawn(chart)
