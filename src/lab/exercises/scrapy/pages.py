"""What several judges of the chapter need: the practice web's API, and small pages of their own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import requests
from parsel import Selector

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong


@cache  # the practice web serves the same world as long as it runs
def everything(kind: str) -> list[dict[str, Any]]:
    """Return every item of a list of the API (``articles``, ``products``), latest first."""
    address: str | None = f"{workspace.practice_url()}/api/{kind}?per_page=100"
    found: list[dict[str, Any]] = []
    with requests.Session() as session:
        while address:
            page = session.get(address, timeout=10).json()
            found += page["items"]
            address = page["next"]
    return found


def card(
    name: str,
    brand: str | None = "Aubépine",
    price: str | None = "12,50 €",
    stock: str = "En stock",
    css: str = "InStock",
) -> str:
    """Return a product's card as the shop writes it; a brand or price of None is left out."""
    slug = name.lower().replace(" ", "-")
    parts = [f'<h2 class="titre"><a href="/boutique/produit/{slug}.html">{name}</a></h2>']
    if brand is not None:
        parts.append(f'<p class="marque-produit">{brand}</p>')
    if price is not None:
        parts.append(f'<p class="prix">{price}</p>')
    parts.append(f'<p class="stock {css}">{stock}</p>')
    return f'<article class="carte produit">{"".join(parts)}</article>'


def shop(*cards: str, count: str | None = None) -> Selector:
    """Return a page of the shop that holds these cards."""
    said = f'<p class="compte">{count}</p>' if count is not None else ""
    body = (
        '<header><nav><a href="/boutique/">La Boutique</a></nav></header>'
        f'<main><h1>Essai</h1>{said}<div class="grille">{"".join(cards)}</div></main>'
    )
    return Selector(text=f"<html><body>{body}</body></html>")


def json_lines(answer: Any, hint: str) -> list[dict[str, Any]]:
    """Return the objects of the file of JSON Lines that the student names. Raises Wrong."""
    if not isinstance(answer, str | Path) or not str(answer).strip():
        raise Wrong(f"On attend le chemin d'un fichier, vous donnez {expect.kind(answer)}.", hint)
    path = Path(answer)
    if not path.is_file():
        raise Wrong(f"Ce fichier n'existe pas : {expect.shown(str(answer))}.", hint)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines if line.strip()]
    except ValueError:
        raise Wrong("Ce fichier n'est pas du JSON Lines : une fiche par ligne.", hint) from None
    if not all(isinstance(one, dict) for one in found):
        raise Wrong("Chaque ligne du fichier doit être un objet JSON.", hint)
    return found


def judged(answer: Any, cases: list[tuple[str, Any, Any]], hint: str) -> None:
    """Call the student's function on pages: ``[(what the page shows, page, right value)]``."""
    call = expect.callable_(answer, hint)
    for what, page, right in cases:
        try:
            mine = call(page)
        except Exception as error:
            raise Wrong(f"Sur {what}, elle lève {type(error).__name__}.", hint) from None
        if not expect.same(mine, right):
            raise Wrong(f"Sur {what}, elle rend {expect.shown(mine)}.", hint)
