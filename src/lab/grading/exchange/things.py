"""Things of libraries that are data all the same: tables, figures, pages, requests, records."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

from lab.grading.exchange.codec import BadValue, Decoder, Encoder

POINTS = 200_000  # numbers in one figure


def _module(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def encode(value: Any, into: Encoder) -> Any:
    """The JSON of a library's thing, or None when it is none of these."""
    for name, write in (
        ("numpy", _numpy),
        ("pandas", _pandas),
        ("matplotlib", _figure),
        ("parsel", _selector),
        ("scrapy", _scrapy),
    ):
        # A module that was never imported made no value; a subclass of the student's own counts.
        if name in sys.modules and (found := write(value, into)) is not None:
            return found
    if "bson" in sys.modules and type(value).__name__ == "ObjectId":
        return {"t": "oid", "v": str(value)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        into.remember(value)
        names = [field.name for field in dataclasses.fields(value)]
        pairs = [[name, into.value(getattr(value, name))] for name in names]
        return {"t": "record", "v": pairs}
    return None


def _numpy(value: Any, into: Encoder) -> Any:
    import numpy

    if isinstance(value, numpy.generic):
        return into.value(value.item()) if not isinstance(value.item(), numpy.generic) else None
    if isinstance(value, numpy.ndarray):
        return {"t": "array", "v": into.value(value.tolist())}
    return None


def _pandas(value: Any, into: Encoder) -> Any:
    import pandas

    if value is pandas.NaT or value is pandas.NA:
        return {"t": "float", "v": "nan"}
    if isinstance(value, pandas.DataFrame):
        names = [into.value(name) for name in value.columns.tolist()]
        columns = [into.value(value.iloc[:, n].tolist()) for n in range(len(names))]
        return {"t": "table", "v": [names, columns]}
    if isinstance(value, pandas.Series):
        return {"t": "column", "v": [into.value(value.index.tolist()), into.value(value.tolist())]}
    return None


def _selector(value: Any, _: Encoder) -> Any:
    from parsel import Selector

    if isinstance(value, Selector):
        _.remember(value)
        return {"t": "selector", "v": [value.get(), value.type]}
    return None


def _scrapy(value: Any, into: Encoder) -> Any:
    from scrapy import Item
    from scrapy.http import HtmlResponse, Request, Response

    if isinstance(value, Item):
        return into.value(dict(value))
    if isinstance(value, Response):
        into.remember(value)
        sort = "html" if isinstance(value, HtmlResponse) else "raw"
        encoding = str(getattr(value, "encoding", "utf-8"))
        headers = {k.decode("latin-1"): [one.decode("latin-1") for one in v]
                   for k, v in value.headers.items()}  # fmt: skip
        fields = [sort, value.url, value.status, encoding, into.value(headers)]
        return {"t": "response", "v": [*fields, into.value(value.body)]}
    if isinstance(value, Request):
        into.remember(value)
        given = {
            "url": value.url,
            "method": value.method,
            "body": value.body,
            "meta": dict(value.meta),
            "cb_kwargs": dict(value.cb_kwargs),
            "dont_filter": bool(value.dont_filter),
            "priority": value.priority,
        }
        return {"t": "request", "v": into.value(given)}
    return None


def _figure(value: Any, into: Encoder) -> Any:
    from matplotlib.figure import Figure

    if not isinstance(value, Figure):
        return None
    axes = []
    for one in value.axes:
        bars = [
            [getattr(c, "orientation", None), [into.value(list(_box(p))) for p in c.patches]]
            for c in one.containers
            if hasattr(c, "patches")
        ]
        inside = {id(p) for c in one.containers for p in getattr(c, "patches", ())}
        others = [list(_box(p)) for p in one.patches if id(p) not in inside and hasattr(p, "get_x")]
        titles = [one.get_title(loc) for loc in ("left", "center", "right")]
        drawn: list[Any] = [line.get_ydata() for line in one.lines]
        lines = [[float(y) for y in ys] for ys in drawn]
        labels = [one.get_xlabel(), one.get_ylabel()]
        axes.append([titles, labels, bars, into.value(others), into.value(lines)])
    return {"t": "figure", "v": axes}


def _box(patch: Any) -> tuple[float, ...]:
    return tuple(float(getattr(patch, f"get_{name}")()) for name in ("x", "y", "width", "height"))


def build(tag: str, content: Any, out: Decoder) -> Any:
    """The thing that a tag announces. Raises BadValue for a tag of no thing."""
    if tag == "table":
        import pandas

        columns = [pandas.Series(out.value(one)) for one in content[1]]
        table = pandas.concat(columns, axis=1) if columns else pandas.DataFrame()
        table.columns = pandas.Index([out.value(name) for name in content[0]])
        return table
    if tag == "column":
        import pandas

        return pandas.Series(out.value(content[1]), index=out.value(content[0]))
    if tag == "array":
        import numpy

        return numpy.array(out.value(content))
    if tag == "figure":
        return _drawn(content, out)
    if tag == "oid":
        from bson import ObjectId

        return ObjectId(str(content))
    return _page(tag, content, out)


def _page(tag: str, content: Any, out: Decoder) -> Any:
    place = out.reserve()
    made: Any
    if tag == "selector":
        from parsel import Selector

        made = Selector(text=str(content[0]), type=str(content[1]))
    elif tag == "response":
        from scrapy.http import HtmlResponse, Response

        sort, url, status, encoding, headers, body = content
        given = {"status": int(status), "headers": out.value(headers), "body": out.value(body)}
        made = (
            HtmlResponse(str(url), encoding=str(encoding), **given)
            if sort == "html"
            else Response(str(url), **given)
        )
    elif tag == "request":
        from scrapy.http import Request

        made = Request(**out.value(content))
    elif tag == "record":
        names = [(str(name), Any, None) for name, _ in content]
        sort = dataclasses.make_dataclass("Fiche", [(n, t, d) for n, t, d in names])
        made = sort(*(out.value(one) for _, one in content))
    else:
        raise BadValue("La valeur est d'une forme inconnue.")
    out.shared[place] = made
    return made


def _drawn(content: Any, out: Decoder) -> Any:
    """A figure with the same frames, bars and curves; nothing else of it is judged."""
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    figure = Figure()
    left = POINTS
    for number, (titles, labels, bars, others, lines) in enumerate(content[:16]):
        axes: Any = figure.add_subplot(1, 16, number + 1)
        for place, text in zip(("left", "center", "right"), titles, strict=True):
            axes.set_title(str(text), loc=place)
        axes.set_xlabel(str(labels[0]))
        axes.set_ylabel(str(labels[1]))
        groups = [(way, [out.value(one) for one in boxes]) for way, boxes in bars]
        left -= sum(len(boxes) for _, boxes in groups) + len(others) + sum(map(len, lines))
        if left < 0:
            raise BadValue("La figure a trop de points.")
        for way, boxes in [*groups, (None, out.value(others))]:
            patches = [Rectangle((x, y), width, height) for x, y, width, height in boxes]
            for patch in patches:
                axes.add_patch(patch)
            if way in ("horizontal", "vertical"):
                axes.add_container(BarContainer(patches, orientation=way))
        for values in out.value(lines):
            axes.plot(range(len(values)), values)
    return figure
