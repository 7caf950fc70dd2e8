"""Technical and functional documentation: how to run, which choices, what it does."""

from __future__ import annotations

import re

from lab.review.model import LIKELY, Evidence, Verdict
from lab.review.project import Project, Source

_DOCUMENT = re.compile(r"\.(md|rst|txt|markdown)$")
_NOT_DOCUMENTS = (
    "requirements",
    "robots",
    "license",
    "licence",
    "constraints",
    "cmakelists",
    "packages",
    "runtime",
)
_RUNS = re.compile(
    r"docker[- ]compose|docker (run|build)|pip3? install|pipenv|python3? \S+\.py|streamlit run"
    r"|flask run|scrapy crawl|uvicorn|git clone|lab up",
    re.IGNORECASE,
)
_CHOICES = re.compile(
    r"\b(choix|choisi|pourquoi|car |parce que|afin de|architecture|avantage|techni|structure"
    r"|pipeline|fonctionnement"
    r"|why|chose|choice|because|in order to|design|we (decided|used|use)"
    r"|nous avons (utilis|d[ée]cid|choisi))",
    re.IGNORECASE,
)
_USES = re.compile(
    r"\b(objectif|but du|permet|utilisateur|guide|usage|utilis|pr[ée]sentation|page|recherche"
    r"|filtr|graphique|carte|afficher"
    r"|goal|aim|purpose|allows?|users?|how to use|dashboard|visuali[sz]|search|features?|display"
    r"|what is it)",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"!\[|<img\b|\.\. (image|figure)::", re.IGNORECASE)
_TEMPLATE = re.compile(r"^<[^<>]{3,}>$|^\.\. ")


def documents(project: Project) -> list[tuple[Source, list[tuple[int, str]]]]:
    """The student's documents, with the lines that are their own and say something."""
    found = []
    for source in project.sources:
        if not _DOCUMENT.search(source.name) or source.name.startswith(_NOT_DOCUMENTS):
            continue
        lines = [
            (number, line)
            for number, line in enumerate(source.lines, 1)
            if line.strip() and source.own(number) and not _TEMPLATE.match(line.strip())
        ]
        if sum(len(line.split()) for _, line in lines) >= 5:
            found.append((source, lines))
    return found


def technical(project: Project) -> Verdict:
    """0 none; 1 a few lines; 2 how to run, or the choices; 3 both, told at length."""
    texts = documents(project)
    runs, choices, words = _found(texts, _RUNS), _found(texts, _CHOICES), _words(texts)
    proofs = (*runs[:2], *choices[:2], *_sizes(texts))
    if not texts:
        return _none(
            "doc-technique", project, "Dites dans un README comment lancer le projet, et vos choix."
        )
    if runs and choices and words >= 150:
        return Verdict("doc-technique", 3, 0.65, proofs)
    if runs:
        return Verdict(
            "doc-technique",
            2,
            LIKELY,
            proofs,
            "Expliquez vos choix : quelle base, quel outil, et pourquoi.",
        )
    if choices and words >= 80:
        return Verdict(
            "doc-technique", 2, LIKELY, proofs, "Donnez les commandes qui lancent le projet."
        )
    return Verdict(
        "doc-technique",
        1,
        LIKELY,
        proofs,
        "Donnez les commandes qui lancent le projet, et vos choix.",
    )


def functional(project: Project) -> Verdict:
    """0 none; 1 a few lines; 2 what it does; 3 at length, or with pictures."""
    texts = documents(project)
    said, pictures, words = _found(texts, _USES), _found(texts, _PICTURE), _words(texts)
    proofs = (*said[:3], *pictures[:1])
    if not texts:
        return _none(
            "doc-fonctionnelle", project, "Dites ce que fait le projet, et comment on s'en sert."
        )
    if len(said) >= 3 and (words >= 200 or pictures):
        return Verdict("doc-fonctionnelle", 3, 0.65, proofs)
    if said and words >= 60:
        advice = (
            "Montrez ce que l'on voit : une copie d'écran, un exemple de question et sa réponse."
        )
        return Verdict("doc-fonctionnelle", 2, LIKELY, proofs, advice)
    return Verdict(
        "doc-fonctionnelle",
        1,
        LIKELY,
        proofs,
        "Dites ce que fait le projet, et comment on s'en sert.",
    )


def _none(criterion: str, project: Project, advice: str) -> Verdict:
    other = [
        one
        for one in project.entries
        if one.path.lower().endswith((".pdf", ".docx", ".odt", ".pptx"))
    ]
    if other:
        proof = Evidence("document qui n'est pas du texte", other[0].path)
        question = f"Lisez {other[0].path} : cet outil n'ouvre que .md, .rst et .txt."
        return Verdict(criterion, None, 0.4, (proof,), advice, question)
    told = [one for one in project.python if one.notebook and _told(one) >= 80]
    if told:
        proof = Evidence(f"{_told(told[0])} mots dans ses cellules de texte", told[0].path)
        return Verdict(criterion, 1, LIKELY, (proof,), advice)
    return Verdict(criterion, 0, LIKELY, (), advice)


def _told(source: Source) -> int:
    cells = source.notebook.cells if source.notebook else []
    return sum(len(one.source.split()) for one in cells if one.kind == "markdown")


def _found(
    texts: list[tuple[Source, list[tuple[int, str]]]], pattern: re.Pattern[str]
) -> list[Evidence]:
    return [
        source.evidence(number)
        for source, lines in texts
        for number, line in lines
        if pattern.search(line[:2000])
    ]


def _words(texts: list[tuple[Source, list[tuple[int, str]]]]) -> int:
    return sum(len(line.split()) for _, lines in texts for _, line in lines)


def _sizes(texts: list[tuple[Source, list[tuple[int, str]]]]) -> list[Evidence]:
    return [
        Evidence(f"{sum(len(line.split()) for _, line in lines)} mots de l'étudiant", source.path)
        for source, lines in texts[:2]
    ]
