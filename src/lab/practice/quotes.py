"""Quotations of the library, computed one at a time from (seed, index), and their authors."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache

from lab.practice.grammar import Noun, capital, noun, slugify, typography
from lab.practice.names import FIRST_NAMES, PLACES, SURNAMES
from lab.practice.numbered import Numbered
from lab.practice.plan import PERIOD, Cycle, draw_blocks
from lab.practice.vocabulary import blocks
from lab.practice.world import World

BIBLIOTHEQUE = "https://bibliotheque.example"
AUTHORS = 40
GENRES = {"Maxime": "maximes", "Conseil": "conseils", "Souvenir": "souvenirs", "Humour": "humour"}
FIRST_BIRTH, BIRTH_YEARS = 1871, 84  # born between 1871 and 1955: their books are out
# Out of 10 quotations: on two themes, on one, or an aphorism of its theme's own.
SHAPES = ("duo",) * 5 + ("solo",) * 3 + ("propre",) * 2


@dataclass(frozen=True, slots=True)
class Work:
    """A book of an author, and the year it came out."""

    title: str
    year: int


@dataclass(frozen=True, slots=True)
class Writer:
    """An invented author: born on `born` at `place` (a city; `in_place` is ``à Brest``)."""

    slug: str
    name: str
    feminine: bool
    born: date
    place: str
    in_place: str
    biography: str
    works: tuple[Work, ...]

    @property
    def path(self) -> str:
        """Path of the author's page."""
        return f"/bibliotheque/auteur/{self.slug}/"

    @property
    def canonical_url(self) -> str:
        """The address on the library's fictional host."""
        return BIBLIOTHEQUE + self.path


@dataclass(frozen=True, slots=True)
class Label:
    """A tag of the library: a theme, or a kind of quotation."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Quote(Numbered):
    """A quotation; `work` is shown to readers who are logged in only."""

    text: str
    writer: Writer
    labels: tuple[Label, ...]
    work: Work

    @property
    def path(self) -> str:
        """Path of the quotation's own page."""
        return f"/bibliotheque/citation/{self.number}/"

    @property
    def canonical_url(self) -> str:
        """The address on the library's fictional host."""
        return BIBLIOTHEQUE + self.path


@dataclass(frozen=True, slots=True)
class Card:
    """Where one quotation stands: its author, theme(s) and shape."""

    writer: Writer
    themes: tuple[str, ...]
    genre: str
    shape: str


@dataclass(frozen=True)
class Library:
    """Authors and tags, drawn once per seed, and which quotations are theirs."""

    writers: dict[str, Writer]
    labels: dict[str, Label]
    cards: tuple[Card, ...]

    @cached_property
    def places(self) -> dict[str, frozenset[int]]:
        """Places of the period held by each author's slug, each tag's slug, each birthplace.

        The three kinds of keys are prefixed: ``auteur/…``, ``etiquette/…``, ``ville/…``.
        """
        found: defaultdict[str, set[int]] = defaultdict(set)
        for place, card in enumerate(self.cards):
            found[f"auteur/{card.writer.slug}"].add(place)
            found[f"ville/{slugify(card.writer.place)}"].add(place)
            for label in self.labels_of(card):
                found[f"etiquette/{label.slug}"].add(place)
        return {key: frozenset(places) for key, places in found.items()}

    def labels_of(self, card: Card) -> tuple[Label, ...]:
        """Return the tags of a quotation: its themes, then its kind."""
        names = card.themes if card.shape == "propre" else (*card.themes, card.genre)
        return tuple(self.labels[slugify(name)] for name in names)

    @cached_property
    def towns(self) -> dict[str, str]:
        """Birthplaces, by slug, in alphabetical order."""
        return {slugify(town): town for town in sorted({w.place for w in self.writers.values()})}


def library(world: World) -> Library:
    """Return the authors and tags of a world's library."""
    return _draw_library(world.seed)


@cache
def _nouns(block: str) -> tuple[Noun, ...]:
    lines = blocks("bibliotheque")[block]
    return tuple(noun(line) for line in lines if not line.endswith((".", "?", "!")))


@cache
def _sentences(block: str) -> tuple[str, ...]:
    return tuple(map(typography, blocks("bibliotheque")[block]))


@cache
def _templates(shape: str, source: str) -> tuple[str, ...]:
    """Return the templates of a kind (or theme, for ``propre``) that fit a shape."""
    if shape == "propre":
        lines = blocks("bibliotheque")[f"theme {source}"]
        return tuple(typography(line) for line in lines if line.endswith((".", "?", "!")))
    sentences = _sentences(GENRES[source])
    return tuple(s for s in sentences if ("{b" in s) == (shape == "duo"))


@cache
def theme_names() -> tuple[str, ...]:
    """Return the names of the themes, in the file's order."""
    return tuple(key[6:] for key in blocks("bibliotheque") if key.startswith("theme "))


@lru_cache(maxsize=8)
def _draw_library(seed: int) -> Library:
    rng = random.Random(f"{seed}/bibliotheque")  # noqa: S311  content, not secrets
    themes = theme_names()
    labels = {slugify(name): Label(slugify(name), name) for name in (*themes, *GENRES)}
    surnames = rng.sample(SURNAMES, AUTHORS)
    firsts = [rng.sample(names, AUTHORS) for names in FIRST_NAMES]
    writers = [
        _draw_writer(rng, f"{firsts[n % 2][n]} {surnames[n]}", n % 2 == 1) for n in range(AUTHORS)
    ]
    first_themes = draw_blocks(rng, themes)
    cards = []
    for writer, theme in zip(draw_blocks(rng, writers), first_themes, strict=True):
        shape = rng.choice(SHAPES)
        second = (rng.choice([t for t in themes if t != theme]),) if shape == "duo" else ()
        cards.append(Card(writer, (theme, *second), rng.choice(tuple(GENRES)), shape))
    return Library({w.slug: w for w in writers}, labels, tuple(cards))


def _draw_writer(rng: random.Random, name: str, feminine: bool) -> Writer:
    born = date(FIRST_BIRTH, 1, 1) + timedelta(days=rng.randrange(BIRTH_YEARS * 365))
    place, in_place = rng.choice(PLACES)[:2]
    age = rng.randrange(22, 34)
    words = {
        "il": "elle" if feminine else "il",
        "âge": age,
        "ailleurs": rng.choice([p[1] for p in PLACES if p[0] != place]),
    }

    def draw(block: str, count: int = 1) -> list[str]:
        return [s.format_map(words) for s in rng.sample(_sentences(block), count)]

    childhood, job = (rng.choice(_sentences(b)).split("|")[feminine] for b in _LIVES)
    start = f"{childhood}, {name} est {'une' if feminine else 'un'} {job} {_de_town(place)}."
    biography = " ".join(capital(s) for s in (start, *draw("parcours", 2), *draw("fins")))
    nouns = [n for theme in theme_names() for n in _nouns(f"theme {theme}")]
    works = []
    for template in rng.sample(_sentences("ouvrages"), 3):
        a, b = rng.sample(nouns, 2)
        people, image = rng.choice(_nouns("gens")), rng.choice(_nouns("images"))
        title = capital(template.format(a=a, b=b, gens=people, image=image))
        works.append(Work(title, born.year + age + rng.randrange(0, 25)))
    return Writer(slugify(name), name, feminine, born, place, in_place, biography, tuple(works))


_LIVES = ("biographies", "metiers")


def _de_town(town: str) -> str:
    return noun(town.replace("Le ", "le ").replace("La ", "la ")).de.replace("la ", "La ")


@lru_cache(maxsize=1024)
def quote(world: World, index: int) -> Quote:
    """Return quotation `index`; IndexError when there is no such quotation."""
    if not 0 <= index < world.quotes:
        raise IndexError(index)
    known = library(world)
    card = known.cards[index % PERIOD]
    rng = world.rng("citation", index)
    nouns = [rng.choice(_nouns(f"theme {theme}")) for theme in card.themes]
    words = {
        "a": nouns[0],
        "b": nouns[-1],
        "gens": rng.choice(_nouns("gens")),
        "image": rng.choice(_nouns("images")),
        "verbe": rng.choice(_sentences("verbes")),
        "e": "e" if card.writer.feminine else "",
    }
    source = card.themes[0] if card.shape == "propre" else card.genre
    text = capital(rng.choice(_templates(card.shape, source)).format_map(words))
    return Quote(index, text, card.writer, known.labels_of(card), rng.choice(card.writer.works))


@lru_cache(maxsize=4096)
def _cycle(seed: int, keys: tuple[str, ...]) -> Cycle:
    kept = set(range(PERIOD))
    for key in keys:
        kept &= _draw_library(seed).places.get(key, frozenset())
    return Cycle(PERIOD, tuple(sorted(kept)))


def members(world: World, *keys: str) -> tuple[Cycle, int]:
    """Return the quotations that answer all of `keys`, and their count; all without keys.

    Keys are those of `Library.places`.
    """
    cycle = _cycle(world.seed, keys)
    return cycle, cycle.count(world.quotes)


def ranked(world: World, cycle: Cycle, start: int, stop: int) -> list[Quote]:
    """Return the quotations of ranks [start, stop) of `cycle`, in the order of their numbers."""
    return [quote(world, cycle.nth(rank)) for rank in range(start, stop)]


def present(world: World, *keys: str) -> bool:
    """Say whether at least one quotation of the world answers all of `keys`."""
    return members(world, *keys)[1] > 0
