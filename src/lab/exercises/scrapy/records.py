"""Judges of notebook 02: cleaning, loading, pipelines, coverage and a Parquet file on S3."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from itemadapter import ItemAdapter  # type: ignore[import-untyped, unused-ignore]
from scrapy.exceptions import DropItem
from scrapy.http import HtmlResponse

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise
from lab.exercises.scrapy.pages import everything

FIELDS = ("nom", "marque", "prix", "stock", "adresse")


@exercise("scrapy-07")
def clean(answer: Any) -> None:
    cases: list[tuple[tuple[Any, ...], Any]] = [
        (("Th&eacute;i&egrave;re  en &eacute;tain",), "Théière en étain"),
        (("\n\t  Metz \n",), "Metz"),
        (("12&nbsp;&nbsp;chaises",), "12 chaises"),
        (("Table &amp; bancs",), "Table & bancs"),
        (("Lot\u202fde\xa0clous",), "Lot de clous"),
        (("déjà propre",), "déjà propre"),
        ((" \n ",), None),
        (("&nbsp;",), None),
        (("",), None),
    ]
    hint = "Décoder d'abord (html.unescape), couper ensuite (split), recoller, et … or None."
    expect.function(answer, cases, hint)


def _page(head: str, body: str, address: str = "https://essai.example/p/7?ref=liste") -> Any:
    text = f"<html><head>{head}</head><body><main>{body}</main></body></html>"
    return HtmlResponse(address, body=text.encode(), encoding="utf-8")


def _product_pages() -> list[tuple[str, Any, tuple[Any, ...]]]:
    brand = '<p class="marque-produit">Par <span itemprop="name"> Noroît </span></p>'
    price = '<p class="prix"><meta content="EUR"><data value="1499">1\u202f499,00\xa0€</data></p>'
    stock = '<p class="stock PreOrder"><link href="x">\n En précommande</p>'
    canonical = '<link rel="canonical" href="https://essai.example/p/7">'
    title = '<meta property="og:title" content="Vélo de secours">'
    here = "https://essai.example/p/7?ref=liste"
    return [
        (
            "une page complète",
            _page(canonical + title, "<h1>Vélo\n  Noroît</h1>" + brand + price + stock),
            ("Vélo Noroît", "Noroît", 1499.0, "En précommande", "https://essai.example/p/7"),
        ),
        (
            "une page sans h1",
            _page(canonical + title, brand + price),
            ("Vélo de secours", "Noroît", 1499.0, None, "https://essai.example/p/7"),
        ),
        (
            "une page sans adresse canonique ni prix",
            _page(title, "<h1>Casque</h1>" + stock),
            ("Casque", None, None, "En précommande", here),
        ),
    ]


@exercise("scrapy-08", stars=2)
def load(answer: Any) -> None:
    hint = "add_css deux fois pour le nom ; add_value('adresse', response.url) en dernier."
    call = expect.callable_(answer, hint)
    for what, page, right in _product_pages():
        try:
            mine = call(page)
        except Exception as error:
            raise Wrong(f"Sur {what}, elle lève {type(error).__name__}.", hint) from None
        if not ItemAdapter.is_item(mine):
            raise Wrong(f"Sur {what}, elle rend {expect.kind(mine)}, et non une fiche.", hint)
        given = ItemAdapter(mine)
        for field, value in zip(FIELDS, right, strict=True):
            if not expect.same(given.get(field), value):
                shown = expect.shown(given.get(field))
                raise Wrong(f"Sur {what}, le champ « {field} » vaut {shown}.", hint)


@dataclass
class _Record:
    adresse: str | None = None


@exercise("scrapy-09", stars=2)
def unique(answer: Any) -> None:
    hint = "L'ensemble des adresses vues naît dans __init__ ; partition('?')[0] ôte les paramètres."
    if not isinstance(answer, type) or not hasattr(answer, "process_item"):
        said = expect.kind(answer)
        raise Wrong(f"On attend une classe avec process_item, vous donnez {said}.", hint)
    try:
        first, second = answer(), answer()
    except Exception as error:
        raise Wrong(f"Créer une instance lève {type(error).__name__}.", hint) from None
    site = "https://essai.example"
    _keeps(first, {"adresse": f"{site}/a", "nom": "A"}, True, hint)
    _keeps(first, _Record(f"{site}/b?page=2"), True, hint)
    _keeps(first, {"adresse": f"{site}/a"}, False, hint)
    _keeps(first, _Record(f"{site}/b"), False, hint)
    _keeps(first, {"adresse": f"{site}/a#avis"}, False, hint)
    _keeps(first, {"adresse": f"{site}/a?ref=x#avis"}, False, hint)
    _keeps(first, {"adresse": None}, False, hint)
    _keeps(first, {"nom": "sans adresse"}, False, hint)
    _keeps(first, {"adresse": f"{site}/a/b"}, True, hint)
    _keeps(second, {"adresse": f"{site}/a"}, True, hint)


def _keeps(pipeline: Any, item: Any, kept: bool, hint: str) -> None:
    shown = expect.shown(item)
    try:
        mine = pipeline.process_item(item)
    except DropItem:
        if kept:
            raise Wrong(f"Elle écarte {shown}, qui n'était pas un doublon.", hint) from None
        return
    except Exception as error:
        raise Wrong(f"Sur {shown}, elle lève {type(error).__name__}.", hint) from None
    if not kept:
        raise Wrong(f"Elle ne lève pas DropItem pour {shown}.", hint)
    if mine is not item:
        raise Wrong(f"Elle ne rend pas la fiche {shown} telle quelle.", hint)


@exercise("scrapy-10", stars=2)
def coverage(answer: Any) -> None:
    mixed = [
        {"nom": "A", "prix": 0, "mots": [], "neuf": False},
        {"nom": "", "prix": None, "mots": ["x"]},
        {"nom": "C", "prix": 3.5, "note": 4},
        {"nom": "D"},
    ]
    right = {"nom": 0.75, "prix": 0.5, "mots": 0.25, "neuf": 0.25, "note": 0.25}
    cases: list[tuple[tuple[Any, ...], Any]] = [
        ((mixed,), right),
        (([{"a": 1}, {"a": 2}],), {"a": 1.0}),
        (([{"a": None}],), {"a": 0.0}),
        (([],), {}),
    ]
    hint = "L'ensemble des champs d'abord ; puis, pour chacun, compter et diviser par len(fiches)."
    expect.function(answer, cases, hint)


@exercise("scrapy-11", stars=3)
def parquet(answer: Any) -> None:
    hint = "Filtrer sur le stock, trier par prix, garder trois colonnes, puis to_parquet(s3://…)."
    if not isinstance(answer, str) or not answer.strip():
        raise Wrong(f"On attend la clé d'un objet, vous donnez {expect.kind(answer)}.", hint)
    table = _table(answer.removeprefix(f"s3://{workspace.bucket()}/"), hint)
    if sorted(table.column_names) != ["marque", "nom", "prix"]:
        raise Wrong(f"Les colonnes ne sont pas les trois demandées : {table.column_names}.", hint)
    rows = table.to_pylist()
    right = sorted(
        (one["name"], one["brand"], one["price"])
        for one in everything("products")
        if one["category"] == "Sport"
        and one["availability"].endswith("InStock")
        and one["price"] is not None
    )
    if len(rows) != len(right):
        raise Wrong(f"Le fichier contient {len(rows)} lignes : ce n'est pas le compte.", hint)
    prices = [row["prix"] for row in rows]
    if not all(isinstance(price, float | int) for price in prices):
        raise Wrong("La colonne « prix » ne contient pas des nombres.", hint)
    if prices != sorted(prices):
        raise Wrong("Les lignes ne vont pas du moins cher au plus cher.", hint)
    mine = sorted((row["nom"], row["marque"], row["prix"]) for row in rows)
    for given, wanted in zip(mine, right, strict=True):
        if not expect.same(given, wanted):
            raise Wrong(f"Cette ligne n'est pas d'un produit attendu : {given[0]}.", hint)


def _table(key: str, hint: str) -> Any:
    import pyarrow  # type: ignore[import-untyped, unused-ignore]
    import pyarrow.parquet as parquet  # type: ignore[import-untyped, unused-ignore]

    try:
        body = workspace.s3().get_object(Bucket=workspace.bucket(), Key=key)["Body"].read()
        return parquet.read_table(io.BytesIO(body))
    except (ClientError, BotoCoreError):
        raise Wrong(f"Aucun objet n'a cette clé : {expect.shown(key)}.", hint) from None
    except pyarrow.ArrowInvalid:
        raise Wrong("Cet objet n'est pas un fichier Parquet.", hint) from None
