"""Draws shared by the generators: people, places, amounts that look like real ones."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import cache

from lab.practice.names import FIRST_NAMES, PLACES, SURNAMES

# (longitude, latitude) in degrees, rounded; public geography.
COORDINATES = {
    "Brest": (-4.49, 48.39), "Rennes": (-1.68, 48.11), "Quimper": (-4.10, 47.99),
    "Nantes": (-1.55, 47.22), "Angers": (-0.55, 47.47), "Lille": (3.06, 50.63),
    "Amiens": (2.30, 49.89), "Rouen": (1.10, 49.44), "Caen": (-0.37, 49.18),
    "Le Havre": (0.11, 49.49), "Strasbourg": (7.75, 48.57), "Reims": (4.03, 49.26),
    "Metz": (6.18, 49.12), "Dijon": (5.04, 47.32), "Besançon": (6.02, 47.24),
    "Lyon": (4.84, 45.76), "Grenoble": (5.72, 45.19), "Clermont-Ferrand": (3.08, 45.78),
    "Marseille": (5.37, 43.30), "Nice": (7.27, 43.70), "Toulouse": (1.44, 43.60),
    "Montpellier": (3.88, 43.61), "Perpignan": (2.90, 42.70), "Bordeaux": (-0.58, 44.84),
    "La Rochelle": (-1.15, 46.16), "Limoges": (1.26, 45.83), "Tours": (0.69, 47.39),
    "Orléans": (1.91, 47.90), "Paris": (2.35, 48.86), "Ajaccio": (8.74, 41.93),
}  # fmt: skip


def generator(seed: int, kind: str, index: int) -> random.Random:
    """Return the generator of one row: rows do not depend on how many are asked for."""
    return random.Random(f"{seed}/données/{kind}/{index}")  # noqa: S311  content, not secrets


def person(rng: random.Random) -> str:
    """Return a full name."""
    return f"{rng.choice(FIRST_NAMES[rng.random() < 0.5])} {rng.choice(SURNAMES)}"


def city(rng: random.Random) -> tuple[str, str]:
    """Return a city and its region; large cities come more often."""
    index = int(abs(rng.gauss(0, 0.45)) * len(PLACES)) % len(PLACES)
    place = PLACES[-1 - index]
    return place[0], place[2]


def amount(rng: random.Random, median: float, spread: float) -> float:
    """Return a log-normal amount: `median`, and `spread` as the sigma of its logarithm."""
    return median * math.exp(rng.gauss(0, spread))


def rounded(value: float, steps: Sequence[int] = (5, 10, 50, 100, 500, 1000)) -> int:
    """Return a value rounded as people round: to a step about a tenth of it."""
    step = max((step for step in steps if step * 8 <= value), default=steps[0])
    return max(step, round(value / step) * step)


@cache
def zipf(size: int, exponent: float) -> list[float]:
    """Return cumulative weights of ranks 1…size in a Zipf law (heavy tail)."""
    total, cumulated = 0.0, []
    for rank in range(1, size + 1):
        total += rank**-exponent
        cumulated.append(total)
    return cumulated


def ranked(rng: random.Random, size: int, exponent: float = 1.0) -> int:
    """Return an index below `size`; low ones come far more often."""
    return rng.choices(range(size), cum_weights=zipf(size, exponent))[0]
