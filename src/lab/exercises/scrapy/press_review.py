"""Judges of notebook 05: the project, a press review that keeps itself up to date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import requests
from scrapy.http import HtmlResponse

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise
from lab.exercises.scrapy.pages import card, judged
from lab.exercises.session import NotDone

DAYS = ("2026-09-15", "2026-09-17", "2026-09-18", "2026-09-18")  # the visits asked for
SINCE = datetime(2026, 9, 15, tzinfo=timezone(timedelta(hours=2)))
OLDEST = "2026-09-01"  # nothing older is ever corrected after SINCE
CATEGORY = "Jardin"
LISTS = 10  # pages of a visit that are no article: robots.txt, lists, and a few to spare
STATES = {
    "InStock": "En stock",
    "OutOfStock": "Épuisé",
    "PreOrder": "En précommande",
    "BackOrder": "Sur commande",
}
ARTICLES, PRICES, VISITS = "scrapy05_articles", "scrapy05_prix", "scrapy05_visites"


def _entry(path: str, changed: str | None, day: str = "2026-09-17") -> dict[str, str]:
    entry = {"loc": f"https://essai.example/le/{day}{path}"}
    return entry if changed is None else {**entry, "lastmod": changed}


@exercise("scrapy-22", stars=2)
def worth_asking(answer: Any) -> None:
    hint = "chemin() ôte le jour de l'adresse, fromisoformat() fait un instant d'un texte."
    since = datetime(2026, 9, 15, tzinfo=UTC)
    new = _entry("/gazette/a.html", "2026-09-17T08:00:00+02:00")
    mended = _entry("/gazette/b.html", "2026-09-17T09:30:00+02:00")
    same = _entry("/gazette/c.html", "2026-09-16T10:00:00+02:00")
    old = _entry("/gazette/d.html", "2026-09-14T22:00:00+02:00")
    by_a_hair = _entry("/gazette/e.html", "2026-09-15T01:30:00+02:00")  # the 14th, in UTC
    at_once = _entry("/gazette/f.html", "2026-09-15T02:00:00+02:00")  # `since`, to the second
    silent = _entry("/gazette/g.html", None)
    early = _entry("/gazette/h.html", "2026-09-14T23:30:00-01:00")  # the 15th, in UTC
    seen = {
        "/gazette/b.html": datetime(2026, 9, 15, 7, 30, tzinfo=UTC),
        "/gazette/c.html": datetime(2026, 9, 16, 8, 0, tzinfo=UTC),
        "/gazette/g.html": datetime(2026, 9, 16, 8, 0, tzinfo=UTC),
    }
    cases: list[tuple[str, list[dict[str, str]], list[dict[str, str]]]] = [
        ("un plan vide", [], []),
        ("un article jamais vu", [new], [new]),
        ("un article corrigé depuis", [mended], [mended]),
        ("un article déjà vu tel quel", [same], []),
        ("un article d'avant la revue", [old], []),
        ("un article paru la veille au soir, en UTC", [by_a_hair], []),
        ("un article changé à l'instant où la revue commence", [at_once], [at_once]),
        ("un article d'un autre fuseau", [early], [early]),
        ("une entrée sans lastmod", [silent], [silent]),
        ("plusieurs entrées", [mended, old, same, new], [mended, new]),
    ]
    call = expect.callable_(answer, hint)
    for what, entries, right in cases:
        try:
            mine = call([dict(one) for one in entries], dict(seen), since)
        except Exception as error:
            raise Wrong(f"Devant {what}, elle lève {type(error).__name__}.", hint) from None
        if not expect.same(mine, right):
            raise Wrong(f"Devant {what}, elle rend {expect.shown(mine)}.", hint)


@exercise("scrapy-23", stars=2)
def price_records(answer: Any) -> None:
    hint = "Une fiche par carte ; son id dit le produit (chemin) et le jour."
    host, day = "https://essai.example", "2026-10-02"
    shelf = f"{host}/le/{day}/boutique/categorie/cuisine/?page=2"

    def page(*cards: str) -> HtmlResponse:
        body = f"<html><body><h1>Cuisine</h1>{''.join(cards)}</body></html>"
        return HtmlResponse(shelf, body=body.encode(), encoding="utf-8")

    def dated(html: str) -> str:
        return html.replace('href="/boutique', f'href="/le/{day}/boutique')

    def row(slug: str, name: str, price: str | None, stock: str = "En stock") -> dict[str, Any]:
        path = f"/boutique/produit/{slug}.html"
        url = f"{host}/le/{day}{path}"
        return {"id": f"{path}#{day}", "url": url, "produit": path, "jour": day, "nom": name,
                "prix": price, "stock": stock}  # fmt: skip

    pot = dated(card("Pot", price="1\u202f204,50 €"))
    whisk = dated(card("Petit fouet", price=None, stock="Épuisé", css="OutOfStock"))
    wide = dated(card("Bol").replace(">Bol<", ">\n  Bol\n  <"))
    relative = card("Louche").replace('href="/boutique/', 'href="../../../boutique/')
    cases = [
        ("une page sans carte", page(), []),
        ("une carte", page(pot), [row("pot", "Pot", "1\u202f204,50 €")]),
        ("une carte sans prix", page(whisk), [row("petit-fouet", "Petit fouet", None, "Épuisé")]),
        ("un nom entouré de blancs", page(wide), [row("bol", "Bol", "12,50 €")]),
        ("deux cartes, dont une sans prix", page(whisk, pot),
         [row("petit-fouet", "Petit fouet", None, "Épuisé"), row("pot", "Pot", "1\u202f204,50 €")]),
        ("un lien relatif", page(relative), [row("louche", "Louche", "12,50 €")]),
    ]  # fmt: skip
    call = expect.callable_(answer, hint)

    def of_the_day(response: HtmlResponse) -> Any:
        rows = call(response, day)
        rows = list(rows) if hasattr(rows, "__next__") else rows
        if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
            return rows
        return [{k: v.strip() if isinstance(v, str) else v for k, v in r.items()} for r in rows]

    judged(of_the_day, cases, hint)


@cache  # a simulated day never changes
def _items(kind: str, day: str) -> list[dict[str, Any]]:
    """Return what the API shows on a simulated day; of the articles, the last two weeks."""
    address: str | None = f"{workspace.practice_url()}/le/{day}/api/{kind}?per_page=100"
    found: list[dict[str, Any]] = []
    with requests.Session() as session:
        while address:
            page = session.get(address, timeout=10).json()
            found += page["items"]
            ended = kind == "articles" and page["items"][-1]["published"] < OLDEST
            address = None if ended else page["next"]
    return found


def _articles(day: str) -> dict[str, dict[str, Any]]:
    """Canonical address -> article, for those that came out or changed since the first day."""
    return {
        one["canonical_url"]: one
        for one in _items("articles", day)
        if datetime.fromisoformat(one["modified"]) >= SINCE
    }


def _shelf(day: str) -> dict[str, dict[str, Any]]:
    """Path -> product of the category, on a simulated day."""
    return {
        urlsplit(one["canonical_url"]).path: one
        for one in _items("products", day)
        if one["category"] == CATEGORY
    }


@exercise("scrapy-24", stars=3, stateful=True)
def visits() -> None:
    store = workspace.mongo()
    articles = {one["canonical_url"]: one for one in store[ARTICLES].find()}
    prices = list(store[PRICES].find())
    journal = list(store[VISITS].find().sort("_id"))
    if not journal or not (articles or prices):
        raise NotDone
    _days(journal)
    _reviewed(articles)
    _priced(prices)
    _frugal(journal)


def _days(journal: list[dict[str, Any]]) -> None:
    days = [one["jour"] for one in journal]
    if days != list(DAYS):
        raise Wrong(f"Les visites ont eu lieu les jours {expect.shown(days)}.", "Relisez la liste.")


def _reviewed(mine: dict[str, dict[str, Any]]) -> None:
    """Compare the stored articles with those of the last day."""
    right = _articles(DAYS[-1])
    if len(mine) != len(right):
        said = "trop" if len(mine) > len(right) else "trop peu"
        raise Wrong(
            f"{ARTICLES} a {len(mine)} articles : c'est {said}.",
            "a_demander choisit, plan demande, article range sous l'adresse canonique.",
        )
    hint = "Une correction change la page : elle doit être redemandée, et remplacer l'ancienne."
    for address, one in right.items():
        stored = mine.get(address)
        if stored is None:
            raise Wrong("Il manque un article, ou son canonical_url n'est pas le bon.", hint)
        facts = {
            "titre": one["title"],
            "rubrique": one["section"],
            "auteurs": one["authors"],
            "publie": datetime.fromisoformat(one["published"]),
            "change": datetime.fromisoformat(one["modified"]),
            "mots": len(one["body"].split()),
        }
        for name, value in facts.items():
            if not expect.same(stored.get(name), value):
                given = expect.shown(stored.get(name))
                raise Wrong(f"Dans un article au moins, {name} n'est pas juste : {given}.", hint)


def _priced(mine: list[dict[str, Any]]) -> None:
    """Compare the stored prices with those of each day."""
    hint = "Un relevé par produit et par jour, les deux pages du rayon, un id qui contient le jour."
    right = {
        (path, day): (one["name"], one["price"], STATES.get(one["availability"]))
        for day in dict.fromkeys(DAYS)
        for path, one in _shelf(day).items()
    }
    if len(mine) != len(right):
        said = "trop" if len(mine) > len(right) else "trop peu"
        raise Wrong(f"{PRICES} a {len(mine)} relevés : c'est {said}.", hint)
    for one in mine:
        key = (one.get("produit"), one.get("jour"))
        if key not in right:
            raise Wrong(f"Ce relevé n'a pas lieu d'être : {expect.shown(key)}.", hint)
        name, price, stock = right.pop(key)
        if not expect.same(one.get("prix"), price):
            raise Wrong(f"Un prix n'est pas juste : {expect.shown(one.get('prix'))}.", hint)
        if (one.get("nom"), one.get("stock")) != (name, stock):
            raise Wrong(f"Un relevé n'est pas juste : {expect.shown(one.get('nom'))}.", hint)


def _frugal(journal: list[dict[str, Any]]) -> None:
    """No visit may ask again for pages that did not change."""
    hint = "Comparez le plan à self.connus, et passez le lastmod à la fiche (cb_kwargs)."
    before: dict[str, dict[str, Any]] = {}
    for number, (day, visit) in enumerate(zip(DAYS, journal, strict=True), 1):
        now = _articles(day)
        known = {address: one["modified"] for address, one in before.items()}
        changed = sum(known.get(address) != one["modified"] for address, one in now.items())
        allowed = changed + LISTS + len(_items("articles", day)) // 1000
        if visit["requetes"] > allowed:
            raise Wrong(
                f"La visite n° {number} a fait {visit['requetes']} requêtes : elle redemande des "
                "pages qui n'ont pas changé.",
                hint,
            )
        before = now


@exercise("scrapy-25", stars=2)
def largest_change(answer: Any) -> None:
    hint = "(dernier / premier - 1) × 100, le plus grand en valeur absolue ; arrondi à 0,1."
    first, last = _shelf(DAYS[0]), _shelf(DAYS[-1])
    changes = {
        path: (last[path]["price"] / one["price"] - 1) * 100
        for path, one in first.items()
        if path in last and one["price"] and last[path]["price"]
    }
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise Wrong(f"On attend un couple (nom, pourcentage), pas {expect.shown(answer)}.", hint)
    largest = max((abs(one) for one in changes.values()), default=0.0)
    best = {last[path]["name"]: one for path, one in changes.items() if abs(one) >= largest - 1e-9}
    name, value = answer
    expect.text(name, best, hint)
    expect.number(value, best[name.strip()], hint, tolerance=0.051)
