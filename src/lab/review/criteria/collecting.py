"""Data obtained by scraping or open data: with which tool, which spiders, from where."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lab.review.criteria.libraries import FETCHERS, PARSERS
from lab.review.model import LIKELY, Evidence, Verdict
from lab.review.project import Project, Source

_URL = re.compile(r"https?://[^\s'\"<>{}\\)]+")
_NOT_TARGETS = re.compile(
    r"localhost|127\.0\.0\.1|0\.0\.0\.0|example\.|w3\.org|cdn|googleapis\.com/(css|ajax)|jsdelivr|unpkg|bootstrap"
    r"|github\.com|docs\.|doc\.scrapy|stackoverflow|mapbox|openstreetmap\.org/\{|scrapy\.org|plotly|codepen|schema\.org",
    re.IGNORECASE,
)
_GETS = frozenset(
    [
        "get",
        "post",
        "request",
        "urlopen",
        "urlretrieve",
        "goto",
        "Request",
        "follow",
        "follow_all",
        "Session",
        "AsyncClient",
        "ClientSession",
        "parse",
        "read_html",
    ]
)
_EXTRACTS = frozenset(
    [
        "css",
        "xpath",
        "find_all",
        "find",
        "select",
        "select_one",
        "find_element",
        "find_elements",
        "find_elements_by_xpath",
        "json",
        "read_html",
        "find_element_by_xpath",
        "find_elements_by_class_name",
        "find_element_by_id",
        "query_selector_all",
        "locator",
        "extract",
        "extract_first",
        "getall",
        "BeautifulSoup",
        "loads",
    ]
)
_FOLLOWS = frozenset(
    ["follow", "follow_all", "LinkExtractor", "urljoin", "Rule", "click", "execute_script"]
)
_OPEN_DATA = frozenset(["read_csv", "read_json", "read_excel", "read_parquet", "read_html"])


def judge(project: Project) -> Verdict:
    """0 nothing; 1 a file or an import; 2 pages or an API are read; 3 many pages, and cared for."""
    tools = _tools(project)
    spiders = _spiders(project)
    targets = _targets(project)
    fetched = [
        source.evidence(call.line)
        for source, call in project.calls(
            lambda source, call: call.method in _GETS and _has_tool(source, call.name)
        )
    ]
    opened = [
        source.evidence(call.line)
        for source, call in project.calls(
            lambda _, call: call.method in _OPEN_DATA and any(map(_URL.match, call.text))
        )
    ]
    evidence = [*tools, *spiders[:3], *fetched[:2], *opened[:2], *targets]
    if not (fetched or spiders or opened):
        return _without_fetch(project, evidence)
    extracted = list(
        project.calls(lambda source, call: call.method in _EXTRACTS and _reads(source))
    )
    followed = _followed(project)
    if (followed or len(spiders) > 1) and (extracted or spiders):
        return Verdict(
            "recolte", 3, LIKELY if targets else 0.6, tuple(evidence + followed[:2]), _POLITE
        )
    if extracted or opened or spiders:
        advice = (
            "Suivez les pages suivantes ou plusieurs rubriques, et comptez les pages en erreur."
        )
        return Verdict("recolte", 2, LIKELY, tuple(evidence), advice)
    return Verdict(
        "recolte", 1, LIKELY, tuple(evidence), "Les pages sont demandées, rien n'en est extrait."
    )


_POLITE = "Vérifiez robots.txt et le rythme des requêtes, que cet outil ne mesure pas."


def _without_fetch(project: Project, evidence: list[Evidence]) -> Verdict:
    data = [
        one
        for one in project.entries
        if one.path.lower().endswith((".csv", ".json", ".xlsx", ".parquet"))
    ]
    if evidence or data:
        proofs = [*evidence, *(Evidence("fichier de données publié", one.path) for one in data[:3])]
        return Verdict(
            "recolte",
            1,
            0.6,
            tuple(proofs),
            "Le dépôt doit contenir le code qui obtient les données, et dire d'où elles viennent.",
            "D'où viennent les données publiées ?" if data else "",
        )
    advice = "Récoltez vos données par un spider, un script requests ou un jeu de données ouvert."
    return Verdict("recolte", 0, LIKELY, (), advice)


def _tools(project: Project) -> list[Evidence]:
    found: dict[str, Evidence] = {}
    for title, modules in FETCHERS.items():
        for source, _, line in project.imports(*modules):
            found.setdefault(title, source.evidence(line, f"outil : {title}"))
    return list(found.values())


def _has_tool(source: Source, name: str) -> bool:
    fetchers = [module for modules in FETCHERS.values() for module in modules]
    if name.startswith((*fetchers, "response.follow")):
        return True
    holder = name.split(".")[0].lower()
    handled = any(
        word in holder
        for word in ("session", "driver", "browser", "client", "http", "page", "request")
    )
    return handled and bool(source.facts.imported(*fetchers))


def _reads(source: Source) -> bool:
    fetchers = [module for modules in FETCHERS.values() for module in modules]
    return bool(source.facts.imported(*PARSERS, *fetchers))


def _spiders(project: Project) -> list[Evidence]:
    return [
        source.evidence(one.line, f"spider {one.name}")
        for source in project.python
        for one in source.facts.classes
        if source.own(one.line) and any(base.endswith("Spider") for base in one.bases)
    ]


def _targets(project: Project) -> list[Evidence]:
    hosts: dict[str, Evidence] = {}
    for source in project.python:
        if not _reads(source) and not source.facts.imported("pandas"):
            continue
        for text, line in source.facts.strings:
            match = _URL.search(text)
            if match and source.own(line) and not _NOT_TARGETS.search(match[0]):
                try:
                    host = urlsplit(match[0]).hostname or ""
                except ValueError:
                    continue
                if "." in host:
                    hosts.setdefault(host, source.evidence(line, f"cible : {host}"))
    return list(hosts.values())[:4]


_NEXT = re.compile(r"next|suivant|page[=_/ {]|\?p=|/page|offset|pagin", re.IGNORECASE)


def _followed(project: Project) -> list[Evidence]:
    found = [
        source.evidence(call.line)
        for source, call in project.calls(
            lambda source, call: call.method in _FOLLOWS and _reads(source)
        )
    ]
    for source in project.python:
        if _reads(source):
            found += [
                source.evidence(line)
                for text, line in source.facts.strings
                if len(text) < 200 and source.own(line) and _NEXT.search(text)
            ][:2]
    return found
