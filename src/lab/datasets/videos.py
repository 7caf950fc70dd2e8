"""Trending videos: the set « Vidéos » of the chapters Mongo, Redis and S3."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from lab.datasets.drawing import amount, generator, person, ranked

# category -> (weight, median first-day views, median duration in seconds, subjects)
CATEGORIES: dict[str, tuple[float, float, float, tuple[str, ...]]] = {
    "Musique": (22, 90000, 215, ("un piano dans la gare", "la reprise de l'été", "un clip tourné "
        "en une prise", "vingt minutes de kora", "une berceuse bretonne")),
    "Jeux": (18, 60000, 1500, ("la partie la plus longue", "ce jeu oublié de 1998", "le boss final "
        "sans une égratignure", "un tournoi de quartier")),
    "Divertissement": (18, 80000, 780, ("24 heures dans un phare", "le défi du marché", "trois "
        "voisins et un canapé", "le quiz impossible")),
    "Savoirs": (14, 42000, 960, ("pourquoi le ciel est bleu", "l'histoire du métro", "compter avec "
        "les Babyloniens", "la vie d'une étoile", "comment naît une carte")),
    "Actualité": (10, 35000, 420, ("ce que change la réforme", "la crue vue du ciel", "le débat en "
        "dix minutes", "une journée au tribunal")),
    "Sport": (10, 55000, 610, ("le but de la saison", "courir cent kilomètres", "les coulisses du "
        "tournoi", "apprendre l'escalade")),
    "Cuisine": (8, 30000, 540, ("la tarte de mamie", "trois soupes d'hiver", "le pain sans pétrin",
        "un repas à cinq euros")),
}  # fmt: skip
LANGUAGES = (("fr", 88), ("en", 8), ("br", 1), ("oc", 1), ("es", 2))
CHANNELS = 240
START = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 198  # up to 14 September 2026
TAGS = ("tuto", "direct", "vlog", "court", "sous-titré", "archives", "collaboration", "été",
        "débutant", "coulisses")  # fmt: skip


@lru_cache(maxsize=2048)
def _channel(seed: int, index: int) -> dict[str, Any]:
    rng = generator(seed, "chaîne", index)
    weights = [weight for weight, *_ in CATEGORIES.values()]
    words = ("Atelier", "Radio", "Carnet", "Studio", "Le Monde de", "Les Mardis de", "Chez")
    return {
        "id": f"ch{index:04d}",
        "nom": f"{rng.choice(words)} {person(rng).split()[0]}",
        "abonnes": int(amount(rng, 90_000, 1.3)),
        "depuis": 2008 + int(rng.triangular(0, 18, 12)),
        "categorie": rng.choices(list(CATEGORIES), weights)[0],
    }


@lru_cache(maxsize=4096)
def _video(seed: int, index: int) -> dict[str, Any]:
    rng = generator(seed, "vidéo", index)
    channel = _channel(seed, ranked(rng, CHANNELS, 0.8))
    category = channel["categorie"] if rng.random() < 0.85 else rng.choice(list(CATEGORIES))
    _, views, length, subjects = CATEGORIES[category]
    published = START + timedelta(
        days=rng.randrange(DAYS - 14),
        hours=int(rng.triangular(6, 23, 18)),
        minutes=rng.randrange(60),
    )
    subject = rng.choice(subjects)
    title = f"{subject[0].upper()}{subject[1:]}"
    if rng.random() < 0.3:
        title += f" (épisode {rng.randrange(1, 40)})"
    return {
        "_id": f"v{index:06d}",
        "titre": title,
        "chaine": {key: channel[key] for key in ("id", "nom", "abonnes")},
        "categorie": category,
        "publiee": published,
        "duree": max(15, int(amount(rng, length, 0.6))),
        "langue": rng.choices([code for code, _ in LANGUAGES], [weight for _, weight in LANGUAGES])[
            0
        ],
        "etiquettes": rng.sample(TAGS, rng.choice((0, 1, 2, 3, 4))),
        # Popular channels gather more views, but far from proportionally.
        "premier_jour": amount(rng, views * (channel["abonnes"] / 90_000) ** 0.5, 0.9),
        "oubli": rng.uniform(0.45, 0.85),
        "jours": 2 + int(rng.expovariate(0.28)),
    }


def _days(seed: int, index: int) -> Iterator[dict[str, Any]]:
    """Yield one observation per day in the trends, at most 12."""
    video = _video(seed, index)
    rng = generator(seed, "tendance", index)
    total, likes, comments, today = 0, 0, 0, video["premier_jour"]
    for day in range(min(12, video["jours"])):
        total += int(today)
        likes += int(today * rng.uniform(0.02, 0.07))
        comments += int(today * rng.uniform(0.001, 0.006))
        yield {
            "date": video["publiee"].replace(hour=12, minute=0) + timedelta(days=day),
            "rang": max(1, min(200, int(1500000 / (today + 5000)) + rng.randrange(0, 8))),
            "vues": total,
            "mentions": likes,
            "commentaires": comments,
        }
        today *= video["oubli"] * rng.uniform(0.8, 1.15)


def videos(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield `count` videos, each with its days in the trends (a list, oldest first)."""
    for index in range(count):
        video = dict(_video(seed, index))
        for hidden in ("premier_jour", "oubli", "jours"):
            del video[hidden]
        video["chaine"] = dict(video["chaine"])
        video["tendances"] = list(_days(seed, index))
        yield _soil(generator(seed, "défaut-vidéo", index), video)


def views(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield `count` flat observations (video, day, rank, views), as a log file would hold them."""
    index = made = 0
    while made < count:
        video = _video(seed, index)
        for day in _days(seed, index):
            if made == count:
                return
            made += 1
            yield {
                "video": video["_id"],
                "chaine": video["chaine"]["nom"],
                "categorie": video["categorie"],
                **day,
            }
        index += 1


def _soil(rng: random.Random, video: dict[str, Any]) -> dict[str, Any]:
    """Make some rows as dirty as real ones; shares are those of videos.rst."""
    if rng.random() < 0.04:
        minutes, seconds = divmod(video["duree"], 60)
        video["duree"] = f"{minutes}:{seconds:02d}"
    if rng.random() < 0.03:
        video["categorie"] = video["categorie"].upper()
    if rng.random() < 0.05:
        del video["langue"]
    if rng.random() < 0.02 and len(video["tendances"]) > 1:
        video["tendances"][-1]["mentions"] = None  # the counter was hidden that day
    if rng.random() < 0.03:
        video["etiquettes"] = ",".join(video["etiquettes"])
    return video
