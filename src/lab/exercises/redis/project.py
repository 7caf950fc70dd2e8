"""Judges of notebook 05: the project, a crawl shared by three workers."""

from __future__ import annotations

import numbers
from collections import Counter
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from lab import workspace
from lab.exercises import expect
from lab.exercises.redis.scratch import Crash, Mortal, called, client, key
from lab.exercises.registry import Wrong, exercise
from lab.exercises.session import NotDone

ARTICLES = 80
PAGES, GROUP, FOUND = "redis05:pages", "robots", "redis05:articles"


@exercise("redis-21")
def normalise(answer: Any) -> None:
    hint = "urljoin, puis urlsplit ; comparez netloc ; refaites query sans les « utm_ »."
    page = "http://site.example/gazette/rubrique/sport/?page=2"
    cases = [
        ("/gazette/a.html#suite", "http://site.example/gazette/a.html"),
        ("?page=3", "http://site.example/gazette/rubrique/sport/?page=3"),
        ("../culture/", "http://site.example/gazette/rubrique/culture/"),
        (
            "b.html?utm_source=lettre&b=2&a=1",
            "http://site.example/gazette/rubrique/sport/b.html?b=2&a=1",
        ),
        ("/c.html?utm_medium=x", "http://site.example/c.html"),
        ("http://autre.example/a.html", None),
        ("mailto:redaction@site.example", None),
    ]
    expect.function(answer, [((page, link), right) for link, right in cases], hint)


@exercise("redis-22", stars=2)
def discover(answer: Any) -> None:
    hint = "La réponse de sadd décide de xadd : un script Lua, où rien ne coupe."
    redis = client()
    with key("vues", "pages") as (seen, pages):

        def urls() -> list[str]:
            return [fields.get("url", "") for _, fields in redis.xrange(pages)]

        for given, right in ((["/a", "/b", "/a"], 2), (["/b", "/c"], 1), (["/c"], 0)):
            expect.integer(called(answer, redis, seen, pages, given, hint=hint), right, hint)
        if urls() != ["/a", "/b", "/c"]:
            raise Wrong("Le stream doit recevoir chaque adresse nouvelle, une fois.", hint)
        if redis.smembers(seen) != {"/a", "/b", "/c"}:
            raise Wrong("L'ensemble des adresses vues n'est pas le bon.", hint)
    for dies_after in (1, 2, 3):
        with key("vues", "pages") as (seen, pages):
            try:
                answer(Mortal(redis, dies_after), seen, pages, ["/a", "/b"])
            except Crash:
                answer(redis, seen, pages, ["/a", "/b"])  # another worker finds the links again
            if sorted(urls()) != ["/a", "/b"]:
                raise Wrong("Un robot mort au mauvais moment perd ou double une adresse.", hint)


@cache
def _newest_sport() -> dict[str, list[str]]:
    """Path -> tags of the 80 newest articles of the section, by the JSON API."""
    import requests

    found: dict[str, list[str]] = {}
    number, pages = 1, 1
    while len(found) < ARTICLES and number <= pages:
        asked = f"{workspace.practice_url()}/api/articles?per_page=100&page={number}"
        answer = requests.get(asked, timeout=20).json()
        pages, number = answer["pages"], number + 1
        sport = [one for one in answer["items"] if one["section"] == "Sport"]
        for one in sport[: ARTICLES - len(found)]:
            found[urlsplit(one["url"]).path] = one["tags"]
    return found


@exercise("redis-23", stars=3, stateful=True)
def crawl_together() -> None:
    redis = client()
    _untouched(redis)
    (group,) = redis.xinfo_groups(PAGES)
    waiting = {one["name"]: one["pending"] for one in redis.xpending(PAGES, GROUP)["consumers"]}
    if waiting:
        said = ", ".join(f"{name} : {count}" for name, count in sorted(waiting.items()))
        raise Wrong(f"Des messages restent en souffrance ({said}).", "xautoclaim, puis xack.")
    if group["lag"]:
        raise Wrong(f"Il reste {group['lag']} messages jamais donnés.", "Bouclez jusqu'à fini().")
    found, right = set(redis.hkeys(FOUND)), set(_newest_sport())
    if found != right:
        raise Wrong(
            f"Le hash contient {len(found & right)} des {len(right)} articles attendus.",
            "Chaque message est visité avant l'accusé de réception, liste ou article.",
        )


def _untouched(redis: Any) -> None:
    """Raise NotDone when no worker of the student ever asked for anything."""
    consumers = redis.xinfo_consumers(PAGES, GROUP) if redis.exists(PAGES) else []
    if {one["name"] for one in consumers} <= {"fantome"}:
        raise NotDone


@exercise("redis-24")
def frequent_tags(answer: Any) -> None:
    hint = "zrange par score, desc=True : la borne haute d'abord ; int(…) sur chaque score."
    counts = Counter(name for tags in _newest_sport().values() for name in tags)
    right = {name: count for name, count in counts.items() if count >= 12}
    if not isinstance(answer, list | tuple):
        raise Wrong(f"On attend une liste de couples, vous donnez {expect.kind(answer)}.", hint)
    pairs = [one for one in answer if isinstance(one, list | tuple) and len(one) == 2]
    if len(pairs) != len(answer):
        raise Wrong("Chaque élément est un couple (étiquette, nombre).", hint)
    if len(pairs) != len(right):
        raise Wrong(f"Ce n'est pas le bon nombre d'étiquettes : {len(pairs)}.", hint)
    for name, count in pairs:
        if not isinstance(name, str) or right.get(name) != count:
            raise Wrong(f"Ce couple n'est pas juste : {expect.shown((name, count))}.", hint)
        if not isinstance(count, numbers.Integral):
            raise Wrong(f"Les nombres sont des entiers, pas {expect.kind(count)}.", hint)
    if len({name for name, _ in pairs}) != len(pairs):
        raise Wrong("La même étiquette est donnée deux fois.", hint)
    if [count for _, count in pairs] != sorted(right.values(), reverse=True):
        raise Wrong("L'ordre n'est pas de la plus fréquente à la moins fréquente.", hint)
