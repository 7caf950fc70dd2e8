"""Judges of notebook 02: sorted sets."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache
from typing import Any

from lab import datasets
from lab.exercises import expect
from lab.exercises.redis.scratch import Meddled, called, client, key
from lab.exercises.registry import Wrong, exercise


@cache
def _views() -> list[dict[str, Any]]:
    return datasets.load("vues")


@cache
def _channels() -> list[tuple[str, int]]:
    last: dict[str, tuple[int, str]] = {}
    for row in _views():
        last[row["video"]] = max(last.get(row["video"], (0, "")), (row["vues"], row["chaine"]))
    totals: Counter[str] = Counter()
    for views, channel in last.values():
        totals[channel] += views
    return totals.most_common()


@exercise("redis-06")
def best_channels(answer: Any) -> None:
    hint = "Un cumul par vidéo (le plus grand), puis leur somme par chaîne, par ordre décroissant."
    expect.sequence(answer, _channels()[:5], hint)


@cache
def _good_films() -> int:
    return sum(7 <= film["note"] < 8 for film in datasets.rows("films"))


@exercise("redis-07")
def films_between(answer: Any) -> None:
    expect.integer(answer, _good_films(), "zcount ; une parenthèse devant une borne l'exclut.")


RIVERS = ("garonne", "loire", "rhin", "seine", "yonne")  # the last is the best


@exercise("redis-08", stars=2)
def around(answer: Any) -> None:
    hint = "Le premier a le rang 0 ; un rang négatif compte depuis la fin ; absent : None."
    scores = {name: value for value, name in enumerate(RIVERS)}
    order = sorted(scores, key=lambda name: -scores[name])
    with key() as place:
        client().zadd(place, scores)
        for name in (*order, "styx"):
            for size in (1, 2):
                at = order.index(name) if name in order else None
                right = [] if at is None else order[max(0, at - size) : at + size + 1]
                mine = called(answer, client(), place, name, size, hint=hint)
                expect.sequence(mine, right, hint)


@cache
def _week() -> Counter[str]:
    points: Counter[str] = Counter()
    for row in _views():
        if date(2026, 6, 1) <= row["date"].date() <= date(2026, 6, 7):
            points[row["video"]] += 201 - row["rang"]
    return points


@exercise("redis-09", stars=2)
def best_of_week(answer: Any) -> None:
    hint = "Sept clés, une par jour ; zunionstore additionne ; la meilleure d'abord."
    points = _week()
    best = [value for _, value in points.most_common(3)]
    if not isinstance(answer, list | tuple):
        raise Wrong(f"On attend une liste, vous donnez {expect.kind(answer)}.", hint)
    # Compared by points: videos that tie may come in any order.
    mine = [points.get(one, -1) if isinstance(one, str) else -1 for one in answer]
    if len({str(one) for one in answer}) != len(answer):
        raise Wrong("La même vidéo est donnée deux fois.", hint)
    if len(mine) != len(best):
        raise Wrong(f"On attend trois vidéos, vous en donnez {len(mine)}.", hint)
    if mine != best:
        raise Wrong("Ce ne sont pas les trois meilleures, dans l'ordre.", hint)


@exercise("redis-10", stars=3)
def take_due(answer: Any) -> None:
    hint = "Une page échue se regarde avec zrange par score ; zrem dit si vous l'avez eue."
    redis = client()
    with key() as place:
        redis.zadd(place, {"/tard": 2000, "/b": 90, "/a": 50.5, "/c": 100})
        for right in ("/a", "/b", "/c", None):
            mine = called(answer, redis, place, 100, hint=hint)
            if mine is not None:
                mine = expect.text(mine, right or "", hint)
            if mine != right:
                raise Wrong("Une page échue n'est pas rendue.", hint)
        if redis.zrange(place, 0, -1) != ["/tard"]:
            raise Wrong("Les pages rendues, et elles seules, doivent quitter l'agenda.", hint)
    with key() as place:
        redis.zadd(place, {"/x": 1, "/y": 2, "/z": 3})
        reads = {"zrange", "zrangebyscore"}
        meddled = Meddled(redis, reads, lambda: redis.zrem(place, "/x"))
        mine = called(answer, meddled, place, 10, hint=hint)
        if meddled._acted and mine != "/y":
            raise Wrong("Un autre robot a soufflé la première page : prenez la suivante.", hint)
