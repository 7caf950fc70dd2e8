"""The faulty newspaper: which article fails how, and what it takes to have it all the same.

Every fault is drawn from the world's seed.  An article meets its faults in order, one per
attempt; after the last one it is served, and the next visitor meets the same faults again.
A `lasting` fault never goes away.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache

from lab.practice.articles import Headline, headline
from lab.practice.world import REFERENCE_DAY, World

ECHO = "https://echo.example"
PUBLISHER = "L’Écho des Pannes"
PREFIX = "/pannes/journal/"
JOURNAL_SIZE = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for a page to go wrong.

    `lasting`: it happens at every attempt.  `readable`: the article can be had all the same,
    by the means told in `need`.  `status` is what a client sees (0: no HTTP answer at all).
    """

    slug: str
    title: str
    level: int
    summary: str
    need: str
    status: int = 200
    lasting: bool = False
    readable: bool = True


RETRY = "réessayer"
WAIT = "attendre ce que dit Retry-After, puis réessayer"
NOTHING = "rien à faire : passer, en le comptant"

FAULTS: dict[str, Fault] = {
    fault.slug: fault
    for fault in (
        Fault(
            "erreur-500", "Erreur 500 passagère", 1,
            "Le serveur trébuche à la première demande, puis se reprend.", RETRY, 500,
        ),
        Fault(
            "indisponible-503", "503 avec Retry-After", 2,
            "Le serveur demande un répit d’une seconde avant la prochaine demande.", WAIT, 503,
        ),
        Fault(
            "trop-429", "429 avec un nombre de secondes", 2,
            "Trop de demandes : Retry-After donne les secondes à attendre.", WAIT, 429,
        ),
        Fault(
            "trop-429-date", "429 avec une date", 2,
            "Trop de demandes : Retry-After donne l’heure à laquelle revenir.", WAIT, 429,
        ),
        Fault(
            "lent", "Réponse lente", 1,
            "La réponse se fait attendre ; « ?secondes=40 » la retarde davantage.",
            "patienter, avec un délai d’attente raisonnable", lasting=True,
        ),
        Fault(
            "goutte", "Réponse au compte-gouttes", 2,
            "La page arrive miette par miette ; « ?secondes=40 » l’étire.",
            "patienter, avec un délai d’attente total", lasting=True,
        ),
        Fault(
            "tronquee", "Page tronquée", 2,
            "Content-Length annonce toute la page, la moitié seulement arrive.", RETRY, 0,
        ),
        Fault(
            "coupure", "Connexion coupée", 2,
            "Le serveur raccroche sans répondre.", RETRY, 0,
        ),
        Fault(
            "vide", "Page vide", 2,
            "La réponse est 200, mais il n’y a rien dedans.", "reconnaître le vide, réessayer",
        ),
        Fault(
            "gzip-casse", "gzip invalide", 3,
            "La page se dit compressée par gzip, et ne l’est pas.",
            "voir l’erreur de décompression, réessayer",
        ),
        Fault(
            "gzip-tronque", "gzip tronqué", 4,
            "Le flux compressé s’arrête en route : la page décompressée semble presque entière.",
            "vérifier la fin du flux gzip, réessayer",
        ),
        Fault(
            "blocage", "Page de blocage avec un statut 200", 3,
            "Le site se méfie et demande une preuve d’humanité : ce n’est pas un article.",
            "reconnaître la page de blocage, réessayer plus tard",
        ),
        Fault(
            "rebonds", "Suite de redirections", 1,
            "Quatre redirections (301, 302, 307, 308), et la page est au bout.",
            "suivre les redirections", 302, lasting=True,
        ),
        Fault(
            "encodage-latin", "Dit UTF-8, écrit en latin-1", 3,
            "L’en-tête annonce UTF-8, les octets sont du latin-1.",
            "voir que les octets contredisent l’en-tête", lasting=True,
        ),
        Fault(
            "encodage-utf8", "Dit latin-1, écrit en UTF-8", 3,
            "L’en-tête annonce latin-1, les octets sont de l’UTF-8 : « Ã© » partout.",
            "voir que les octets contredisent l’en-tête", lasting=True,
        ),
        Fault(
            "type-menteur", "Type de contenu inexact", 2,
            "Une page HTML servie comme application/octet-stream.",
            "regarder le contenu, pas seulement l’étiquette", lasting=True,
        ),
        Fault(
            "binaire", "Une image à la place de la page", 2,
            "L’adresse finit par .html, le contenu est une image PNG.",
            NOTHING, lasting=True, readable=False,
        ),
        Fault(
            "introuvable-404", "Page introuvable", 1,
            "Un lien mort : 404, pour toujours.", NOTHING, 404, lasting=True, readable=False,
        ),
        Fault(
            "fausse-404", "Fausse 404", 3,
            "La page dit qu’elle n’existe pas, avec un statut 200.",
            NOTHING, lasting=True, readable=False,
        ),
        Fault(
            "panne-500", "Panne durable", 1,
            "500 à chaque demande : il faut savoir renoncer.",
            NOTHING, 500, lasting=True, readable=False,
        ),
        Fault(
            "boucle", "Boucle de redirections", 3,
            "Trois adresses se renvoient l’une à l’autre, sans fin.",
            NOTHING, 302, lasting=True, readable=False,
        ),
        Fault(
            "ailleurs", "Redirections vers un autre site", 2,
            "Deux redirections, et l’on se retrouve chez quelqu’un d’autre.",
            "ne pas quitter le site (allowed_domains)", 302, lasting=True, readable=False,
        ),
        Fault(
            "enorme", "Page de plus de 10 Mo", 3,
            "Onze mébioctets de texte : ce n’est pas un article.",
            NOTHING, lasting=True, readable=False,
        ),
        Fault(
            "bombe", "Bombe gzip", 4,
            "Moins de quatre mégaoctets sur le réseau, un gibioctet une fois décompressé.",
            NOTHING, lasting=True, readable=False,
        ),
    )
}  # fmt: skip
PASSING = tuple(fault for fault in FAULTS.values() if not fault.lasting)


def journal(world: World) -> World:
    """Return the small world whose articles the faulty newspaper prints, whatever the size."""
    digest = hashlib.blake2b(f"{world.seed}/journal".encode(), digest_size=6).digest()
    return replace(
        world, seed=int.from_bytes(digest, "big"), articles=JOURNAL_SIZE, products=0,
        today=REFERENCE_DAY,
    )  # fmt: skip


@lru_cache(maxsize=8)
def _draw(world: World) -> tuple[tuple[Fault, ...], ...]:
    rng = world.rng("pannes", 0)
    drawn: list[tuple[Fault, ...]] = []
    while len(drawn) < JOURNAL_SIZE:
        for fault in rng.sample(list(FAULTS.values()), len(FAULTS)):
            # One passing fault in three is followed by another: two retries must be enough.
            again = not fault.lasting and rng.random() < 1 / 3
            drawn.append((fault, rng.choice(PASSING)) if again else (fault,))
    return tuple(drawn[:JOURNAL_SIZE])


def faults_of(world: World, index: int) -> tuple[Fault, ...]:
    """Return the faults of article `index`, one per attempt; IndexError when there is none."""
    if not 0 <= index < JOURNAL_SIZE:
        raise IndexError(index)
    return _draw(world)[index]


def head_of(world: World, index: int) -> Headline:
    """Return the headline of article `index` of the faulty newspaper."""
    return headline(journal(world), index)


def path_of(head: Headline) -> str:
    """Return the address of an article on the server."""
    return PREFIX + head.path.rsplit("/", 1)[-1]


def canonical_of(head: Headline) -> str:
    """Return the address of an article on the newspaper's fictional host."""
    return f"{ECHO}/{path_of(head).removeprefix(PREFIX)}"


class Attempts:
    """Counts the failed visits to each address; a served page forgets, so memory is bounded.

    At most `most` addresses are kept: the oldest are forgotten, and begin again.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._seen: dict[str, int] = {}

    def next(self, key: str, failures: int) -> int:
        """Return the rank of this visit, from 0; `failures` is the rank of the good one."""
        rank = self._seen.pop(key, 0)
        if rank < failures:
            self._seen[key] = rank + 1
            if len(self._seen) > self._most:
                del self._seen[next(iter(self._seen))]
        return min(rank, failures)

    def __len__(self) -> int:
        return len(self._seen)
