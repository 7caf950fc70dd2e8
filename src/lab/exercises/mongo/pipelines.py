"""Judges of the notebook « L'agrégation »: truth in plain Python, from the generator's rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from lab import datasets, workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise
from lab.exercises.session import NotDone


@cache
def _videos() -> list[dict[str, Any]]:
    return datasets.load("videos", 2000)


@cache
def _views() -> list[dict[str, Any]]:
    return datasets.load("vues", 8000)


@exercise("mongo-13")
def august_top_ten(answer: Any) -> None:
    start, end = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
    right = sum(
        day["rang"] <= 10 and start <= day["date"] < end
        for video in _videos()
        for day in video["tendances"]
    )
    expect.integer(
        answer, right, "Un relevé par document d'abord ($unwind), puis le filtre sur ce relevé."
    )


@exercise("mongo-14", stars=2)
def best_directors(answer: Any) -> None:
    takings: Counter[str] = Counter()
    for film in datasets.rows("films", 1500):
        takings[film["realisation"]] += film["recettes"]
    names = {person["_id"]: person["nom"] for person in datasets.rows("personnes", 1000)}
    right = [names[one] for one, _ in takings.most_common(5)]
    hint = "La somme par cinéaste, cinq lignes, puis $lookup vers les personnes."
    expect.sequence(answer, right, hint)


def _seconds(duration: int | str) -> int:
    if isinstance(duration, str):
        minutes, seconds = duration.split(":")
        return 60 * int(minutes) + int(seconds)
    return duration


def _bucket(seconds: int) -> int | str:
    return next(
        (low for low, high in ((0, 300), (300, 900), (900, 1800)) if seconds < high), "long"
    )


@exercise("mongo-15", stars=2)
def facets(answer: Any) -> None:
    if not isinstance(answer, Mapping) or set(answer) != {"langues", "durees"}:
        raise Wrong(
            f"On attend le document des deux facettes, vous donnez {expect.kind(answer)}.",
            "Ses clés sont langues et durees ; aggregate rend un curseur d'un seul document.",
        )
    languages = Counter(video.get("langue", "inconnue") for video in _videos())
    durations = Counter(_bucket(_seconds(video["duree"])) for video in _videos())
    for name, right in (("langues", languages), ("durees", durations)):
        lines = [{"_id": value, "videos": count} for value, count in right.items()]
        hint = (
            f"Facette {name} : relisez ce que l'énoncé demande des valeurs absentes ou hors bornes."
        )
        expect.unordered(answer[name], lines, hint)


@exercise("mongo-16", stars=2)
def hours_in_paris(answer: Any) -> None:
    paris = ZoneInfo("Europe/Paris")
    right = Counter(video["publiee"].astimezone(paris).hour for video in _videos())
    expect.mapping(answer, right, "Paris change d'heure deux fois l'an : donnez le fuseau à $hour.")


@exercise("mongo-17", stars=3)
def best_climb(answer: Any) -> None:
    ranks: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for row in _views():
        ranks[row["video"]].append((row["date"], row["rang"]))
    gains: dict[str, int] = {}
    for video, days in ranks.items():
        days.sort()
        steps = [before[1] - after[1] for before, after in pairwise(days)]
        gains[video] = max(steps, default=0)
    best = max(gains.values())
    hint = "Le relevé précédent de la même vidéo : partitionBy, sortBy, puis $shift."
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise Wrong(f"On attend un couple (vidéo, gain), vous donnez {expect.kind(answer)}.", hint)
    expect.integer(answer[1], best, hint)
    expect.text(answer[0], [video for video, gain in gains.items() if gain == best], hint)


@exercise("mongo-18", stars=3, stateful=True)
def channels() -> None:
    found = {row["_id"]: row for row in workspace.mongo().mongo03_chaines.find()}
    if not found:
        raise NotDone
    last: dict[str, tuple[str, int]] = {}
    for row in _views():
        last[row["video"]] = (row["chaine"], max(row["vues"], last.get(row["video"], ("", 0))[1]))
    videos = Counter(channel for channel, _ in last.values())
    views: Counter[str] = Counter()
    for channel, count in last.values():
        views[channel] += count
    if set(found) != set(videos):
        raise Wrong(
            f"On attend un document par chaîne ; la collection en compte {len(found)}.",
            "_id est le nom de la chaîne.",
        )
    for name, row in sorted(found.items()):
        for field, right in (("videos", videos[name]), ("vues", views[name])):
            if not expect.same(row.get(field), right):
                shown = expect.shown(row.get(field))
                raise Wrong(
                    f"Chaîne « {name} » : {field} vaut {shown}, ce n'est pas le bon nombre.",
                    "Deux regroupements : par vidéo (le plus grand relevé), puis par chaîne.",
                )
