"""Films and people: two sets that refer to each other, for joins, rankings and searches."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lab.datasets.drawing import amount, city, generator, person, ranked

GENRES = ("Drame", "Comédie", "Policier", "Documentaire", "Animation", "Aventure",
          "Science-fiction", "Romance")  # fmt: skip
PEOPLE = 1_000
LAST_YEAR = 2026
_WHO = ("La gardienne", "Le facteur", "Les sœurs", "L'horlogère", "Le dernier passeur",
        "Une cartographe", "Les enfants", "Le violoniste", "La plongeuse", "Trois inconnus",
        "L'apprenti", "Les voisines")  # fmt: skip
_WHAT = ("du phare", "de minuit", "des marées", "sans mémoire", "du train de 6 h 12", "de la rue "
         "Haute", "et le renard", "au long cours", "des îles", "du quatrième étage", "de l'hiver",
         "contre le vent")  # fmt: skip
_PLOTS = (
    "{who} quitte {town} pour retrouver une lettre perdue, et découvre une ville qu'on lui "
    "cachait.",
    "À {town}, une panne d'électricité oblige {who_low} à raconter ce qui s'est passé l'hiver "
    "dernier.",
    "Un été à {town} : {who_low} apprend un métier que plus personne n'exerce.",
    "{who} enquête sur la disparition d'un tableau dans un musée de {town}, aux côtés d'un témoin "
    "muet.",
    "Quand la mer monte, {who_low} refuse de partir ; {town} entière finit par tenir tête au "
    "conseil.",
    "{who} rêve de traverser l'Atlantique ; de {town} au port, rien ne se passe comme prévu.",
)


def people(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield `count` people: actors, directors, both."""
    for index in range(count):
        rng = generator(seed, "personne", index)
        town, region = city(rng)
        yield {
            "_id": f"p{index:05d}",
            "nom": person(rng),
            "naissance": int(rng.triangular(1938, 2006, 1979)),
            "lieu": {"ville": town, "region": region},
            "metiers": rng.choices(
                (["interprète"], ["cinéaste"], ["interprète", "cinéaste"]), (70, 18, 12)
            )[0],
        }


@lru_cache(maxsize=8)
def _directors(seed: int) -> tuple[str, ...]:
    everyone = people(seed, PEOPLE)
    return tuple(one["_id"] for one in everyone if "cinéaste" in one["metiers"])


@lru_cache(maxsize=8)
def _actors(seed: int) -> tuple[str, ...]:
    everyone = people(seed, PEOPLE)
    return tuple(one["_id"] for one in everyone if "interprète" in one["metiers"])


def films(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield `count` films; people are among the first 1,000 of `people`."""
    for index in range(count):
        rng = generator(seed, "film", index)
        yield _soil(rng, _film(rng, seed, index))


def _film(rng: random.Random, seed: int, index: int) -> dict[str, Any]:
    directors, actors = _directors(seed), _actors(seed)
    who, town = rng.choice(_WHO), city(rng)[0]
    budget = int(amount(rng, 2_400_000, 1.0) // 10_000) * 10_000
    score = min(9.7, max(1.2, rng.gauss(6.3, 1.1)))
    # Word of mouth: one point more brings about 60 % more people.
    takings = int(budget * amount(rng, 0.8, 0.9) * 1.6 ** (score - 6.3))
    cast: list[str] = []
    for _ in range(rng.choice((3, 4, 5, 6, 8))):
        chosen = actors[ranked(rng, len(actors), 0.7)]
        if chosen not in cast:
            cast.append(chosen)
    return {
        "_id": f"f{index:05d}",
        "titre": f"{who} {rng.choice(_WHAT)}",
        "annee": int(rng.triangular(1965, LAST_YEAR, 2014)),
        "genres": rng.sample(GENRES, rng.choice((1, 1, 2, 2, 3))),
        "duree": int(rng.gauss(104, 17)),
        "resume": rng.choice(_PLOTS).format(who=who, who_low=who[0].lower() + who[1:], town=town),
        "realisation": directors[ranked(rng, len(directors), 0.8)],
        "distribution": [{"personne": one, "ordre": place + 1} for place, one in enumerate(cast)],
        "note": round(score, 1),
        "votes": int(amount(rng, 900, 1.4)) + 3,
        "budget": budget,
        "recettes": takings,
    }


def _soil(rng: random.Random, film: dict[str, Any]) -> dict[str, Any]:
    """Make some rows as dirty as real ones; shares are those of films.rst."""
    if rng.random() < 0.06:
        film["budget"] = None
    if rng.random() < 0.03:
        film["annee"] = str(film["annee"])
    if rng.random() < 0.02:
        film["duree"] = 0
    if rng.random() < 0.03:
        film["resume"] = ""
    return film
