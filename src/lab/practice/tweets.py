"""A stream of short messages: one per minute, computed from (seed, minute)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lab.practice.articles import Scene
from lab.practice.grammar import capital, slugify, typography
from lab.practice.names import FIRST_NAMES, SURNAMES
from lab.practice.vocabulary import SECTION_NAMES, words
from lab.practice.world import World

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LAST_MINUTE = 2**31
_TEMPLATES = tuple(
    map(
        typography,
        (
            "{à_ville} ce matin, on ne parle que de ça : {sujet}.",
            "{sujet} : quelqu'un a des nouvelles ?",
            "{acteur} {acteur:a|ont} encore changé d'avis sur {sujet}…",
            "« {citation} » : entendu {à_ville}.",
            "{nombre} personnes {à_ville} pour {sujet}. Belle ambiance !",
            "Je lis le rapport sur {sujet}, {petit} pages, passionnant.",
            "Pas convaincu·e par {sujet}, mais curieux·se de voir la suite.",
            "Vivement {jour} : rencontre {à_ville} autour {sujet:de}.",
        ),
    )
)


def minute_of(moment: datetime) -> int:
    """Return the number of whole minutes since `EPOCH`, never negative."""
    return max(0, int((moment - EPOCH).total_seconds() // 60))


def tweet(world: World, minute: int) -> dict[str, Any]:
    """Return the message of `minute` (minutes since `EPOCH`), ready for JSON."""
    rng = world.rng("tweet", minute)
    vocabulary = words(SECTION_NAMES[rng.randrange(len(SECTION_NAMES))])
    topic = rng.choice(tuple(vocabulary.topics.values()))
    scene = Scene(rng, vocabulary, topic, topic)
    text = capital(rng.choice(_TEMPLATES).format_map(scene))
    hashtags = [_hashtag(topic.name)]
    if rng.random() < 0.5:
        hashtags.append(_hashtag(scene["ville"]))
    # A few hundred accounts, so that counting by user means something.
    user = account_of(world, rng.randrange(300))
    created = EPOCH + timedelta(minutes=minute, seconds=rng.randrange(60))
    return {
        "id": str(1_800_000_000_000_000_000 + minute * 1_000_003),
        "created_at": created.isoformat().replace("+00:00", "Z"),
        "user": user,
        "text": f"{text} {' '.join('#' + tag for tag in hashtags)}",
        "hashtags": hashtags,
        "lang": "fr",
        "minute": minute,
    }


def account_of(world: World, number: int) -> dict[str, str]:
    """Return an account of the network: its `screen_name` and its `name`."""
    rng = world.rng("account", number)
    feminine = rng.randrange(2)
    name = f"{rng.choice(FIRST_NAMES[feminine])} {rng.choice(SURNAMES)}"
    return {"screen_name": slugify(name).replace("-", "_"), "name": name}


def _hashtag(name: str) -> str:
    return "".join(word.capitalize() for word in name.replace("-", " ").split())
