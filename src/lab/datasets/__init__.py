"""The data sets of the exercises: invented, deterministic, made when asked for, never downloaded.

    from lab import datasets
    campagnes = datasets.load("campagnes")          # a list of dictionaries
    datasets.about("campagnes")                     # where they come from, what is wrong with them

The same name, size and seed give the same rows on every machine. Values are missing or dirty on
purpose, as in real data: the provenance text of each set says which and how often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lab.datasets import campaigns, films, videos

SEED = 2026
Row = dict[str, Any]
# name -> (generator of `count` rows from a seed, usual size, largest size)
SETS: dict[str, tuple[Callable[[int, int], Iterator[Row]], int, int]] = {
    "campagnes": (campaigns.campaigns, 5_000, 100_000),
    "videos": (videos.videos, 2_000, 20_000),
    "vues": (videos.views, 20_000, 100_000),
    "films": (films.films, 1_500, 20_000),
    "personnes": (films.people, 1_000, 5_000),
}


def names() -> list[str]:
    """Return the names of the data sets."""
    return list(SETS)


def rows(name: str, count: int | None = None, *, seed: int = SEED) -> Iterator[Row]:
    """Yield the rows of a data set (the usual size without `count`).

    Raises KeyError for an unknown name, ValueError for a size that the set does not reach.
    """
    try:
        make, usual, most = SETS[name]
    except KeyError:
        known = ", ".join(SETS)
        raise KeyError(f"jeu de données inconnu : {name!r} (il y a : {known})") from None
    wanted = usual if count is None else count
    if not 0 <= wanted <= most:
        raise ValueError(f"{name} compte de 0 à {most} lignes, pas {wanted}")
    return make(seed, wanted)


def load(name: str, count: int | None = None, *, seed: int = SEED) -> list[Row]:
    """Return the rows of a data set as a list; see `rows`."""
    return list(rows(name, count, seed=seed))


def about(name: str) -> str:
    """Return the provenance text (reStructuredText, in French) of a data set."""
    family = {"vues": "videos", "personnes": "films"}.get(name, name)
    if name not in SETS:
        raise KeyError(f"jeu de données inconnu : {name!r}")
    return Path(__file__).with_name(f"{family}.rst").read_text(encoding="utf-8")
