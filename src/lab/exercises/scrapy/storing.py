"""Judges of notebook 04: storing twice, reading an archive, dead letters, a frontier of leases."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise

SCRATCH = "scrapy04_juge"
SITE = "https://essai.example"


@contextmanager
def _scratch() -> Iterator[Any]:
    """Yield an empty collection of the judge's own, dropped at the end."""
    base = workspace.mongo()
    base.drop_collection(SCRATCH)
    try:
        yield base[SCRATCH]
    finally:
        base.drop_collection(SCRATCH)


def _called(call: Callable[..., Any], when: str, hint: str, *arguments: Any) -> Any:
    """Return what the student's code gives. Raises Wrong when it raises."""
    try:
        return call(*arguments)
    except Exception as error:
        raise Wrong(f"{when}, elle lève {type(error).__name__}.", hint) from None


def _card(path: str, title: str, official: str | None = None) -> dict[str, Any]:
    card = {"url": SITE + path, "title": title}
    return {**card, "canonical_url": SITE + official} if official else card


@exercise("scrapy-18")
def stored_once(answer: Any) -> None:
    hint = "ReplaceOne({'_id': …}, fiche, upsert=True), et l'adresse officielle d'abord."
    call = expect.callable_(answer, hint)
    steps: list[tuple[str, list[dict[str, Any]], int]] = [
        ("À la première récolte", [_card("/a?de=une", "Crue", "/a"), _card("/b", "Noces")], 2),
        ("À la seconde", [_card("/a", "La décrue", "/a"), _card("/c", "Bal", "/c")], 1),
        ("Quand rien n'est récolté", [], 0),
        ("Relancée à l'identique", [_card("/b", "Noces")], 0),
        ("Avec un doublon dans la liste", [_card("/d", "Un"), _card("/d/?x", "Deux", "/d")], 1),
    ]
    right: dict[str, tuple[str, str]] = {}
    with _scratch() as collection:
        for when, cards, new in steps:
            mine = _called(call, when, hint, collection, [dict(one) for one in cards])
            for one in cards:
                address = one.get("canonical_url") or one["url"]
                name = sha256(address.encode()).hexdigest()[:32]
                right[name] = (one["url"], one["title"])
            found = {one["_id"]: (one.get("url"), one.get("title")) for one in collection.find()}
            if len(found) != len(right):
                raise Wrong(f"{when}, la collection a {len(found)} fiches.", hint)
            if set(found) != set(right):
                raise Wrong(f"{when}, un _id n'est pas celui de l'énoncé.", hint)
            if found != right:
                raise Wrong(f"{when}, une fiche n'est pas dans sa dernière version.", hint)
            expect.integer(mine, new, hint)


def _packed(*cards: tuple[str, str, str]) -> bytes:
    names = ("id", "scraped_at", "title")
    lines = [json.dumps(dict(zip(names, one, strict=True)), ensure_ascii=False) for one in cards]
    return gzip.compress("".join(line + "\n" for line in lines).encode())


@exercise("scrapy-19", stars=2)
def latest_state(answer: Any) -> None:
    hint = "Pour chaque ligne de chaque objet : ne remplacer que si scraped_at est plus grand."
    call = expect.callable_(answer, hint)
    monday, tuesday, friday = (f"2026-03-{day:02d}T08:00:00+00:00" for day in (2, 3, 6))
    first = _packed(("a", monday, "Crue"), ("b", monday, "Noces"))
    second = _packed(("c", tuesday, "Bal"), ("a", tuesday, "Décrue"))
    third = _packed(("b", friday, "Divorce"), ("a", friday, "Étiage"), ("b", monday, "Vieux"))
    last = {"a": (friday, "Étiage"), "b": (friday, "Divorce"), "c": (tuesday, "Bal")}
    cases: list[tuple[str, list[bytes], dict[str, tuple[str, str]]]] = [
        ("rien", [], {}),
        ("un seul objet", [first], {"a": (monday, "Crue"), "b": (monday, "Noces")}),
        ("trois objets dans l'ordre", [first, second, third], last),
        ("trois objets à rebours", [third, second, first], last),
        ("trois objets mêlés", [second, third, first], last),
    ]
    for what, objects, right in cases:
        mine = _called(call, f"Avec {what}", hint, objects)
        whole = {
            name: {"id": name, "scraped_at": at, "title": title}
            for name, (at, title) in right.items()
        }
        if not isinstance(mine, dict):
            raise Wrong(f"Avec {what}, elle rend {expect.kind(mine)}.", hint)
        if set(mine) != set(whole):
            raise Wrong(f"Avec {what}, elle rend {len(mine)} fiches.", hint)
        for name in whole:
            if mine[name] != whole[name]:
                raise Wrong(f"Avec {what}, la fiche « {name} » n'est pas la plus récente.", hint)


class _Store:
    """Takes documents, but those whose `n` is in `refused`; at `stop`, someone types Ctrl-C."""

    def __init__(self, refused: set[int], stop: int = -1) -> None:
        self.refused, self.stop, self.taken = refused, stop, []  # type: ignore[var-annotated]

    def __call__(self, collection: str, document: dict[str, Any]) -> None:
        if document["n"] == self.stop:
            raise KeyboardInterrupt
        if document["n"] in self.refused:
            raise RuntimeError("refusé")
        self.taken.append((collection, document["n"]))


def _letter(n: int) -> str:
    kept = {"collection": f"c{n % 2}", "reason": "refusé", "document": {"n": n, "mot": "été"}}
    return json.dumps({"store": "mongo", **kept}, ensure_ascii=False)


def _read(lines: Iterable[str]) -> list[str]:
    """Return the letters in one order and one way of writing; what is no JSON stays as it is."""

    def same_way(line: str) -> str:
        try:
            return json.dumps(json.loads(line), sort_keys=True)
        except ValueError:
            return line

    return sorted(map(same_way, lines))


def _replayed(
    call: Callable[..., Any], lines: Sequence[str], store: _Store, when: str, hint: str
) -> tuple[Any, list[str] | None]:
    """Return the function's answer, and the lines left (None when the file is gone)."""
    with tempfile.TemporaryDirectory(prefix="lab-judge-") as folder:
        path = Path(folder) / "presse-20260302-mongo.jsonl"
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        mine: Any = None
        try:
            mine = _called(call, when, hint, path, store)
        except KeyboardInterrupt:
            if store.stop < 0:
                raise
        if not path.exists():
            return mine, None
        left = path.read_text(encoding="utf-8").split("\n")
        return mine, [line for line in left if line]


@exercise("scrapy-20", stars=2)
def replay(answer: Any) -> None:
    hint = "Lisez tout, essayez chaque ligne, et ne touchez au fichier qu'à la fin."
    call = expect.callable_(answer, hint)
    letters, torn = [_letter(n) for n in range(5)], '{"collection": "c0", "docu'
    cases: list[tuple[str, list[str], set[int], list[str]]] = [
        ("Quand la base prend tout", letters, set(), []),
        ("Quand la base refuse deux lettres", letters, {1, 4}, [letters[1], letters[4]]),
        ("Devant une ligne illisible", [letters[0], torn, letters[2]], set(), [torn]),
        ("Quand la base refuse tout", letters[:2], {0, 1}, letters[:2]),
    ]
    for when, lines, refused, right in cases:
        store = _Store(refused)
        mine, left = _replayed(call, lines, store, when, hint)
        taken = [json.loads(one)["document"]["n"] for one in lines if one not in (*right, torn)]
        if store.taken != [(f"c{n % 2}", n) for n in taken]:
            raise Wrong(f"{when}, {len(store.taken)} lettres sont rangées.", hint)
        if right and left is None:
            raise Wrong(f"{when}, le fichier a disparu.", hint)
        if left is not None and not right:
            raise Wrong(f"{when}, le fichier devrait être supprimé.", hint)
        if _read(left or []) != _read(right):
            raise Wrong(f"{when}, il reste {len(left or [])} lignes dans le fichier.", hint)
        if not expect.same(mine, (len(taken), len(right))):
            raise Wrong(f"{when}, elle rend {expect.shown(mine)}.", hint)
    store = _Store({0}, stop=3)
    _, left = _replayed(call, letters, store, "Interrompue", hint)
    stored = {_letter(n) for _, n in store.taken}
    if not set(_read(letters)) - set(_read(stored)) <= set(_read(left or [])):
        raise Wrong("Interrompue à la quatrième lettre, elle en a perdu.", hint)


# A history: (method, arguments, right answer, what is told when it differs).
History = list[tuple[str, tuple[Any, ...], Any, str]]
HISTORIES: list[History] = [
    [
        ("terminee", (), True, "Neuve, elle n'a rien à faire"),
        ("prendre", (0,), None, "Vide, elle n'a rien à donner"),
        ("ajouter", (["/a", "/b", "/a"],), 2, "Deux adresses neuves, dont une répétée"),
        ("ajouter", (["/b", "/c"],), 1, "Une adresse déjà en file n'est pas neuve"),
        ("prendre", (1,), "/a", "La file se sert dans l'ordre"),
        ("ajouter", (["/a"],), 0, "Une page en bail n'est pas neuve"),
        ("finir", ("/a",), None, ""),
        ("ajouter", (["/a"],), 0, "Une page faite n'est pas neuve"),
        ("prendre", (2,), "/b", "La file se sert dans l'ordre"),
        ("prendre", (3,), "/c", "La file se sert dans l'ordre"),
        ("prendre", (4,), None, "Tout est en bail"),
        ("terminee", (), False, "Il reste des baux"),
        ("finir", ("/c",), None, ""),
        ("finir", ("/b",), None, ""),
        ("terminee", (), True, "Tout est fait"),
    ],
    [
        ("ajouter", (["/a", "/b", "/c"],), 3, "Trois adresses neuves"),
        ("prendre", (0,), "/a", "La file se sert dans l'ordre"),
        ("prendre", (5,), "/b", "La file se sert dans l'ordre"),
        ("prendre", (9,), "/c", "Aucun bail n'a expiré"),
        ("prendre", (9.5,), None, "Aucun bail n'a expiré"),
        ("finir", ("/c",), None, ""),
        ("prendre", (10,), "/a", "Un ouvrier est mort : son bail expire à t + bail"),
        ("prendre", (14,), None, "Le second bail court encore"),
        ("prendre", (30,), "/b", "Deux baux expirés : le plus ancien d'abord"),
        ("finir", ("/a",), None, ""),  # late: it went back to the queue at 30
        ("prendre", (31,), None, "Une page finie en retard n'est plus à donner"),
        ("terminee", (), False, "Il reste un bail"),
        ("finir", ("/b",), None, ""),
        ("finir", ("/b",), None, "Finir deux fois"),
        ("finir", ("/inconnue",), None, "Finir une page inconnue"),
        ("terminee", (), True, "Tout est fait"),
        ("prendre", (99,), None, "Tout est fait"),
    ],
]


@exercise("scrapy-21", stars=3)
def frontier(answer: Any) -> None:
    hint = "Un ensemble de pages vues, une file, et un dictionnaire des baux : adresse → échéance."
    if not isinstance(answer, type):
        raise Wrong(f"On attend une classe, vous donnez {expect.kind(answer)}.", hint)
    for history in HISTORIES:
        one = _called(answer, "Créée avec un bail de 10", hint, 10)
        for name, arguments, right, said in history:
            _step(one, name, arguments, right, said, hint)


def _step(
    frontier: Any, name: str, arguments: tuple[Any, ...], right: Any, said: str, hint: str
) -> None:
    given = ", ".join(expect.shown(argument, 30) for argument in arguments)
    method = getattr(frontier, name, None)
    if not callable(method):
        raise Wrong(f"La classe n'a pas de méthode {name}.", hint)
    try:
        mine = method(*arguments)
    except Exception as error:
        raise Wrong(f"{name}({given}) lève {type(error).__name__}.", hint) from None
    if name != "finir" and not expect.same(mine, right):
        raise Wrong(f"{said} : {name}({given}) rend {expect.shown(mine)}.", hint)
