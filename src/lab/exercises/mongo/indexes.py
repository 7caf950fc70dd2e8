"""Judges of the notebook « Index »: definitions are read, rules are tried, functions are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.errors import DuplicateKeyError

from lab import workspace
from lab.exercises import expect
from lab.exercises.mongo.queries import scratch
from lab.exercises.registry import Wrong, exercise

# What `explain` answers, cut down to what matters: (explanation, index, sort, read per returned).
Plan = dict[str, Any]


def _index(name: Any, collection: str) -> dict[str, Any]:
    """Return the definition of an index by its name. Raises Wrong."""
    known = workspace.mongo()[collection].index_information()
    if not isinstance(name, str) or name not in known:
        raise Wrong("Aucun index de la collection ne porte ce nom.", "create_index rend le nom.")
    return dict(known[name])


def _fields(index: Mapping[str, Any]) -> list[str]:
    return [str(field) for field, _ in index["key"]]


@exercise("mongo-19", stars=2)
def equality_sort_range(answer: Any) -> None:
    fields = _fields(_index(answer, "mongo04_vues"))
    said = f"Cet index porte sur {', '.join(fields)}."
    if fields[:1] != ["chaine"]:
        raise Wrong(said, "Par quel champ la requête fixe-t-elle une valeur exacte ?")
    if fields[1:2] != ["date"]:
        raise Wrong(said, "Après l'égalité, l'ordre de l'index devrait être celui du tri.")
    if "rang" not in fields:
        raise Wrong(said, "L'intervalle peut encore écarter des clés sans lire les documents.")


@exercise("mongo-20", stars=2)
def covered(answer: Any) -> None:
    if not isinstance(answer, Mapping) or set(answer) != {"index", "projection"}:
        raise Wrong(
            f"On attend {{'index': …, 'projection': …}}, vous donnez {expect.kind(answer)}."
        )
    projection = answer["projection"]
    if not isinstance(projection, Mapping):
        raise Wrong(f"La projection est un dictionnaire, vous donnez {expect.kind(projection)}.")
    shown = {name for name, kept in projection.items() if kept}
    if not {"rang", "mentions"} <= shown:
        raise Wrong("La projection ne rend pas les deux champs demandés.")
    if projection.get("_id", True):
        raise Wrong("La projection rend encore un champ qui n'est pas dans l'index.", "Lequel ?")
    fields = _fields(_index(answer["index"], "mongo04_vues"))
    if fields[:1] != ["categorie"]:
        raise Wrong("L'index ne commence pas par le champ du filtre.", "Égalité d'abord.")
    absent = sorted(shown - set(fields))
    if absent:
        raise Wrong(f"Ces champs rendus ne sont pas dans l'index : {', '.join(absent)}.")


@exercise("mongo-21", stars=2)
def one_active_subscription(answer: Any) -> None:
    index = _index(answer, "mongo04_abonnements")
    options = {k: index[k] for k in ("unique", "sparse", "partialFilterExpression") if k in index}
    tries = [
        (True, "un premier abonnement en cours", ("ada", "ch0001", True)),
        (True, "un abonnement terminé", ("ada", "ch0001", False)),
        (True, "un second abonnement terminé à la même chaîne", ("ada", "ch0001", False)),
        (True, "un abonnement en cours à une autre chaîne", ("ada", "ch0002", True)),
        (True, "l'abonnement d'une autre personne", ("blaise", "ch0001", True)),
        (False, "un second abonnement en cours à la même chaîne", ("ada", "ch0001", True)),
    ]
    with scratch() as collection:
        collection.create_index(list(index["key"]), **options)
        for accepted, what, (person, channel, active) in tries:
            document = {"personne": person, "chaine": channel, "actif": active}
            try:
                collection.insert_one(document)
                passed = True
            except DuplicateKeyError:
                passed = False
            if accepted and not passed:
                raise Wrong(
                    f"Votre index refuse {what}.", "Ne doit-il voir que certains documents ?"
                )
            if passed and not accepted:
                raise Wrong(f"Votre index laisse passer {what}.", "Il doit être unique.")


def _explanation(stages: list[tuple[str, str | None]], read: int, given: int, deep: bool) -> Plan:
    plan: Plan | None = None
    for stage, index in reversed(stages):
        below = {"inputStage": plan} if plan else {}
        plan = {"stage": stage, **({"indexName": index} if index else {}), **below}
    winning = {"isCached": False, "queryPlan": plan} if deep else plan
    return {
        "queryPlanner": {"winningPlan": winning, "rejectedPlans": []},
        "executionStats": {"totalDocsExamined": read, "nReturned": given, "totalKeysExamined": 0},
    }


def _cases() -> list[tuple[tuple[Plan], Plan]]:
    made: list[tuple[list[tuple[str, str | None]], int, int, bool]] = [
        ([("COLLSCAN", None)], 6000, 12, False),
        ([("FETCH", None), ("IXSCAN", "video_1")], 8, 8, False),
        ([("SORT", None), ("FETCH", None), ("IXSCAN", "a_1_b_1")], 40, 10, True),
        (
            [("LIMIT", None), ("PROJECTION_SIMPLE", None), ("SORT", None), ("COLLSCAN", None)],
            90,
            9,
            False,
        ),
        ([("PROJECTION_COVERED", None), ("IXSCAN", "categorie_1_date_1")], 0, 30, False),
        ([("FETCH", None), ("IXSCAN", "SORTIE_1")], 3, 0, False),
    ]
    cases = []
    for stages, read, given, deep in made:
        right = {
            "index": next((index for _, index in stages if index), None),
            "tri": any(stage == "SORT" for stage, _ in stages),
            "lus_par_rendu": read / given if given else None,
        }
        cases.append(((_explanation(stages, read, given, deep),), right))
    return cases


@exercise("mongo-22", stars=3)
def plan_summary(answer: Any) -> None:
    hint = "Descendez de inputStage en inputStage, et pensez au cas où rien n'est rendu."
    expect.function(answer, _cases(), hint)


ACCOUNTS = {"ada": 100, "blaise": 20}


@exercise("mongo-23", stars=3)
def transfer(answer: Any) -> None:
    call = expect.callable_(answer, "check reçoit la fonction elle-même.")
    possible = [("ada", "blaise", 30), ("blaise", "ada", 20)]
    refused = [("ada", "blaise", 101), ("ada", "inconnue", 10), ("inconnue", "ada", 10)]
    try:
        for names in possible:
            _try_transfer(call, *names, possible=True)
        for names in refused:
            _try_transfer(call, *names, possible=False)
    finally:
        _reset_accounts()


def _reset_accounts() -> None:
    accounts = workspace.mongo().mongo04_comptes
    accounts.delete_many({})
    accounts.insert_many([{"_id": name, "solde": sum_} for name, sum_ in ACCOUNTS.items()])


def _try_transfer(call: Any, source: str, target: str, amount: int, *, possible: bool) -> None:
    _reset_accounts()
    given = f"transferer({source!r}, {target!r}, {amount})"
    raised = None
    try:
        call(source, target, amount)
    except Exception as error:
        raised = error
    if possible and raised is not None:
        raise Wrong(f"{given} lève {type(raised).__name__}.", "Ce transfert est possible.")
    if not possible and not isinstance(raised, ValueError):
        said = f"lève {type(raised).__name__}" if raised else "ne lève rien"
        raise Wrong(f"{given} {said}.", "On attend ValueError.")
    right = dict(ACCOUNTS)
    if possible:
        right[source] -= amount
        right[target] += amount
    found = {row["_id"]: row.get("solde") for row in workspace.mongo().mongo04_comptes.find()}
    if found != right:
        raise Wrong(
            f"Après {given}, les soldes sont {expect.shown(found)}.",
            "Tout ou rien : chaque opération doit recevoir session=.",
        )
