"""Draw the charts of a crawl's report as SVG that stands alone (pygal).

Colours are CSS variables of the page, so that a chart follows its light or dark theme; pygal's
script and its comments are taken out, since a report loads and runs nothing.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pygal  # type: ignore[import-untyped]
from pygal.style import Style  # type: ignore[import-untyped]

from lab.scraping.summary.wording import duration, number, rate, size

# pygal 3.1 leaves a finder of plugins behind, of a kind that Python warned of until 3.11 and
# ignores since: every failed import of this process would meet it, and we use no plugin.
sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != "pygal"]

WIDTH = 560  # of the drawing, whose text then has its natural size in two columns
TICKS = 5  # labels of an axis, about
SMOOTH = 100  # points of a curve at most: more would be finer than the screen
STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="var(--ink)",
    foreground_strong="var(--ink)",
    foreground_subtle="var(--line)",
    colors=tuple(f"var(--c{position})" for position in range(1, 6)),
    font_family="inherit",
    label_font_size=13,
    major_label_font_size=13,
    legend_font_size=13,
    no_data_font_size=16,
    value_font_size=13,
    guide_stroke_color="var(--line)",
    major_guide_stroke_color="var(--line)",
    guide_stroke_dasharray="none",
    major_guide_stroke_dasharray="none",
    stroke_width="2.5",
    stroke_opacity="1",
    opacity="1",
    transition="0s",
)
COMMON: Mapping[str, Any] = {
    "style": STYLE,
    "js": (),
    "disable_xml_declaration": True,
    "width": WIDTH,
    "height": 260,
    "legend_at_bottom": True,
    "legend_box_size": 10,
    "show_dots": False,
    "margin": 8,
    "no_data_text": "aucune mesure",
    "truncate_legend": -1,
    "truncate_label": -1,
    "explicit_size": False,
}
_LEFT_OUT = re.compile(
    r"<script.*?</script>|<!--.*?-->|<title>.*?</title>| xmlns(?::\w+)?=\"[^\"]*\"", re.DOTALL
)

Points = Sequence[tuple[float, float]]


def _svg(chart: Any) -> str:
    return _LEFT_OUT.sub("", str(chart.render(is_unicode=True)))


def thin(points: Points) -> Points:
    """Return at most `SMOOTH` points, the first and the last among them."""
    if len(points) <= SMOOTH:
        return points
    step = (len(points) - 1) / (SMOOTH - 1)
    return [points[round(position * step)] for position in range(SMOOTH)]


def ticks(highest: float, base: float = 10.0) -> list[float]:
    """Return round values from 0 to at least `highest`, about `TICKS` of them.

    `base` is what the unit counts by: 60 for seconds beyond a minute, else 10.
    """
    if highest <= 0:
        return [0.0, 1.0]
    scale = base ** math.floor(math.log(highest / TICKS, base))
    rounds = (1, 2, 5, 10, 15, 30, 60) if base == 60 else (1, 2, 5, 10)
    step = next((scale * one for one in rounds if scale * one * TICKS >= highest), scale * base)
    return [step * position for position in range(math.ceil(highest / step) + 1)]


def curves(series: Mapping[str, Points], write: Callable[[float], str]) -> str:
    """Several curves over the seconds of the crawl."""
    drawn = {name: thin(points) for name, points in series.items()}
    last = max((points[-1][0] for points in drawn.values() if points), default=0.0)
    highest = max((value for points in drawn.values() for _, value in points), default=0.0)
    chart = pygal.XY(
        **COMMON,
        show_legend=len(drawn) > 1,
        include_x_axis=True,
        value_formatter=write,
        x_value_formatter=duration,
        show_x_guides=False,
        xrange=(0, last or 1),
    )
    if any(drawn.values()):
        chart.x_labels = [one for one in ticks(last, 60 if last > 60 else 10) if one <= last]
        chart.y_labels = ticks(highest)
    for name, points in drawn.items():
        chart.add(name, points)
    return _svg(chart)


def columns(values: Mapping[str, float]) -> str:
    """One column per name."""
    chart = pygal.Bar(
        **COMMON,
        show_legend=False,
        value_formatter=number,
        x_label_rotation=40,
    )
    if values:
        chart.x_labels = list(values)
        chart.y_labels = ticks(max(values.values()))
    chart.add("", list(values.values()))
    return _svg(chart)


def throughput(series: Mapping[str, Any]) -> str:
    """Pages and items per second, over time."""
    return curves(
        {
            "pages par seconde": slopes(series["elapsed"], series["pages"]),
            "fiches par seconde": slopes(series["elapsed"], series["items"]),
        },
        rate,
    )


def slopes(elapsed: Sequence[float], counts: Sequence[int]) -> Points:
    """Return the mean throughput of each of at most `SMOOTH` stretches of time."""
    points = thin(list(zip(elapsed, counts, strict=True)))
    found = []
    for (before, few), (after, many) in pairwise(points):
        if after - before > 0.2:  # the last two lines may come together
            found.append((after, (many - few) / (after - before)))
    return found


def over_time(series: Mapping[str, Any], name: str, write: Callable[[float], str]) -> str:
    """One series, or one per store, over time."""
    values = series[name]
    if not isinstance(values, Mapping):
        values = {name: values}
    elapsed = series["elapsed"]
    return curves(
        {
            one: [(t, v) for t, v in zip(elapsed, column, strict=True) if v is not None]
            for one, column in values.items()
        },
        write,
    )


def histogram(bounds: Sequence[float], counts: Sequence[int]) -> str:
    """The downloads by duration, the empty classes at both ends left out."""
    names = [f"≤ {duration(bound)}" for bound in bounds] + [f"> {duration(bounds[-1])}"]
    used = [position for position, count in enumerate(counts) if count]
    if not used:
        return columns({})
    span = range(used[0], used[-1] + 1)
    return columns({names[position]: counts[position] for position in span})


def memory(series: Mapping[str, Any]) -> str:
    """Resident memory over time."""
    return over_time(series, "memory", size)


def lag(series: Mapping[str, Any]) -> str:
    """How long items waited to be confirmed, by store, over time."""
    return over_time(series, "lag", duration)
