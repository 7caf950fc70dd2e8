"""Judges of notebook 04: streams and consumer groups."""

from __future__ import annotations

import contextlib
from functools import cache
from typing import Any

from lab import datasets
from lab.exercises import expect
from lab.exercises.redis.scratch import Crash, Mortal, called, client, key
from lab.exercises.registry import Wrong, exercise

GROUP = "robots"


@cache
def _observations() -> int:
    dates = (row["date"] for row in datasets.rows("vues"))
    return sum((day.month, day.day) in {(5, 10), (5, 11), (5, 12)} for day in dates)


@exercise("redis-16")
def observations_of_days(answer: Any) -> None:
    hint = "Les identifiants sont en millisecondes ; le troisième jour finit quand le 13 commence."
    expect.integer(answer, _observations(), hint)


def _stream(name: str, count: int) -> list[str]:
    """Fill a stream of `count` pages with its group; return the ids."""
    redis = client()
    redis.xgroup_create(name, GROUP, id="0", mkstream=True)
    with redis.pipeline() as batch:
        for number in range(count):
            batch.xadd(name, {"url": f"/p{number}", "n": number}, id=f"{number + 1}-0")
        found: list[str] = batch.execute()
    return found


def _pending(name: str) -> dict[str, str]:
    """The ids that wait for an acknowledgement, and who has them."""
    waiting = client().xpending_range(name, GROUP, "-", "+", count=10_000)
    return {one["message_id"]: one["consumer"] for one in waiting}


@exercise("redis-17", stars=2)
def consume(answer: Any) -> None:
    hint = "xreadgroup avec « > », puis faire(message) dans un try, et xack seulement ensuite."
    done: list[str] = []

    def work(message: dict[str, str]) -> None:
        if int(message["n"]) % 4 == 1:
            raise ValueError("page mal formée")
        done.append(message["url"])

    with key() as name:
        ids = _stream(name, 13)
        # The first message already went to another worker of the group.
        client().xreadgroup(GROUP, "autre", {name: ">"}, count=1)
        for right in (7, 2, 0):
            mine = called(answer, client(), name, GROUP, "moi", work, hint=hint)
            expect.integer(mine, right, hint)
        if done != [f"/p{n}" for n in range(1, 13) if n % 4 != 1]:
            raise Wrong("Chaque message nouveau doit être traité une fois, dans l'ordre.", hint)
        if _pending(name) != {ids[0]: "autre", ids[1]: "moi", ids[5]: "moi", ids[9]: "moi"}:
            raise Wrong("Les messages en souffrance ne sont pas ceux qui ont échoué.", hint)


def _aged(name: str, consumer: str, ids: list[str], idle: int, deliveries: int = 1) -> None:
    """Give messages to a consumer, as if `idle` milliseconds ago, the `deliveries`-th time."""
    client().xclaim(
        name, GROUP, consumer, 0, ids, idle=idle, retrycount=deliveries, justid=True, force=True
    )


@exercise("redis-18", stars=2)
def who_waits(answer: Any) -> None:
    hint = "xpending_range(…, idle=age) par pages ; la suivante part de « (dernier identifiant »."
    with key() as name:
        ids = _stream(name, 1300)
        client().xreadgroup(GROUP, "prompt", {name: ">"}, count=2000)
        _aged(name, "ada", ids[:700], 90_000)
        _aged(name, "blaise", ids[700:1200], 61_000)
        client().xack(name, GROUP, *ids[:10])
        client().xgroup_createconsumer(name, GROUP, "oisif")
        mine = called(answer, client(), name, GROUP, 60_000, hint=hint)
        expect.mapping(mine, {"ada": 690, "blaise": 500}, hint)
        if len(_pending(name)) != 1290:
            raise Wrong("Regarder ne doit rien changer : des messages ont été accusés.", hint)


@exercise("redis-19", stars=3)
def take_over(answer: Any) -> None:
    hint = "xautoclaim rend un curseur : rappelez avec start_id=curseur jusqu'à « 0-0 »."
    with key() as name:
        ids = _stream(name, 260)
        client().xreadgroup(GROUP, "prompt", {name: ">"}, count=1000)
        old = [one for place, one in enumerate(ids) if place % 8]
        _aged(name, "mort", old, 90_000)
        mine = called(answer, client(), name, GROUP, "vivant", 60_000, hint=hint)
        expect.unordered(mine, old, hint)
        owners = {one: "vivant" if place % 8 else "prompt" for place, one in enumerate(ids)}
        if _pending(name) != owners:
            raise Wrong("Après l'appel, les messages ne sont pas chez les bons robots.", hint)


@exercise("redis-20", stars=3)
def set_aside(answer: Any) -> None:
    hint = "times_delivered > essais ; xrange(flux, id, id) redonne les champs ; puis xadd et xack."
    with key("flux", "rebut") as (name, aside):
        ids = _stream(name, 6)
        client().xreadgroup(GROUP, "moi", {name: ">"}, count=10)
        for place, deliveries in enumerate((1, 3, 4, 9, 2, 3)):
            _aged(name, "moi", [ids[place]], 10, deliveries)
        mine = called(answer, client(), name, GROUP, aside, 3, hint=hint)
        expect.integer(mine, 2, hint)
        right = [{"url": f"/p{n}", "n": str(n), "origine": ids[n]} for n in (2, 3)]
        if [fields for _, fields in client().xrange(aside)] != right:
            raise Wrong("Le rebut ne contient pas les bons messages, avec tous leurs champs.", hint)
        if set(_pending(name)) != {ids[n] for n in (0, 1, 4, 5)}:
            raise Wrong("Un message écarté ne doit plus être en souffrance, les autres si.", hint)
        expect.integer(called(answer, client(), name, GROUP, aside, 3, hint=hint), 0, hint)
    _set_aside_by_mortals(answer, hint)


def _set_aside_by_mortals(answer: Any, hint: str) -> None:
    """A worker dies at each possible moment, another takes over: the message is aside once."""
    for dies_after in range(1, 6):
        with key("flux", "rebut") as (name, aside):
            ids = _stream(name, 1)
            client().xreadgroup(GROUP, "moi", {name: ">"}, count=1)
            _aged(name, "moi", ids, 10, 7)
            with contextlib.suppress(Crash):
                called(answer, Mortal(client(), dies_after), name, GROUP, aside, 3, hint=hint)
            called(answer, client(), name, GROUP, aside, 3, hint=hint)
            if client().xlen(aside) != 1 or _pending(name):
                raise Wrong(
                    "Un robot mort entre la copie et l'accusé perd ou double le message.",
                    "Les deux commandes dans un même pipeline.",
                )
