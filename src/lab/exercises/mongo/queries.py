"""Judges of the notebook « Requêtes fines »: truth from the generator, tried on scratch data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from bson.errors import BSONError
from pymongo.errors import OperationFailure, PyMongoError, WriteError

from lab import datasets, workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise
from lab.exercises.session import NotDone

if TYPE_CHECKING:
    from pymongo.collection import Collection

    Documents = Collection[dict[str, Any]]

SCRATCH = "mongo02_juge"


@cache
def _campaigns() -> list[dict[str, Any]]:
    return datasets.load("campagnes", 2000)


def _count(test: Callable[[dict[str, Any]], bool]) -> int:
    return sum(test(campaign) for campaign in _campaigns())


@contextmanager
def scratch(**options: Any) -> Iterator[Documents]:
    """Yield an empty collection of the judge's own, dropped at the end."""
    base = workspace.mongo()
    base.drop_collection(SCRATCH)
    try:
        yield base.create_collection(SCRATCH, **options)
    finally:
        base.drop_collection(SCRATCH)


@exercise("mongo-07")
def breton_music(answer: Any) -> None:
    right = _count(
        lambda c: (
            c["categorie"] == "Musique"
            and c["porteur"]["region"] == "Bretagne"
            and c["etat"] == "réussie"
        )
    )
    expect.integer(
        answer, right, "Trois conditions ; le champ region est à l'intérieur de porteur."
    )


@exercise("mongo-08", stars=2)
def sold_out(answer: Any) -> None:
    right = _count(lambda c: any(p["limite"] == 20 and p["pris"] >= 20 for p in c["paliers"]))
    expect.integer(
        answer, right, "Les deux conditions doivent porter sur le même palier : $elemMatch."
    )


@exercise("mongo-09", stars=2)
def only_unhappy(answer: Any) -> None:
    def unhappy(campaign: dict[str, Any]) -> bool:
        notes = [comment["note"] for comment in campaign["commentaires"]]
        return 1 in notes and 5 not in notes

    hint = "Les deux conditions portent sur la liste entière, et une clé de dict ne se répète pas."
    expect.integer(answer, _count(unhappy), hint)


@exercise("mongo-10", stars=2, stateful=True)
def rare_rewards() -> None:
    found = list(workspace.mongo().mongo02_atelier.find({}, {"paliers": 1}))
    rewards = [(c["_id"], p) for c in found for p in c.get("paliers", [])]
    if not any("rare" in reward for _, reward in rewards):
        raise NotDone
    for name, reward in rewards:
        limit = reward.get("limite")
        rare = limit is not None and limit <= 50
        if rare and reward.get("rare") is not True:
            raise Wrong(
                f"Campagne {name} : un palier limité à {limit} n'est pas marqué.",
                "« $ » ne touche que le premier élément ; $[p] suit array_filters.",
            )
        if not rare and "rare" in reward:
            raise Wrong(
                f"Campagne {name} : un palier de limite {limit} est marqué à tort.",
                "« $[] » touche tous les éléments ; donnez une condition à array_filters.",
            )


@cache
def _dirty() -> list[dict[str, Any]]:
    """Forty campaigns: with a text for a date, a negative sum, and neither."""
    rows = _campaigns()
    texts = [row for row in rows if isinstance(row["fin"], str)][:12]
    negative = [row for row in rows if row["collecte"] < 0][:12]
    return list({row["_id"]: row for row in [*texts, *negative, *rows[:20]]}.values())


def _cleaned(row: dict[str, Any]) -> dict[str, Any]:
    end = row["fin"]
    if isinstance(end, str):
        day, month, year = map(int, end.split("/"))
        end = datetime(year, month, day, tzinfo=UTC)
    return {**row, "fin": end, "collecte": abs(row["collecte"])}


@exercise("mongo-11", stars=3)
def repairing_steps(answer: Any) -> None:
    if not isinstance(answer, list) or not answer or not all(isinstance(s, dict) for s in answer):
        raise Wrong(
            f"On attend une liste d'étapes, vous donnez {expect.kind(answer)}.",
            "Une modification qui calcule s'écrit [{'$set': {…}}].",
        )
    with scratch() as collection:
        collection.insert_many(_dirty())
        try:
            collection.update_many({}, answer)
        except (PyMongoError, BSONError, TypeError, ValueError) as error:
            said = expect.shown(str(error).partition(", full error")[0], 160)
            raise Wrong(
                f"Le serveur refuse ces étapes : {said}.",
                "Ne convertissez que ce qui est un texte.",
            ) from None
        changed = {row["_id"]: row for row in collection.find()}
    for row in _dirty():
        _same_campaign(changed.get(row["_id"], {}), _cleaned(row))


def _same_campaign(mine: dict[str, Any], right: dict[str, Any]) -> None:
    for field in ("fin", "collecte"):
        if not expect.same(mine.get(field), right[field]):
            shown = expect.shown(mine.get(field))
            raise Wrong(
                f"Après vos étapes, {field} de la campagne {right['_id']} vaut {shown}.",
                "Comparez avec la collection brute : que changer, que garder ?",
            )
    if set(mine) != set(right):
        raise Wrong("Vos étapes ajoutent ou perdent des champs.", "Deux champs seulement changent.")


def _candidates() -> list[tuple[bool, str, dict[str, Any]]]:
    """Documents a right schema accepts (True) or refuses, and what is particular about each."""
    good = {"titre": "Un four à pain", "etat": "en cours", "paliers": [{"montant": 10}]}
    return [
        (True, "un document conforme", good),
        (True, "un document conforme, avec un champ de plus", {**good, "objectif": None}),
        (True, "un palier à virgule", {**good, "paliers": [{"montant": 12.5, "nom": "Merci"}]}),
        (False, "un titre de deux lettres", {**good, "titre": "Un"}),
        (False, "un titre qui n'est pas un texte", {**good, "titre": 1234}),
        (False, "un état inconnu", {**good, "etat": "terminée"}),
        (False, "un document sans état", {k: v for k, v in good.items() if k != "etat"}),
        (False, "un document sans titre", {k: v for k, v in good.items() if k != "titre"}),
        (False, "un document sans paliers", {k: v for k, v in good.items() if k != "paliers"}),
        (False, "une liste de paliers vide", {**good, "paliers": []}),
        (False, "un palier à 0 €", {**good, "paliers": [{"montant": 10}, {"montant": 0}]}),
        (False, "un palier sans montant", {**good, "paliers": [{"montant": 10}, {"nom": "x"}]}),
        (False, "un montant en texte", {**good, "paliers": [{"montant": "10"}]}),
    ]


@exercise("mongo-12", stars=3)
def schema(answer: Any) -> None:
    if not isinstance(answer, Mapping) or set(answer) != {"$jsonSchema"}:
        raise Wrong(
            f"On attend un dictionnaire {{'$jsonSchema': …}}, vous donnez {expect.kind(answer)}.",
            "Relisez le schéma de la section 6.",
        )
    try:
        with scratch(validator=dict(answer)) as collection:
            _try_schema(collection)
    except (OperationFailure, BSONError, TypeError) as error:
        said = expect.shown(str(error).partition(", full error")[0], 160)
        raise Wrong(f"Le serveur refuse ce schéma : {said}.") from None


def _try_schema(collection: Documents) -> None:
    for accepted, what, document in _candidates():
        try:
            collection.insert_one(dict(document))
            passed = True
        except WriteError:
            passed = False
        if passed and not accepted:
            raise Wrong(f"Votre schéma laisse passer {what}.", "Quelle règle devait l'arrêter ?")
        if accepted and not passed:
            raise Wrong(f"Votre schéma refuse {what}.", "Les champs non décrits sont libres.")
