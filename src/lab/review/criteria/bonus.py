"""Bonus: a crawl at launch or in real time, a polished compose file, a full-text search."""

from __future__ import annotations

import re

from lab.review.criteria import showing
from lab.review.criteria.composefile import compose_files
from lab.review.criteria.libraries import FETCHERS, FRAMEWORKS
from lab.review.criteria.running import dockerfiles
from lab.review.model import LIKELY, Evidence, Verdict
from lab.review.project import Project, Source

_CRAWL = re.compile(
    r"scrapy\s+crawl|scrapy.{0,12}crawl|scrap|crawl|spider|recolte|harvest|collect", re.IGNORECASE
)
_SCHEDULERS = (
    "apscheduler",
    "schedule",
    "celery",
    "flask_apscheduler",
    "airflow",
    "prefect",
    "dagster",
    "rq_scheduler",
    "crochet",
)
_LAUNCHERS = frozenset(["CrawlerProcess", "CrawlerRunner", "AsyncCrawlerProcess"])
_TEXT_QUERY = re.compile(
    r"\$text\b|\$search\b|to_tsvector|tsquery|match_phrase|multi_match|query_string|\bfts5\b|MATCH\s*\(",
    re.IGNORECASE,
)
_FULL_TEXT = (
    "elasticsearch",
    "elasticsearch_dsl",
    "opensearchpy",
    "whoosh",
    "meilisearch",
    "typesense",
)


def at_launch(project: Project) -> Verdict:
    """3: the crawl starts with the stack, by the hour, or when the page asks for it."""
    commands = [
        Evidence(service.command.strip(), file.source.path, str(service.line))
        for file in compose_files(project)
        for service in file.services
        if _CRAWL.search(service.command)
        or (service.built and re.search(r"scrap|crawl|spider", service.name))
    ]
    for source in [
        *dockerfiles(project),
        *(one for one in project.sources if one.name.endswith(".sh")),
    ]:
        commands += [
            source.evidence(number)
            for number, line in enumerate(source.lines, 1)
            if source.own(number)
            and (
                source.name.endswith(".sh")
                or line.strip().upper().startswith(("CMD", "ENTRYPOINT"))
            )
            and _CRAWL.search(line)
        ]
    timed = [source.evidence(line) for source, _, line in project.imports(*_SCHEDULERS)]
    launched = [
        source.evidence(call.line)
        for source, call in project.calls(
            lambda source, call: (
                (call.method in _LAUNCHERS and _is_application(source))
                or (call.on.endswith("subprocess") and any(map(_CRAWL.search, call.text)))
            )
        )
    ]
    live = [*_from_application(project)]
    proofs = (*commands[:2], *timed[:1], *launched[:1], *live[:2])
    if not proofs:
        return Verdict("bonus-lancement", 0, LIKELY)
    return Verdict("bonus-lancement", 3, LIKELY if commands or timed or launched else 0.6, proofs)


def _is_application(source: Source) -> bool:
    return bool(source.facts.imported(*(one for names in FRAMEWORKS.values() for one in names)))


def _from_application(project: Project) -> list[Evidence]:
    """An application's module that calls one which fetches pages (or fetches them itself)."""
    fetchers = tuple(one for names in FETCHERS.values() for one in names)
    fetching = {
        source.name.removesuffix(".py"): source
        for source in project.python
        if not source.notebook
        and any(source.own(line) for _, line in source.facts.imported(*fetchers))
    }
    found = []
    for source in project.python:
        if source.notebook or not _is_application(source):
            continue
        for name, line in source.facts.imports:
            last = name.rpartition(".")[2]
            if source.own(line) and last in fetching and fetching[last] is not source:
                found.append(source.evidence(line))
    return found


def polished_compose(project: Project) -> Verdict:
    """Two of: health checks, ordered starts, kept volumes, settings from the environment."""
    proofs = []
    for file in compose_files(project):
        for service in file.services:
            for key, title in (
                ("healthcheck", "état surveillé"),
                ("depends_on", "ordre de démarrage"),
                ("env_file", "réglages à part"),
            ):
                if key in service.keys:
                    proofs.append(
                        Evidence(f"{title} : {service.name}", file.source.path, str(service.line))
                    )
        if file.volumes:
            proofs.append(Evidence("volumes nommés", file.source.path))
    kinds = {one.text.partition(" :")[0] for one in proofs}
    level = 3 if len(kinds) >= 3 else 2 if len(kinds) == 2 else 1 if kinds else 0
    advice = (
        "" if level == 3 else "healthcheck, depends_on et volumes nommés rendent le lancement sûr."
    )
    return Verdict("bonus-compose", level, LIKELY, tuple(proofs[:4]), advice if level else "")


def full_text(project: Project) -> Verdict:
    """3: a full-text query in code that has a page; 2: without a page; 1: an engine for nothing."""
    queries = [
        source.evidence(line)
        for source in project.python
        for text, line in source.facts.strings
        if source.own(line) and len(text) < 500 and _TEXT_QUERY.search(text)
    ]
    engines = [source.evidence(line) for source, _, line in project.imports(*_FULL_TEXT)]
    searched = [
        source.evidence(call.line)
        for source, call in project.calls(
            lambda source, call: (
                call.method in ("search", "msearch") and bool(source.facts.imported(*_FULL_TEXT))
            )
        )
    ]
    proofs = (*queries[:2], *searched[:2])
    if not proofs:
        return Verdict("bonus-recherche", 1 if engines else 0, LIKELY, tuple(engines[:1]))
    return Verdict("bonus-recherche", 3 if showing.frameworks(project) else 2, LIKELY, proofs)
