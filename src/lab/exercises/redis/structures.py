"""Judges of notebook 01: strings, lists, hashes, sets."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache
from typing import Any

from lab import datasets, workspace
from lab.exercises import expect
from lab.exercises.redis.scratch import Meddled, called, client, key
from lab.exercises.registry import Wrong, exercise


@cache
def _categories() -> Counter[str]:
    return Counter(row["categorie"] for row in datasets.rows("vues"))


@exercise("redis-01")
def category_counts(answer: Any) -> None:
    hint = (
        "Un relevé ajoute 1, dans un hash vide au départ (une cellule se relance) ; hgetall "
        "rend du texte."
    )
    expect.mapping(answer, _categories(), hint)


@exercise("redis-02")
def reserve(answer: Any) -> None:
    hint = "Une seule commande sait faire les deux à la fois : set, avec nx= et ex=."
    redis = client()
    with key() as place:
        expect.truth(called(answer, redis, place, "ada", 600, hint=hint), True, hint)
        if redis.get(place) != "ada" or not 590 <= redis.ttl(place) <= 600:
            raise Wrong("La clé libre n'a pas reçu la valeur et sa durée de vie.", hint)
        expect.truth(called(answer, redis, place, "blaise", 60, hint=hint), False, hint)
        if redis.get(place) != "ada":
            raise Wrong("La clé était prise, et sa valeur a changé.", hint)
        if redis.ttl(place) < 590:
            raise Wrong("La clé était prise, et son échéance a changé.", hint)


@exercise("redis-03", stars=2)
def one_tag_not_both(answer: Any) -> None:
    hint = "Dans la réunion, retirez l'intersection : des ensembles se soustraient."
    articles = workspace.mongo().articles.find({}, {"tags": 1})
    pair = {"Enquête", "Logiciel libre"}
    right = [one["_id"] for one in articles if len(pair & set(one["tags"])) == 1]
    if not isinstance(answer, set | frozenset | list | tuple):
        raise Wrong(f"On attend un ensemble d'identifiants, vous donnez {expect.kind(answer)}.")
    expect.unordered(answer, right, hint)


@exercise("redis-04", stars=2)
def recently_read(answer: Any) -> None:
    hint = "lrem retire l'ancien, lpush met en tête, ltrim garde de 0 à n-1 (bornes comprises)."
    draw = random.Random(4)  # noqa: S311  a sequence, not a secret
    with key() as place:
        right: list[str] = []
        for _ in range(25):
            article = f"article-{draw.randrange(8)}"
            right = [article, *(one for one in right if one != article)][:5]
            mine = called(answer, client(), place, article, 5, hint=hint)
            expect.sequence(mine, right, hint)


@exercise("redis-05", stars=3)
def not_seen(answer: Any) -> None:
    hint = "La réponse de sadd dit déjà si l'adresse était nouvelle ; partition('#') coupe."
    given = ["/z.html", "/a.html#suite", "/m.html", "/a.html", "/z.html#haut"]
    with key() as place:
        expect.sequence(
            called(answer, client(), place, given, hint=hint),
            ["/z.html", "/a.html", "/m.html"],
            hint,
        )
        again = ["/b.html", "/m.html#x"]
        expect.sequence(called(answer, client(), place, again, hint=hint), ["/b.html"], hint)
    _race(answer)


def _race(answer: Any) -> None:
    """Another worker takes the page just after it was looked up: it must not be given twice."""
    reads = {"sismember", "smismember", "smembers"}
    with key() as place:
        meddled = Meddled(client(), reads, lambda: client().sadd(place, "/a.html"))
        mine = called(answer, meddled, place, ["/a.html"])
        if "/a.html" not in client().smembers(place):
            raise Wrong("L'adresse rendue n'est pas marquée comme vue.")
        if mine and meddled._acted:
            raise Wrong(
                "Un autre robot a pris l'adresse entre deux de vos commandes, et vous la donnez "
                "aussi.",
                "Une seule commande peut poser la question et écrire.",
            )
