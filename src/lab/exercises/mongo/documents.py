"""Judges of the notebook « Documents »: the truth is counted in Python, from whole documents."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise


def _articles() -> list[dict[str, Any]]:
    fields = {"section": 1, "title": 1, "tags": 1, "authors": 1, "published": 1}
    return list(workspace.mongo().articles.find({}, fields))


@exercise("mongo-01")
def section_count(answer: Any) -> None:
    right = sum(article["section"] == "Économie" for article in _articles())
    expect.integer(answer, right, "Le nom de la rubrique porte un accent : lisez distinct(…).")


@exercise("mongo-02")
def oldest_title(answer: Any) -> None:
    def moment(article: dict[str, Any]) -> datetime:
        return article["published"]  # type: ignore[no-any-return]

    right = min(_articles(), key=moment)["title"]
    expect.text(answer, right, "Un tri croissant sur la date, puis le champ title du premier.")


@exercise("mongo-03")
def cheap_in_stock(answer: Any) -> None:
    right = sum(
        product["price"] is not None
        and product["price"] < 50
        and product["availability"] == "InStock"
        for product in workspace.mongo().products.find()
    )
    expect.integer(answer, right, "Les deux conditions à la fois, dans un seul filtre.")


@exercise("mongo-04")
def all_tags(answer: Any) -> None:
    right = sorted({tag for article in _articles() for tag in article["tags"]})
    expect.sequence(answer, right, "Chaque étiquette une seule fois, puis sorted(…).")


@exercise("mongo-05", stars=2)
def most_prolific(answer: Any) -> None:
    counts = Counter(author for article in _articles() for author in article["authors"])
    expect.integer(answer, max(counts.values()), "$unwind d'abord : un auteur par document.")


@exercise("mongo-06", stars=2)
def right_index(answer: Any) -> None:
    known = workspace.mongo().mongo01_articles.index_information()
    if not isinstance(answer, str) or answer not in known:
        raise Wrong("Aucun index de la copie ne porte ce nom.", "create_index rend le nom.")
    fields = [name for name, _ in known[answer]["key"]]
    if fields[:2] != ["authors", "published"]:
        raise Wrong(
            f"Cet index porte sur {', '.join(map(str, fields))}.",
            "Deux champs : celui que la requête fixe d'abord, celui qu'elle borne ensuite.",
        )
