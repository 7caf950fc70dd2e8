"""Words of the practice web: one text file per section, read the first time it is needed.

A file is made of blocks, ``[acteurs]``, ``[fonctions]``, ``[organismes]``, ``[titres]``,
``[chapos]``, ``[phrases]``, ``[citations]``, and one ``[sujet NAME]`` per tag, in which lines
ending with a full stop are sentences and the others noun phrases.  `grammar` gives the syntax.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab.practice.grammar import Noun, noun, slugify, typography

SECTION_NAMES = (
    "Politique",
    "Économie",
    "International",
    "Société",
    "Culture",
    "Sciences",
    "Sport",
    "Numérique",
)
GENRES = ("Enquête", "Entretien", "Reportage", "Portrait", "Analyse", "Régions")


@dataclass(frozen=True, slots=True)
class Topic:
    """What articles of one tag talk about."""

    name: str
    nouns: tuple[Noun, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Everything needed to write in one section."""

    actors: tuple[Noun, ...]
    roles: tuple[tuple[str, str], ...]
    bodies: tuple[Noun, ...]
    titles: tuple[str, ...]
    leads: tuple[str, ...]
    sentences: tuple[str, ...]
    quotes: tuple[str, ...]
    topics: dict[str, Topic]


@cache
def blocks(name: str) -> dict[str, list[str]]:
    """Return the lines of a vocabulary file by block heading, comments left out."""
    found: dict[str, list[str]] = {}
    path = Path(__file__).with_name(f"{name}.txt")
    for line in path.read_text(encoding="utf-8").splitlines():
        heading = re.fullmatch(r"\[(.+)\]", line)
        if heading:
            current = found.setdefault(heading[1], [])
        elif line.strip() and not line.startswith("#"):
            current.append(line.strip())
    return found


def section_topics(section: str) -> tuple[str, ...]:
    """Return the tag names of a section, in the file's order."""
    return tuple(key[6:] for key in blocks(slugify(section)) if key.startswith("sujet "))


@cache
def words(section: str) -> Words:
    """Return the words of a section, those common to all sections included."""
    own, common = blocks(slugify(section)), blocks("commun")

    def texts(key: str) -> tuple[str, ...]:
        return tuple(map(typography, own.get(key, []) + common.get(key, [])))

    roles = (line.partition("|")[::2] for line in texts("fonctions"))
    topics = {
        key[6:]: Topic(
            key[6:],
            tuple(noun(line) for line in lines if not line.endswith(".")),
            tuple(typography(line) for line in lines if line.endswith(".")),
        )
        for key, lines in own.items()
        if key.startswith("sujet ")
    }
    return Words(
        actors=tuple(map(noun, own["acteurs"])),
        roles=tuple(roles),
        bodies=tuple(map(noun, own["organismes"])),
        titles=texts("titres"),
        leads=texts("chapos"),
        sentences=texts("phrases"),
        quotes=texts("citations"),
        topics=topics,
    )
