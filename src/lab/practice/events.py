"""The agenda: a year of real events, and a calendar that goes on for ever without any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lab.practice.articles import MONTHS
from lab.practice.grammar import slugify
from lab.practice.names import PLACES
from lab.practice.world import World

AGENDA = "https://agenda.example"
FIRST = (2026, 9)  # the month the agenda opens with
BUSY_MONTHS = 12
QUIET = 4  # the fifth month has nothing, though others follow
YEARS = range(1, 10_000)

_TITLES = (
    "Concert sous les halles", "Concert à la belle étoile", "Récital d’orgue",
    "Conférence sur les rivières", "Conférence : lire une carte ancienne",
    "Exposition de photographies", "Exposition des métiers d’art", "Marché des potiers",
    "Marché aux plantes", "Atelier de reliure", "Atelier de réparation de vélos",
    "Atelier d’écriture", "Projection en plein air", "Ciné-débat des archives",
    "Balade au fil de l’eau", "Balade des jardins partagés", "Rencontre avec une romancière",
    "Rencontre avec les apiculteurs", "Bal populaire", "Tournoi d’échecs",
    "Tournoi de pétanque", "Visite des archives", "Nuit des étoiles", "Bourse aux livres",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the agenda; `path` is its own page."""

    title: str
    day: date
    place: str
    path: str

    @property
    def canonical_url(self) -> str:
        """The address on the agenda's fictional host."""
        return AGENDA + self.path.removeprefix("/agenda")


def month_number(year: int, month: int) -> int:
    """Return the rank of a month, 0 for the first one; negative before."""
    return (year - FIRST[0]) * 12 + month - FIRST[1]


def shift(year: int, month: int, months: int) -> tuple[int, int]:
    """Return the (year, month) that comes `months` later."""
    total = year * 12 + month - 1 + months
    return total // 12, total % 12 + 1


def month_name(year: int, month: int) -> str:
    """Return ``septembre 2026``."""
    return f"{MONTHS[month - 1]} {year}"


def events_of(world: World, year: int, month: int) -> list[Event]:
    """Return the events of a month, by day: 3 to 6 in the first year but one month, then none."""
    number = month_number(year, month)
    if not 0 <= number < BUSY_MONTHS or number == QUIET:
        return []
    rng = world.rng("agenda", number)
    found = []
    for day in sorted(rng.sample(range(1, 29), rng.randrange(3, 7))):
        title = rng.choice(_TITLES)
        when = date(year, month, day)
        path = f"/agenda/{when:%Y/%m}/{day:02d}-{slugify(title)}/"
        found.append(Event(title, when, rng.choice(PLACES)[0], path))
    return found
