"""Judges of the notebook « Chercher, classer, expliquer »: truth from MongoDB's documents."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from lab import workspace
from lab.exercises import expect
from lab.exercises.elastic import server
from lab.exercises.registry import Wrong, exercise


@exercise("elastic-07")
def combined(answer: Any) -> None:
    start = datetime(2026, 9, 1, tzinfo=UTC)
    right = 0
    for article in server.articles():
        tags = set(article["tags"])
        wanted = article["section"] in ("Sport", "Culture") and tags & {"Enquête", "Reportage"}
        right += bool(wanted and article["published"] >= start and "Musique" not in tags)
    expect.integer(answer, right, "Chaque « ou » dans son terms ; tout dans filter et must_not.")


@exercise("elastic-08")
def phrase(answer: Any) -> None:
    right = sum(server.holds(article["title"], "premiers? plans?") for article in server.articles())
    expect.integer(answer, right, "Les deux mots, à la suite, dans le titre.")


def called(function: Callable[..., Any], hint: str, *arguments: Any) -> Any:
    """Call the student's function; raise Wrong when it raises."""
    try:
        return function(*arguments)
    except Exception as error:
        given = ", ".join(expect.shown(one, 40) for one in arguments)
        raise Wrong(f"Appelée avec ({given}), elle lève {type(error).__name__}.", hint) from None


@exercise("elastic-09", stars=2)
def forgiving(answer: Any) -> None:
    hint = "fuzziness, un prefix_length, et la taille de la réponse."
    search = expect.callable_(answer, hint)
    names = [one["name"] for one in workspace.mongo().products.find({}, {"name": True})]
    for typed, meant in (
        ("enciente", "enceinte"),
        ("Enceinte", "enceinte"),
        ("tentte", "tente"),
        ("portabel", "portable"),
        ("zzyzxqq", ""),
    ):
        found = called(search, hint, typed)
        if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
            raise Wrong(f"Pour « {typed} », on attend une liste de noms.", hint)
        right = {name for name in names if meant and server.holds(name, meant)}
        if not meant and found:
            raise Wrong(f"« {typed} » ne ressemble à rien, et trouve {len(found)} produits.", hint)
        if not right <= set(found):
            raise Wrong(f"« {typed} » : il manque des produits, vous en rendez {len(found)}.", hint)
        if set(found[: len(right)]) != right or len(found) > 50:
            raise Wrong(f"« {typed} » : d'autres produits passent avant les bons.", hint)


@exercise("elastic-10", stars=2)
def snippets(answer: Any) -> None:
    hint = "pre_tags, post_tags, fragment_size et number_of_fragments."
    function = expect.callable_(answer, hint)
    bodies = {article["_id"]: _flat(article["body"]) for article in server.articles()}
    for word in ("logement", "opéra", "tribunal"):
        found = called(function, hint, word)
        if not isinstance(found, Mapping) or len(found) != 5:
            raise Wrong(f"« {word} » : on attend un dictionnaire de cinq extraits.", hint)
        for name, text in found.items():
            _snippet(name, text, word, bodies, hint)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _snippet(name: Any, text: Any, word: str, bodies: Mapping[str, str], hint: str) -> None:
    if name not in bodies or not isinstance(text, str):
        raise Wrong(
            f"« {word} » : on attend {{id: texte}}, vous donnez {expect.shown(text)}.", hint
        )
    marked = re.findall(r"<mark>(.+?)</mark>", text)
    if not marked or not all(word[:4] in one.lower() for one in marked):
        raise Wrong(f"« {word} » : les mots trouvés ne sont pas entre <mark> et </mark>.", hint)
    plain = _flat(html.unescape(re.sub(r"</?mark>", "", text)))  # encoder: html or not
    if plain not in bodies[name]:
        raise Wrong(f"« {word} » : l'extrait n'est pas dans le texte de cet article.", hint)
    if len(plain) > 350 or len(plain) > 0.9 * len(bodies[name]):
        raise Wrong(f"« {word} » : l'extrait fait {len(plain)} caractères, c'est trop.", hint)


@exercise("elastic-11", stars=2)
def bm25(answer: Any) -> None:
    def score(
        f: int, n: int, total: int, length: int, mean: float, k1: float = 1.2, b: float = 0.75
    ) -> float:
        slow = k1 * ((1 - b) * mean + b * length) / mean
        return math.log((total + 1) / (n + 0.5)) / (1 + slow / f)

    cases: list[tuple[Any, ...]] = [
        (1, 14, 1000, 8, 8.0),
        (3, 14, 1000, 8, 8.0),
        (2, 400, 1000, 250, 120.0),
        (1, 1, 3, 2, 5.5, 2.0, 0.3),
    ]
    hint = "Rareté fois répétition ; la longueur est au dénominateur, avec k1."
    expect.function(answer, [(case, score(*case)) for case in cases], hint)


LATER = timedelta(days=2)


@exercise("elastic-12", stars=3)
def front_page(answer: Any) -> None:
    hint = "Un grand poids au titre, une décroissance assez longue pour ne pas l'effacer."
    function = expect.callable_(answer, hint)
    articles = server.articles()
    known = {article["_id"]: article for article in articles}
    for word in ("logement", "tribunal", "usine", "quartier"):
        found = called(function, hint, word)
        if not isinstance(found, list | tuple) or not found or not set(found) <= set(known):
            raise Wrong(f"« {word} » : on attend une liste d'identifiants d'articles.", hint)
        forms = f"{word}s?|{word.removesuffix('al')}aux"
        about = {a["_id"]: a for a in articles if server.holds(a["title"], forms)}
        if len(found) > 10 or len(set(found)) != len(found):
            raise Wrong(f"« {word} » : dix articles au plus, sans répétition.", hint)
        wanted = min(10, len(about))
        if len(found) < wanted or not set(found[:wanted]) <= set(about):
            raise Wrong(
                f"« {word} » : un article passe avant d'autres dont le titre convient.", hint
            )
        if _mean([known[one] for one in found[:5]]) < _mean(list(about.values())) + LATER:
            raise Wrong(f"« {word} » : les cinq premiers ne sont pas assez récents.", hint)


def _mean(articles: list[dict[str, Any]]) -> datetime:
    moments = [article["published"].timestamp() for article in articles]
    return datetime.fromtimestamp(sum(moments) / len(moments), tz=UTC)
