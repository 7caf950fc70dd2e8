"""Judges of the notebook « L'index inversé, les mappings et l'analyse du français »."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lab import datasets, workspace
from lab.exercises import expect
from lab.exercises.elastic import server
from lab.exercises.registry import Wrong, exercise
from lab.exercises.session import NotDone


@exercise("elastic-01", stars=2)
def inverted_index(answer: Any) -> None:
    cases: tuple[list[str], ...] = (
        ["Le vélo, la ville", "La VILLE !"],
        [],
        ["Marche, marche, marche : on marche.", "", "On arrive"],
        ["un", "deux un", "un (deux)"],
    )
    hint = (
        "En minuscules, mots au sens de \\w+, chaque numéro une seule fois et en ordre croissant."
    )
    expect.function(answer, [((list(texts),), _inverted(texts)) for texts in cases], hint)


def _inverted(texts: list[str]) -> dict[str, list[int]]:
    words = [re.findall(r"\w+", text.lower()) for text in texts]
    every = {word for one in words for word in one}
    return {word: [n for n, one in enumerate(words) if word in one] for word in every}


@exercise("elastic-02")
def exact_brand(answer: Any) -> None:
    products = workspace.mongo().products.find({}, {"brand": True})
    right = sum(product.get("brand") == "Cap Table" for product in products)
    expect.integer(answer, right, "La valeur entière est dans le sous-champ keyword.")


FILMS = {
    "titre": ("text", "french"),
    "resume": ("text", "french"),
    "genres": ("keyword", None),
    "annee": ("short", None),
    "note": ("float", None),
}


@exercise("elastic-03", stars=2, stateful=True)
def films() -> None:
    index = "elastic01_films"
    fields = server.properties(index)
    if not fields:
        raise NotDone
    if set(fields) != set(FILMS):
        raise Wrong(
            f"L'index a les champs {', '.join(sorted(fields))}.", "L'énoncé en demande cinq."
        )
    for name, (kind, analyzer) in FILMS.items():
        if (fields[name].get("type"), fields[name].get("analyzer")) != (kind, analyzer):
            raise Wrong(
                f"Le champ {name} est de type {fields[name].get('type')}, "
                f"analyseur {fields[name].get('analyzer', 'par défaut')}.",
                "Comparez avec l'énoncé : le mapping s'écrit avant le premier document.",
            )
    if fields["titre"].get("fields", {}).get("brut", {}).get("type") != "keyword":
        raise Wrong("Le sous-champ titre.brut n'est pas là, ou n'est pas un keyword.")
    _all_there(index)


def _all_there(index: str) -> None:
    search = workspace.elasticsearch()
    search.indices.refresh(index=index)
    rows = datasets.load("films")
    count = search.count(index=index)["count"]
    if count != len(rows):
        raise Wrong(
            f"L'index contient {count} documents, pas autant que de films.",
            "Un document par film, sous son _id, dans un index neuf.",
        )
    some = rows[:: len(rows) // 20]
    found = search.mget(index=index, ids=[row["_id"] for row in some])["docs"]
    for row, document in zip(some, found, strict=True):
        if document.get("_source", {}).get("titre") != row["titre"]:
            raise Wrong(f"Le film {row['_id']} n'est pas sous son identifiant, avec son titre.")


@exercise("elastic-04", stars=2)
def dynamic_templates(answer: Any) -> None:
    hint = "Le premier modèle qui convient l'emporte : du particulier au général."
    mapping = server.dictionary(answer, hint)
    if mapping.get("properties") or "dynamic_templates" not in mapping:
        raise Wrong("On attend dynamic_templates, sans properties.", hint)
    document = {
        "ref_lot": "A-7",
        "avis": "Les belles tables",
        "ref_serie": "12",
        "n": 3,
        "ok": True,
    }
    with server.trial(hint=hint, mappings=mapping) as search:
        search.index(index=server.TRIAL, document=document, refresh=True)
        fields = server.properties(server.TRIAL)
    kinds = {"ref_lot": "keyword", "ref_serie": "keyword", "avis": "text", "n": "long"}
    for name, kind in {**kinds, "ok": "boolean"}.items():
        given = fields.get(name, {}).get("type")
        if given != kind:
            raise Wrong(f"Un champ « {name} » devient {given}.", hint)
    if fields["avis"].get("analyzer") != "french":
        raise Wrong("Un texte quelconque n'est pas analysé par french.", hint)
    if fields["avis"].get("fields", {}).get("brut", {}).get("type") != "keyword":
        raise Wrong("Un texte quelconque n'a pas de sous-champ brut de type keyword.", hint)


# (question, the numbers of the documents it must find)
TITLES = ("Les HÔPITAUX de Lyon", "Élections à Sète", "Le journal du théâtre")
TRIALS: tuple[tuple[str, list[int]], ...] = (
    ("hopital", [0]),
    ("Hôpital", [0]),
    ("élection", [1]),
    ("ELECTIONS", [1]),
    ("SETE", [1]),
    ("theatres", [2]),
    ("Journaux", [2]),
    ("Les", []),
    ("de", []),
    ("gare", []),
)


@exercise("elastic-05", stars=2)
def tolerant(answer: Any) -> None:
    hint = (
        "L'ordre des filtres compte ; essayez avec index_neuf, puis termes(…, index=…, analyzer=…)."
    )
    analysis = server.dictionary(answer, hint)
    _chain(analysis, "tolerant", hint)
    mappings = {"properties": {"t": {"type": "text", "analyzer": "tolerant"}}}
    with server.trial(hint=hint, mappings=mappings, analysis=analysis) as search:
        lines: list[dict[str, Any]] = []
        for number, title in enumerate(TITLES):
            lines += ({"index": {"_id": str(number)}}, {"t": title})
        search.bulk(index=server.TRIAL, operations=lines, refresh=True)
        for question, right in TRIALS:
            reply = search.search(index=server.TRIAL, query={"match": {"t": question}})
            found = sorted(int(hit["_id"]) for hit in reply["hits"]["hits"])
            if found != right:
                said = "ne trouve pas ce qu'il faut" if right else "ne devrait rien trouver"
                raise Wrong(f"Parmi {TITLES}, « {question} » {said}.", hint)


def _chain(analysis: Mapping[str, Any], name: str, hint: str) -> list[str]:
    """Return the types of the filters of an analyzer, in order."""
    analyzers = analysis.get("analyzer")
    if not isinstance(analyzers, Mapping) or not isinstance(analyzers.get(name), Mapping):
        raise Wrong(f"Il n'y a pas d'analyseur « {name} » dans ce dictionnaire.", hint)
    defined = analysis.get("filter", {})
    called = analyzers[name].get("filter", [])
    if not isinstance(called, list | tuple) or not isinstance(defined, Mapping):
        raise Wrong("filter est une liste dans un analyseur, un dictionnaire à côté.", hint)
    return [str(defined[one].get("type", one)) if one in defined else str(one) for one in called]


def _place(chain: list[str], *kinds: str) -> int:
    for kind in kinds:
        if kind in chain:
            return chain.index(kind)
    raise Wrong(f"Aucun filtre de type {kinds[0]} dans la chaîne : {', '.join(chain) or 'vide'}.")


@exercise("elastic-06", stars=3)
def press(answer: Any) -> None:
    hint = "Chaque filtre reçoit ce que le précédent a fait des mots."
    analysis = server.dictionary(answer, hint)
    chain = _chain(analysis, "presse", hint)
    places = {
        "synonymes": _place(chain, "synonym_graph", "synonym"),
        "minuscules": _place(chain, "lowercase"),
    }
    for kind in ("elision", "stop", "stemmer"):
        _place(chain, kind)
    # Before or after the stemmer: the rules go through the filters that precede them.
    if not places["minuscules"] < places["synonymes"]:
        raise Wrong("L'ordre des minuscules et des synonymes ne va pas.", hint)
    mappings = {"properties": {"t": {"type": "text", "analyzer": "presse"}}}
    with server.trial(hint=hint, mappings=mappings, analysis=analysis) as search:
        title = "L'hôpital et les cheminots d'Angers, qu'ici l'on défend"
        search.index(index=server.TRIAL, document={"t": title}, refresh=True)
        for question, right in (("hosto", 1), ("SNCF", 1), ("angers", 1), ("les", 0), ("gare", 0)):
            found = search.count(index=server.TRIAL, query={"match": {"t": question}})["count"]
            if found != right:
                raise Wrong(f"Dans « {title} », « {question} » donne {found} résultat(s).", hint)
