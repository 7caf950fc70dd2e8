"""A web application in Python that shows the data, with charts or a search."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.review.criteria import storing
from lab.review.criteria.libraries import CHARTS, FRAMEWORKS
from lab.review.model import LIKELY, SURE, Evidence, Verdict
from lab.review.project import Project, Source

_APPS = frozenset(
    ["Flask", "Dash", "FastAPI", "Quart", "Bottle", "Starlette", "Blocks", "Interface", "App"]
)
_SHOWS = frozenset(
    [
        "render_template",
        "render",
        "TemplateResponse",
        "render_template_string",
        "jsonify",
        "dataframe",
        "table",
        "write",
        "data_editor",
        "DataTable",
        "HttpResponse",
        "JSONResponse",
        "to_html",
        "AgGrid",
        "metric",
    ]
)
_DRAWS = frozenset(
    [
        "Graph",
        "plotly_chart",
        "line_chart",
        "bar_chart",
        "area_chart",
        "pyplot",
        "altair_chart",
        "map",
        "scatter_chart",
        "map_chart",
        "st_folium",
        "bokeh_chart",
    ]
)
_ASKS = frozenset(
    [
        "text_input",
        "selectbox",
        "multiselect",
        "text_area",
        "Input",
        "Dropdown",
        "Textbox",
        "slider",
        "StringField",
        "SearchField",
        "date_input",
        "radio",
        "Slider",
        "Select",
    ]
)
_SCRIPTS = re.compile(
    r"chart\.js|new Chart\(|Plotly\.|plotly|d3\.|echarts|highcharts|leaflet|<canvas|apexcharts",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"<form\b|type=[\"']search|<input\b[^>]*(search|recherche|query|name=[\"']q)", re.IGNORECASE
)
_LOOP = re.compile(r"\{%-?\s*for\b|\{\{")


def frameworks(project: Project) -> dict[str, Evidence]:
    """Framework → the line that imports it, the most telling first."""
    found: dict[str, Evidence] = {}
    for title, modules in FRAMEWORKS.items():
        for source, _, line in project.imports(*modules):
            found.setdefault(title, source.evidence(line, f"application {title}"))
    return found


def judge(project: Project) -> Verdict:
    """0 none; 1 an application that shows no data; 2 it shows data; 3 with charts or a search."""
    found = frameworks(project)
    if not found:
        return _without_application(project)
    evidence = list(found.values())[:2]
    shown = [*_calls(project, _SHOWS), *_templates(project, _LOOP)]
    drawn = [*_calls(project, _DRAWS), *_drawn(project), *_templates(project, _SCRIPTS)]
    asked = [*_calls(project, _ASKS), *_asked(project), *_templates(project, _FORM)]
    stored = any(use.read for use in storing.uses(project).values())
    proofs = (*evidence, *shown[:1], *drawn[:2], *asked[:2])
    if not (shown or drawn):
        advice = "L'application démarre, mais ne montre pas encore vos données."
        return Verdict("application", 1, LIKELY, proofs, advice)
    if drawn or asked:
        if stored:
            return Verdict("application", 3, LIKELY, proofs)
        advice = "L'application ne lit pas la base : elle montre des fichiers ou des valeurs fixes."
        return Verdict("application", 2, LIKELY, proofs, advice)
    advice = "Ajoutez un graphique ou une recherche : montrer une liste ne suffit pas à répondre."
    return Verdict("application", 2 if stored else 1, LIKELY, proofs, advice)


def _without_application(project: Project) -> Verdict:
    drawn = [source.evidence(line) for source, _, line in project.imports(*CHARTS)]
    if drawn:
        advice = (
            "Les graphiques sont dans un notebook ou un script : servez-les par une application."
        )
        return Verdict("application", 0, LIKELY, tuple(drawn[:2]), advice)
    others = [
        one
        for one in project.entries
        if one.path.endswith(("package.json", ".php", ".vue", ".jsx"))
    ]
    if others:
        proof = Evidence("application dans un autre langage", others[0].path)
        question = "L'application n'est pas en Python : est-ce accepté ?"
        return Verdict("application", None, 0.4, (proof,), "", question)
    return Verdict(
        "application",
        0,
        SURE,
        (),
        "Montrez vos données dans une application (Flask, Dash, Streamlit…).",
    )


def _calls(project: Project, methods: frozenset[str]) -> list[Evidence]:
    names = tuple(module for modules in FRAMEWORKS.values() for module in modules)
    return [
        source.evidence(call.line)
        for source, call in project.calls(
            lambda source, call: call.method in methods and bool(source.facts.imported(*names))
        )
    ]


def _drawn(project: Project) -> Iterator[Evidence]:
    """Charts built in a module of the application, or of a project that has one."""
    for source, _, line in project.imports(*CHARTS):
        if not source.notebook:
            yield source.evidence(line)


def _asked(project: Project) -> Iterator[Evidence]:
    for source, call in project.calls(
        lambda _, call: call.on.endswith(("request.args", "request.form"))
    ):
        yield source.evidence(call.line)


def _templates(project: Project, pattern: re.Pattern[str]) -> list[Evidence]:
    return [proof for source in project.sources if (proof := _first(source, pattern))]


def _first(source: Source, pattern: re.Pattern[str]) -> Evidence | None:
    if not source.name.endswith((".html", ".htm", ".js", ".jinja", ".j2", ".jinja2")):
        return None
    for number, line in enumerate(source.lines, 1):
        if len(line) < 5000 and pattern.search(line) and source.own(number):
            return source.evidence(number)
    return None
