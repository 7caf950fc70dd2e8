"""Judges of notebook 06: the small scraper against the API, and on a page of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import requests

from lab import workspace
from lab.exercises import expect
from lab.exercises.introduction.web import products
from lab.exercises.registry import Wrong, exercise

SLUG, CATEGORY = "cuisine", "Cuisine"
STATES = {
    "InStock": "En stock",
    "OutOfStock": "Épuisé",
    "PreOrder": "En précommande",
    "BackOrder": "Sur commande",
}
COLUMNS = ["nom", "marque", "prix", "stock", "adresse"]
BARE = """<html><body><main>
<article class="carte produit"><h2 class="titre"><a href="/boutique/produit/x-1.html"> Essai
</a></h2><p class="marque-produit">Bois &amp; Cie</p><p class="stock InStock">En stock</p></article>
</main></body></html>"""


def _expected() -> list[dict[str, Any]]:
    return [
        {
            "nom": one["name"],
            "marque": one["brand"],
            "prix": one["price"],
            "stock": STATES[one["availability"]],
            "adresse": one["url"],
        }
        for one in products()
        if one["category"] == CATEGORY
    ]


def _address(number: int) -> str:
    page = f"?page={number}" if number > 1 else ""
    return f"{workspace.practice_url()}/boutique/categorie/{SLUG}/{page}"


@exercise("intro-23", stars=2)
def read_page(answer: Any) -> None:
    hint = (
        "Une fiche par article.produit ; l'adresse de la suite est le lien a[rel=next], complété."
    )
    call, expected = expect.callable_(answer, hint), _expected()
    pages = ((1, expected[:24], _address(2)), (2, expected[24:], None))
    for number, right, after in pages:
        html = requests.get(_address(number), timeout=10).text
        _reads(call, html, _address(number), right, after, hint)
    lonely = {
        "nom": "Essai",
        "marque": "Bois & Cie",
        "prix": None,
        "stock": "En stock",
        "adresse": urljoin(_address(1), "/boutique/produit/x-1.html"),
    }
    _reads(call, BARE, _address(1), [lonely], None, f"Une fiche sans prix vaut None. {hint}")


def _reads(
    call: Any, html: str, address: str, right: list[dict[str, Any]], after: str | None, hint: str
) -> None:
    try:
        given = call(html, address)
    except Exception as error:
        raise Wrong(f"Elle lève {type(error).__name__} sur une page d'essai.", hint) from None
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise Wrong(f"Elle doit rendre deux valeurs, et rend {expect.kind(given)}.", hint)
    records = expect.sequence(given[0], right, hint) if not given[0] or not right else given[0]
    if not isinstance(records, list | tuple) or len(records) != len(right):
        raise Wrong("Elle ne rend pas une fiche par produit de la page.", hint)
    for place, (mine, one) in enumerate(zip(records, right, strict=True)):
        if not isinstance(mine, dict):
            raise Wrong(f"La fiche n° {place} est {expect.kind(mine)}.", hint)
        for name in COLUMNS:
            if not expect.same(mine.get(name), one[name]):
                given_value = expect.shown(mine.get(name))
                raise Wrong(f"Fiche n° {place}, « {name} » : vous lisez {given_value}.", hint)
    if given[1] != after:
        raise Wrong(f"La suite n'est pas la bonne : {expect.shown(given[1])}.", hint)


@exercise("intro-24", stars=2)
def whole_category(answer: Any) -> None:
    import pandas

    hint = "La boucle s'arrête quand il n'y a plus de suite, pas avant."
    if not isinstance(answer, pandas.DataFrame):
        raise Wrong(f"On attend un DataFrame, vous donnez {expect.kind(answer)}.", hint)
    if sorted(map(str, answer.columns)) != sorted(COLUMNS):
        raise Wrong(f"Les colonnes attendues : {', '.join(COLUMNS)}.", hint)
    expected = _expected()
    if len(answer) != len(expected):
        raise Wrong(f"Votre tableau a {len(answer)} lignes : ce n'est pas toute la liste.", hint)
    for name in COLUMNS:
        mine = [None if pandas.isna(value) else value for value in answer[name].tolist()]
        if not expect.same(mine, [one[name] for one in expected]):
            raise Wrong(f"La colonne « {name} » diffère de ce que dit la boutique.", hint)


@exercise("intro-25", stars=2)
def share_in_stock(answer: Any) -> None:
    sold: dict[str, list[bool]] = {}
    for one in _expected():
        sold.setdefault(one["marque"], []).append(one["stock"] == "En stock")
    right = {brand: sum(found) / len(found) for brand, found in sold.items()}
    hint = "Pour chaque marque : ses produits en stock, divisés par tous ses produits."
    expect.mapping(answer, right, hint)
