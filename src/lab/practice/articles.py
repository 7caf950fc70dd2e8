"""Articles of the gazette, computed one at a time from (seed, index)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar

from lab.practice.changes import correction
from lab.practice.grammar import capital, elided_de, slugify
from lab.practice.names import FIRST_NAMES, PLACES, SURNAMES
from lab.practice.numbered import Illustrated
from lab.practice.plan import Entry
from lab.practice.vocabulary import Topic, Words, words
from lab.practice.world import GAZETTE, REFERENCE_DAY, World

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@dataclass(frozen=True, slots=True)
class Headline(Illustrated):
    """What a list shows of an article; times are zone-aware (Europe/Paris)."""

    site: ClassVar[str] = GAZETTE
    picture: ClassVar[str] = "article"

    entry: Entry
    title: str
    description: str
    published: datetime
    modified: datetime


class Scene(dict[str, Any]):
    """Values for templates, drawn when first asked; `next_sentence` forgets the fleeting ones."""

    def __init__(self, rng: random.Random, vocabulary: Words, topic: Topic, other: Topic) -> None:
        super().__init__()
        self._rng, self._words, self._topic, self._other = rng, vocabulary, topic, other
        self["sujet"] = self.pick(topic.nouns)
        city, in_city, region, in_region = self.pick(PLACES)
        self.update(ville=city, à_ville=in_city, région=region, en_région=in_region)
        self["de_ville"] = f"du {city[3:]}" if city.startswith("Le ") else elided_de(city)
        self._kept = dict(self)
        self._unsaid: list[str] = []

    def pick(self, pool: tuple[Any, ...]) -> Any:
        """Return one value of `pool` (faster than `random.choice`)."""
        return pool[int(self._rng.random() * len(pool))]

    def next_sentence(self) -> None:
        """Forget everything that need not hold from one sentence to the next."""
        self.clear()
        self.update(self._kept)

    def __missing__(self, key: str) -> Any:
        value = _DRAWS[key.rstrip("2")](self)
        self[key] = value
        return value

    def person(self) -> str:
        """Return a name with a role, as ``Nadia Sorlin, économiste``."""
        feminine = self._rng.random() < 0.5
        first = self.pick(FIRST_NAMES[feminine])
        masculine_role, feminine_role = self.pick(self._words.roles)
        role = (feminine_role or masculine_role) if feminine else masculine_role
        return f"{first} {self.pick(SURNAMES)}, {role}"

    def number(self, low: int, high: int) -> str:
        """Return a number as French prints it, with no-break spaces between thousands."""
        return f"{self._rng.randrange(low, high):,}".replace(",", "\u00a0")

    def elsewhere(self, part: int) -> str:
        """Return a place not yet named in this sentence nor in the subject's."""
        named = self.values()
        place: str = self.pick(tuple(p[part] for p in PLACES if p[part] not in named))
        return place

    def quote(self) -> str:
        """Return a quotation without its guillemets and without final stop, never twice."""
        if not self._unsaid:
            self._unsaid = self._rng.sample(self._words.quotes, len(self._words.quotes))
        return capital(self._unsaid.pop().format_map(self))


_DRAWS: dict[str, Callable[[Scene], Any]] = {
    "acteur": lambda s: s.pick(s._words.actors),
    "organisme": lambda s: s.pick(s._words.bodies),
    "autre": lambda s: s.pick(tuple(n for n in s._other.nouns if n is not s["sujet"])),
    "personne": Scene.person,
    "citation": Scene.quote,
    "petit": lambda s: s.number(3, 30),
    "nombre": lambda s: s.number(40, 900),
    "grand": lambda s: s.number(1200, 48000),
    "pourcent": lambda s: s.number(4, 68) + "\u00a0%",
    "millions": lambda s: s.number(2, 190) + " millions d\u2019euros",
    "année": lambda s: str(s._rng.randrange(2012, 2026)),
    "futur": lambda s: str(s._rng.randrange(2027, 2035)),
    "mois": lambda s: s.pick(MONTHS),
    "de_mois": lambda s: elided_de(s.pick(MONTHS)),
    "jour": lambda s: s.pick(WEEKDAYS),
    "lieu": lambda s: s.elsewhere(1),
    "lieu_région": lambda s: s.elsewhere(3),
}


def _scene(world: World, index: int, kind: str, entry: Entry) -> Scene:
    # Title and body share the same beginning, hence the same subject and place.
    rng = world.rng("article", index)
    vocabulary = words(entry.section.name)
    topics = [vocabulary.topics[t.name] for t in entry.tags if t.name in vocabulary.topics]
    scene = Scene(rng, vocabulary, topics[0], topics[-1])
    if kind != "article":
        rng.seed(f"{world.seed}/{kind}/{index}")
    return scene


@lru_cache(maxsize=512)
def headline(world: World, index: int) -> Headline:
    """Return article `index` without its body; IndexError when there is no such article."""
    if not 0 <= index < world.article_count:
        raise IndexError(index)
    entry = world.plan.entry(index)
    scene = _scene(world, index, "article", entry)
    rng, vocabulary = scene._rng, scene._words
    title = capital(scene.pick(vocabulary.titles).format_map(scene))
    description = capital(scene.pick(vocabulary.leads).format_map(scene))
    published = world.published(index, rng.random())
    corrected = rng.random() < 0.3
    modified = published + timedelta(seconds=rng.randrange(60, 2900)) if corrected else published
    modified = correction(world, index, published) or modified
    path = f"/gazette/{published:%Y/%m/%d}/{slugify(title)}-{index + 1}.html"
    return Headline(index, path, entry, title, description, published, modified)


def paragraphs(world: World, index: int) -> list[str]:
    """Return the 4 to 10 paragraphs of article `index`, plain text."""
    entry = world.plan.entry(index)
    scene = _scene(world, index, "body", entry)
    rng, vocabulary = scene._rng, scene._words
    pool = scene._topic.sentences + vocabulary.sentences
    if scene._other is not scene._topic:
        pool += scene._other.sentences
    lengths = [2 + int(rng.random() * 3) for _ in range(4 + int(rng.random() * 7))]
    order = rng.sample(pool, min(len(pool), sum(lengths)))
    body = []
    for length in lengths:
        chosen, order = order[:length], order[length:]
        if chosen:
            body.append(" ".join([_sentence(scene, template) for template in chosen]))
    if world.today > REFERENCE_DAY and (note := _correction_note(world, index)):
        body.append(note)
    return body


def _correction_note(world: World, index: int) -> str:
    head = headline(world, index)
    moment = correction(world, index, head.published)
    if moment is None:
        return ""
    day = "1er" if moment.day == 1 else str(moment.day)
    return (
        f"Mise à jour du {day} {MONTHS[moment.month - 1]} {moment.year}\u00a0: une précision a été "
        f"apportée à cet article après sa parution."
    )


def _sentence(scene: Scene, template: str) -> str:
    scene.next_sentence()
    return capital(template.format_map(scene))


def related(world: World, index: int, count: int = 3) -> list[Headline]:
    """Return `count` other articles of the same section (fewer in a tiny world)."""
    cycle = world.plan.cycle(world.plan.entry(index).section)
    total = cycle.count(world.article_count)
    rank = world.position_in(cycle, index)
    step = 1 + int(world.rng("related", index).random() * 7)
    places = {(rank + step * n) % total for n in range(1, count + 1)} - {rank}
    return [headline(world, world.newest(cycle, p, p + 1)[0]) for p in sorted(places)]
