"""Judges of notebook 03: round trips, transactions, cache, rate, locks."""

from __future__ import annotations

from typing import Any

from lab.exercises import expect
from lab.exercises.redis.scratch import Counted, Meddled, called, client, key
from lab.exercises.registry import Wrong, exercise


@exercise("redis-11")
def one_trip(answer: Any) -> None:
    hint = "Un pipeline, une commande hget par clé, puis execute() rend la liste des réponses."
    redis, names = client(), ("un", "absent", "deux", "sans")
    with key(*names) as places:
        redis.hset(places[0], "title", "La crue")
        redis.hset(places[2], "title", "Le verger")
        redis.hset(places[3], "section", "Sport")
        counted = Counted(redis)
        mine = called(answer, counted, list(places), hint=hint)
        expect.sequence(mine, ["La crue", None, "Le verger", None], hint)
        if counted.trips > 1:
            raise Wrong(
                f"Le résultat est juste, mais en {counted.trips} allers-retours pour "
                f"{len(places)} clés.",
                hint,
            )


@exercise("redis-12", stars=2)
def hand_over(answer: Any) -> None:
    hint = "watch(de), lire, multi(), écrire, execute() ; sur WatchError, recommencer."
    redis = client()
    with key("de", "vers") as (source, target):

        def state() -> tuple[int, int]:
            return int(redis.get(source) or 0), int(redis.get(target) or 0)

        redis.set(source, 10)
        for pages, right, left in ((7, True, (3, 7)), (4, False, (3, 7)), (3, True, (0, 10))):
            expect.truth(called(answer, redis, source, target, pages, hint=hint), right, hint)
            if state() != left:
                raise Wrong(f"Après avoir cédé {pages} pages, les quotas ne sont pas justes.", hint)
        # Another worker spends 5 just after the quota was read: 5 are left, 7 are too many.
        _spent_meanwhile(answer, source, target, 10, 7, hint)
        _spent_meanwhile(answer, source, target, 20, 7, hint)


def _spent_meanwhile(
    answer: Any, source: str, target: str, quota: int, pages: int, hint: str
) -> None:
    redis = client()
    redis.mset({source: quota, target: 0})
    meddled = Meddled(redis, {"get", "mget"}, lambda: redis.decrby(source, 5))
    mine = called(answer, meddled, source, target, pages, hint=hint)
    if not meddled._acted:  # atomic on the server: nobody could come between
        return
    enough = quota - 5 >= pages
    left = (quota - 5 - pages, pages) if enough else (quota - 5, 0)
    if mine is not enough or (int(redis.get(source)), int(redis.get(target) or 0)) != left:
        raise Wrong(
            "Un autre robot a dépensé pendant que vous lisiez : le compte n'y est plus.", hint
        )


@exercise("redis-13", stars=2)
def sliding_window(answer: Any) -> None:
    hint = "Retirez les passages trop vieux, comptez, n'ajoutez que si c'est accordé (zset)."
    moments = [0.0, 0.9, 0.95, 0.95, 0.95, 1.05, 1.9, 1.91, 2.0, 2.9, 9.0, 9.0, 9.0, 9.0]
    passed: list[float] = []
    with key() as place:
        for now in moments:
            recent = [one for one in passed if one > now - 1]
            right = len(recent) < 3
            if right:
                passed.append(now)
            mine = called(answer, client(), place, 3, 1, now, hint=hint)
            if not isinstance(mine, bool):
                raise Wrong(f"On attend True ou False, elle rend {expect.kind(mine)}.", hint)
            if mine is not right:
                said = "accordez" if mine else "refusez"
                raise Wrong(f"À l'instant {now}, vous {said} (3 passages par seconde).", hint)
        if client().exists(place) and client().ttl(place) == -1:
            raise Wrong("La clé ne s'effacera jamais.", "expire, à chaque passage accordé.")


@exercise("redis-14", stars=2)
def cache_aside(answer: Any) -> None:
    hint = "r.get rend None s'il n'y a rien ; « null » en JSON est quelque chose."
    values: tuple[Any, ...] = ({"a": [1, 2]}, [], 0, None)
    for value in values:
        calls: list[int] = []

        def compute(value: Any = value, calls: list[int] = calls) -> Any:
            calls.append(1)
            return value

        with key() as place:
            for _ in range(3):
                mine = called(answer, client(), place, compute, 120, hint=hint)
                if not expect.same(mine, value):
                    raise Wrong(f"Pour la valeur {value!r}, elle rend {expect.shown(mine)}.", hint)
            if len(calls) != 1:
                raise Wrong(f"{value!r} a été calculé {len(calls)} fois pour 3 lectures.", hint)
            if not 110 <= client().ttl(place) <= 120:
                raise Wrong("La valeur rangée n'a pas la durée de vie demandée.", "set(…, ex=…)")


@exercise("redis-15", stars=3)
def release(answer: Any) -> None:
    hint = "Comparer et supprimer en une fois : un script Lua, ou WATCH."
    redis = client()
    with key() as place:
        redis.set(place, "à moi")
        expect.truth(called(answer, redis, place, "à un autre", hint=hint), False, hint)
        if redis.get(place) != "à moi":
            raise Wrong("Le verrou d'un autre a été supprimé.", hint)
        expect.truth(called(answer, redis, place, "à moi", hint=hint), True, hint)
        if redis.exists(place):
            raise Wrong("Notre verrou est encore là.", hint)
        expect.truth(called(answer, redis, place, "à moi", hint=hint), False, hint)
        redis.set(place, "à moi")
        meddled = Meddled(redis, {"get"}, lambda: redis.set(place, "à un autre"))
        mine = called(answer, meddled, place, "à moi", hint=hint)
        if meddled._acted and (redis.get(place) != "à un autre" or mine is not False):
            raise Wrong(
                "Le verrou a expiré et un autre l'a pris entre vos deux commandes : vous avez "
                "supprimé le sien.",
                hint,
            )
