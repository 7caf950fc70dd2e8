"""Judges of the notebook « Agréger, paginer, publier » and of its project."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from elasticsearch import Elasticsearch

from lab import datasets, workspace
from lab.exercises import expect
from lab.exercises.elastic import server
from lab.exercises.elastic.searching import called
from lab.exercises.registry import Wrong, exercise
from lab.exercises.session import NotDone


@exercise("elastic-13")
def in_stock(answer: Any) -> None:
    products = workspace.mongo().products.find()
    right = Counter(one["category"] for one in products if one["availability"] == "InStock")
    expect.mapping(answer, right, "Un filtre dans query, puis terms ; size=0 pour les documents.")


@exercise("elastic-14", stars=2)
def hours_of_paris(answer: Any) -> None:
    paris = ZoneInfo("Europe/Paris")
    moments = (article["published"].astimezone(paris) for article in server.articles())
    right = Counter(f"{moment:%Y-%m-%d %H}" for moment in moments)
    expect.mapping(answer, right, "Un seau par heure, avec un fuseau (time_zone) et un format.")


@exercise("elastic-15", stars=2)
def leading_role(answer: Any) -> None:
    right = sum(
        film["note"] >= 6
        and any(one["personne"] == "p00001" and one["ordre"] == 1 for one in film["distribution"])
        for film in datasets.rows("films", 1500)
    )
    hint = "La personne et le rang dans le même nested ; la note à côté."
    expect.integer(answer, right, hint)


@exercise("elastic-16", stars=2)
def everything(answer: Any) -> None:
    hint = "On reprend après la clé sort du dernier document, jusqu'à une page vide."
    ordered = sorted(server.articles(), key=lambda one: (-one["published"].timestamp(), one["_id"]))
    right = [article["_id"] for article in ordered]
    for size in (170, 500):
        with _sizes() as asked:
            expect.function(answer, [((size,), right)], hint)
        if max(asked, default=0) > size:
            raise Wrong(
                f"Appelée avec {size}, elle demande {max(asked)} documents à la fois.", hint
            )


# The lists being filled: a function judged from afar (`lab grade`) has its searches told here.
watchers: list[list[int]] = []


@contextmanager
def _sizes() -> Iterator[list[int]]:
    """Give the list of the sizes that searches ask for meanwhile."""
    asked: list[int] = []
    search: Any = Elasticsearch.search

    def watched(self: Elasticsearch, *arguments: Any, **options: Any) -> Any:
        asked.append(options.get("size") or 10)
        return search(self, *arguments, **options)

    watchers.append(asked)
    try:
        with mock.patch.object(Elasticsearch, "search", watched):
            yield asked
    finally:
        watchers.remove(asked)


NEW_FIELDS = {
    "name": ("text", "french"),
    "brand": ("keyword", None),
    "category": ("keyword", None),
    "price": ("double", None),
}


@exercise("elastic-17", stars=3, stateful=True)
def swap() -> None:
    search = workspace.elasticsearch()
    alias, new = "elastic03_vitrine", "elastic03_vitrine_v2"
    if not search.indices.exists(index=new):
        raise NotDone
    if not search.indices.exists_alias(name=alias):
        raise Wrong(f"L'alias {alias} ne montre plus rien.")
    behind = sorted(search.indices.get_alias(name=alias).body)
    if behind != [new]:
        raise Wrong(
            f"L'alias montre {', '.join(behind)}.",
            "Le retrait et l'ajout vont ensemble, dans update_aliases.",
        )
    search.indices.refresh(index=new)
    fields = server.properties(new)
    for name, (kind, analyzer) in NEW_FIELDS.items():
        given = fields.get(name, {})
        if (given.get("type"), given.get("analyzer")) != (kind, analyzer):
            raise Wrong(
                f"Dans {new}, le champ {name} est de type {given.get('type')}.",
                "Le nouveau mapping se crée avant la copie.",
            )
    hits = search.search(index=alias, size=1000)["hits"]["hits"]
    found = {hit["_id"]: hit["_source"].get("name") for hit in hits}
    right = {one["_id"]: one["name"] for one in workspace.mongo().products.find()}
    if found != right:
        raise Wrong(f"Il y a {len(found)} documents derrière l'alias, pas ceux de v1.")


# What is typed -> the forms of the word, as a regular expression.
WORDS = {"logement": "logements?", "tribunal": "tribunal|tribunaux"}


@exercise("elastic-18", stars=3)
def search_page(answer: Any) -> None:
    hint = "post_filter pour la rubrique, from_ pour la page, un tri sans égalité."
    function = expect.callable_(answer, hint)
    articles = server.articles()
    for word, forms in WORDS.items():
        fields = ("title", "description", "body")
        about = [one for one in articles if any(server.holds(one[f], forms) for f in fields)]
        facets = Counter(one["section"] for one in about)
        section = facets.most_common(1)[0][0]
        chosen = {one["_id"]: one for one in about if one["section"] == section}
        everything = {one["_id"]: one for one in about}
        for wanted, arguments in ((everything, (word,)), (chosen, (word, section))):
            _page(called(function, hint, *arguments), arguments, wanted, facets, hint)
        _second(function, word, everything, hint)
    if not _shape(called(function, hint, "triubnal"), "triubnal", hint)["total"]:
        raise Wrong("Une faute de frappe (« triubnal ») ne trouve rien.", hint)


def _shape(found: Any, word: str, hint: str) -> Mapping[str, Any]:
    """Check the form of what `chercher` gives."""
    if not isinstance(found, Mapping) or set(found) != {"total", "resultats", "facettes"}:
        raise Wrong(f"« {word} » : on attend les clés total, resultats et facettes.", hint)
    keys = {"id", "titre", "extrait"}
    lines = found["resultats"]
    if not isinstance(lines, list) or not all(
        isinstance(x, Mapping) and set(x) == keys for x in lines
    ):
        raise Wrong(f"« {word} » : chaque résultat a les clés id, titre et extrait.", hint)
    return found


def _page(
    found: Any,
    arguments: tuple[str, ...],
    wanted: Mapping[str, dict[str, Any]],
    facets: Mapping[str, int],
    hint: str,
) -> None:
    said = " dans ".join(f"« {one} »" for one in arguments)
    page = _shape(found, arguments[0], hint)
    if page["total"] != len(wanted):
        raise Wrong(
            f"{said} : le total est {expect.shown(page['total'])}, ce n'est pas cela.", hint
        )
    if not expect.same(page["facettes"], dict(facets)):
        raise Wrong(f"{said} : les facettes ne sont pas les bonnes.", hint)
    if len(page["resultats"]) != min(10, len(wanted)):
        raise Wrong(f"{said} : {len(page['resultats'])} résultats sur la première page.", hint)
    for one in page["resultats"]:
        article = wanted.get(one["id"])
        if article is None or one["titre"] != article["title"]:
            raise Wrong(f"{said} : {expect.shown(one['titre'])} n'a pas sa place ici.", hint)
        _extract(one["extrait"], article, WORDS[arguments[0]], said, hint)


def _extract(text: Any, article: dict[str, Any], forms: str, said: str, hint: str) -> None:
    marked = isinstance(text, str) and re.search(r"<mark>[^<]+</mark>", text) is not None
    if server.holds(article["body"], forms) != marked:
        raise Wrong(f"{said} : l'extrait de {expect.shown(article['title'])} ne va pas.", hint)
    if len(text) > 500:
        raise Wrong(f"{said} : un extrait fait {len(text)} caractères, c'est trop.", hint)


def _second(function: Callable[..., Any], word: str, about: Mapping[str, Any], hint: str) -> None:
    pages = [
        [
            one["id"]
            for one in _shape(called(function, hint, word, None, n), word, hint)["resultats"]
        ]
        for n in (1, 2)
    ]
    if set(pages[0]) & set(pages[1]) or len(pages[1]) != min(10, max(0, len(about) - 10)):
        raise Wrong(f"« {word} » : la page 2 ne suit pas la page 1.", hint)


RESULT = {
    "total": 4217,
    "facettes": {"Art & <i>Essai</i>": 31, "Sport": 4186},
    "resultats": [
        {
            "id": "a",
            "titre": "Le <b>gras</b> & le maigre",
            "extrait": "Un <mark>gras</mark> &amp; dru",
        },
        {"id": "b", "titre": "Sans détour", "extrait": ""},
    ],
}


@exercise("elastic-19", stars=2)
def html_page(answer: Any) -> None:
    from bs4 import BeautifulSoup

    hint = "html.escape pour les mots, les titres et les rubriques ; pas pour l'extrait."
    typed = "<script>alert('gras')</script> & co"
    given = {name: value.copy() if isinstance(value, dict | list) else value
             for name, value in RESULT.items()}  # fmt: skip
    page = called(expect.callable_(answer, hint), hint, typed, given)
    if not isinstance(page, str):
        raise Wrong(f"On attend le HTML, un texte ; vous rendez {expect.kind(page)}.", hint)
    soup = BeautifulSoup(page, "html.parser")
    heading = soup.find("h2")
    if soup.find("script") or heading is None or typed not in heading.get_text():
        raise Wrong("Les mots tapés ne s'affichent pas tels quels dans le <h2>.", hint)
    if "4217" not in re.sub(r"\s", "", heading.get_text()):
        raise Wrong("Le total n'est pas dans le <h2>.", hint)
    _facets([one.get_text() for one in soup.find_all("li")], hint)
    cards = soup.find_all("article")
    if len(cards) != 2:
        raise Wrong(
            f"On attend un <article> par résultat, vous en mettez {len(cards)} pour 2.", hint
        )
    titles = [card.h3.get_text().strip() if card.h3 else "" for card in cards]
    if titles != ["Le <b>gras</b> & le maigre", "Sans détour"]:
        raise Wrong("Les titres ne s'affichent pas tels quels dans les <h3>.", hint)
    mark = cards[0].find("mark")
    if mark is None or not cards[0].p or cards[0].p.get_text().strip() != "Un gras & dru":
        raise Wrong("L'extrait n'est pas dans un <p>, avec son surlignage.", hint)


def _facets(lines: list[str], hint: str) -> None:
    facets: dict[str, int] = RESULT["facettes"]  # type: ignore[assignment]
    if len(lines) != len(facets):
        raise Wrong(f"On attend un <li> par facette, vous en mettez {len(lines)}.", hint)
    for name, count in facets.items():
        # In any order; thousands may be set apart by a space.
        if not any(name in one and str(count) in re.sub(r"\s", "", one) for one in lines):
            raise Wrong(
                f"Aucun <li> ne montre la rubrique {expect.shown(name)} et son nombre.", hint
            )
