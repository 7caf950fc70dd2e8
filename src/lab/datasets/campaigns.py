"""Crowdfunding campaigns: the set « Financement participatif » of the chapter Mongo."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from lab.datasets.drawing import COORDINATES, amount, city, generator, person, rounded

# category -> (weight, median goal in euros, share of successes, sub-categories, things)
CATEGORIES: dict[str, tuple[float, float, float, tuple[str, ...], tuple[str, ...]]] = {
    "Musique": (20, 4200, 0.62, ("Album", "Concert", "Clip", "Instrument"),
        ("un premier album", "une tournée en camion", "un clip en stop-motion",
         "une harpe de poche", "un festival de quartier")),
    "Édition": (16, 3600, 0.58, ("Roman", "Bande dessinée", "Revue", "Jeunesse"),
        ("un roman feuilleton", "une bande dessinée muette", "une revue de montagne",
         "un abécédaire illustré", "un guide des oiseaux")),
    "Jeux": (12, 14000, 0.55, ("Plateau", "Cartes", "Vidéo"),
        ("un jeu de plateau coopératif", "un jeu de cartes sur les marées",
         "un jeu vidéo d'enquête", "un escape game à emporter")),
    "Film": (12, 7800, 0.46, ("Court métrage", "Documentaire", "Animation"),
        ("un court métrage de fin d'études", "un documentaire sur les sauniers",
         "un film d'animation en papier", "une série web")),
    "Alimentation": (11, 9000, 0.44, ("Épicerie", "Restaurant", "Ferme", "Brasserie"),
        ("une épicerie sans emballage", "un four à pain ambulant", "une brasserie de village",
         "une conserverie solidaire", "une ferme en ville")),
    "Technologie": (11, 26000, 0.28, ("Objet", "Application", "Énergie"),
        ("une lampe sans pile", "un vélo cargo à monter soi-même", "un capteur de sols",
         "une montre à gousset connectée", "une éolienne de balcon")),
    "Solidarité": (10, 5200, 0.57, ("Éducation", "Santé", "Environnement"),
        ("une bibliothèque de rue", "un jardin partagé", "une maraude à vélo",
         "un atelier de réparation", "une classe de découverte")),
    "Mode": (8, 6500, 0.40, ("Vêtement", "Accessoire", "Bijou"),
        ("un pull en laine locale", "des bottes réparables", "un sac en voile récupérée")),
}  # fmt: skip
STATES = ("réussie", "échouée", "annulée", "en cours")
TODAY = datetime(2026, 9, 15, tzinfo=UTC)
WORDS = ("artisanal", "local", "solidaire", "numérique", "enfants", "écologie", "patrimoine",
         "création", "recyclage", "voyage")  # fmt: skip
COMMENTS = ("Hâte de voir le résultat !", "Bravo pour ce projet.", "Livré en retard, mais superbe.",
            "Toujours rien reçu…", "Belle idée, je partage.", "Un peu cher.",
            "Merci pour les nouvelles régulières.")  # fmt: skip


def campaigns(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield `count` campaigns; about 1 % are a second copy of an earlier one (dirty on purpose)."""
    for index in range(count):
        rng = generator(seed, "campagne", index)
        if index > 50 and rng.random() < 0.01:
            copied = rng.randrange(index)
            yield {**_campaign(seed, copied), "_id": f"c{index:06d}"}
        else:
            yield {**_campaign(seed, index), "_id": f"c{index:06d}"}


def _campaign(seed: int, index: int) -> dict[str, Any]:
    rng = generator(seed, "contenu-campagne", index)
    weights = [weight for weight, *_ in CATEGORIES.values()]
    category = rng.choices(list(CATEGORIES), weights)[0]
    _, median, share, subs, things = CATEGORIES[category]
    goal = rounded(amount(rng, median, 0.8))
    launched = datetime(2021, 1, 4, tzinfo=UTC) + timedelta(minutes=rng.randrange(2990000))
    ends = launched + timedelta(days=rng.choice((30, 30, 30, 40, 45, 60)))
    # A goal twice the median of its category halves the odds of success.
    state = _state(rng, ends, share * min(1.25, (median / goal) ** 0.35))
    rewards = _rewards(rng)
    raised, backers = _raised(rng, goal, state, rewards)
    town, region = city(rng)
    place = COORDINATES[town]
    owner, thing = person(rng), rng.choice(things)
    row: dict[str, Any] = {
        "titre": f"{thing[0].upper()}{thing[1:]}, "
        + (f"à {town}" if rng.random() < 0.4 else f"avec {owner}"),
        "categorie": category,
        "sous_categorie": rng.choice(subs),
        "etiquettes": rng.sample(WORDS, rng.choice((0, 1, 2, 2, 3))),
        "porteur": {
            "nom": owner,
            "ville": town,
            "region": region,
            "campagnes": 1 + int(rng.expovariate(1.4)),
        },
        "lieu": {
            "type": "Point",
            "coordinates": [
                round(place[0] + rng.gauss(0, 0.05), 4),
                round(place[1] + rng.gauss(0, 0.03), 4),
            ],
        },
        "objectif": goal,
        "collecte": raised,
        "contributeurs": backers,
        "etat": state,
        "lancement": launched,
        "fin": ends,
        "paliers": rewards,
        "commentaires": _comments(rng, launched, backers),
        "coup_de_coeur": rng.random() < 0.08,
    }
    return _soil(rng, row)


def _state(rng: random.Random, ends: datetime, share: float) -> str:
    if ends > TODAY:
        return "en cours"
    if rng.random() < 0.06:
        return "annulée"
    return "réussie" if rng.random() < share else "échouée"


def _rewards(rng: random.Random) -> list[dict[str, Any]]:
    names = ("Merci", "Soutien", "Découverte", "Complet", "Collection", "Mécène")
    steps = range(rng.choice((3, 4, 5, 6)))
    prices = sorted({rounded(amount(rng, 12 * 2.2**step, 0.2)) for step in steps})
    return [
        {
            "montant": price,
            "nom": names[place],
            # The smallest gift is never sold out.
            "limite": rng.choice((None, None, 20, 50, 100)) if place else None,
            "pris": 0,
        }
        for place, price in enumerate(prices)
    ]


def _raised(
    rng: random.Random, goal: int, state: str, rewards: list[dict[str, Any]]
) -> tuple[int, int]:
    """Return euros and backers; fills in how many took each reward."""
    if state == "réussie":
        target = goal * (1 + rng.expovariate(4))
        if rng.random() < 0.01:  # the few that everyone talks about
            target *= rng.uniform(5, 25)
    else:
        target = goal * rng.betavariate(0.7, 3.2)
    raised = backers = 0
    while raised < target:
        free = [r for r in rewards if r["limite"] is None or r["pris"] < r["limite"]] or rewards[:1]
        chosen = free[min(int(rng.expovariate(0.9)), len(free) - 1)]
        # Many at once: a large campaign must not take a second to draw.
        several = max(1, min(int((target - raised) / chosen["montant"] / 8), 400))
        if chosen["limite"] is not None:
            several = min(several, max(1, chosen["limite"] - chosen["pris"]))
        chosen["pris"] += several
        raised += several * chosen["montant"]
        backers += several
    if state == "réussie" or raised < goal:
        return raised, backers
    return goal - 1, backers  # the last backer's gift was withdrawn: the goal was not met


def _comments(rng: random.Random, launched: datetime, backers: int) -> list[dict[str, Any]]:
    count = min(8, int(rng.expovariate(1 / (0.4 + backers / 120))))
    return [
        {
            "auteur": person(rng),
            "date": launched + timedelta(hours=rng.randrange(24, 2400)),
            "texte": rng.choice(COMMENTS),
            "note": rng.choices((1, 2, 3, 4, 5, None), (6, 6, 14, 30, 34, 10))[0],
        }
        for _ in range(count)
    ]


def _soil(rng: random.Random, row: dict[str, Any]) -> dict[str, Any]:
    """Make some rows as dirty as real ones; shares are those of campagnes.rst."""
    if rng.random() < 0.03:
        row["objectif"] = f"{row['objectif']:,} €".replace(",", "\u00a0")
    elif rng.random() < 0.02:
        row["objectif"] = None
    if rng.random() < 0.04:
        town = row["porteur"]["ville"]
        row["porteur"]["ville"] = rng.choice((town.upper(), town.lower(), f" {town} "))
    if rng.random() < 0.05:
        row["fin"] = row["fin"].strftime("%d/%m/%Y")
    if rng.random() < 0.03:
        del row["sous_categorie"]
    if rng.random() < 0.02:
        row["collecte"] = -row["collecte"]
    return row
