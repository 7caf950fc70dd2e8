"""Judges of notebook 01: selectors, and a first spider that visits each article."""

from __future__ import annotations

from typing import Any

from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise
from lab.exercises.scrapy.pages import card, everything, json_lines, judged, shop

PER_PAGE = 24  # products on a page of the shop
ARTICLES_PER_PAGE = 20


@exercise("scrapy-01")
def names(answer: Any) -> None:
    right = [one["name"] for one in everything("products") if one["category"] == "Maison"]
    hint = "Le sélecteur part de la carte, article.produit ; ::text, puis .getall()."
    expect.sequence(answer, right[:PER_PAGE], hint)


@exercise("scrapy-02", stars=2)
def number(answer: Any) -> None:
    cases: list[tuple[tuple[Any, ...], Any]] = [
        (("88,95 €",), 88.95),
        (("1\xa0269,99\xa0€",), 1269.99),
        (("12\u202f450,5\u202f€",), 12450.5),
        (("7 €",), 7.0),
        (("0,00 €",), 0.0),
        ((" \n 3,10 € ",), 3.1),
        ((None,), None),
        (("",), None),
        (("Prix sur demande",), None),
    ]
    hint = "Ne gardez que les chiffres et la virgule ; s'il ne reste pas de chiffre : None."
    expect.function(answer, cases, hint)


@exercise("scrapy-03", stars=2)
def sold_out(answer: Any) -> None:
    mixed = shop(
        card("Bêche Orme", stock="Épuisé", css="OutOfStock"),
        card("Pelle Orme"),
        card("Rateau Saule", stock=" Épuisé ", css="rupture"),
        card("Jeu Épuisé mais Content"),
        card("Serpe Frêne", stock="En précommande", css="PreOrder"),
    )
    alone = shop(card("Binette", stock="Épuisé", css="stock-0"))
    cases = [
        ("une page de cinq produits", mixed, ["Bêche Orme", "Rateau Saule"]),
        ("une page dont la classe du stock a changé", alone, ["Binette"]),
        ("une page où tout est en stock", shop(card("Pelle"), card("Seau")), []),
        ("une page vide", shop(), []),
    ]
    hint = "Les article dont un p vaut « Épuisé », puis, dans chacun, le texte du titre (.//h2)."
    judged(answer, cases, hint)


@exercise("scrapy-04", stars=2)
def announced(answer: Any) -> None:
    cases = [
        ("« 71 articles, page 1 sur 4 »", shop(count="71 articles, page 1 sur 4"), (71, 4)),
        ("« 1 produit, page 1 sur 1 »", shop(count="1 produit, page 1 sur 1"), (1, 1)),
        ("une liste de la page 3", shop(count="160 produits, page 3 sur 7"), (160, 7)),
        ("un nombre à espace", shop(count="1\xa0250 produits, page 2 sur 53"), (1250, 53)),
        ("une espace étroite", shop(count="10\u202f004 articles, page 1 sur 501"), (10004, 501)),
        ("une page sans compte", shop(card("Seau")), (0, 0)),
    ]
    hint = "Une expression rationnelle à deux groupes, sur un texte sans ses espaces ; int()."
    judged(answer, cases, hint)


@exercise("scrapy-05", stars=2)
def cards(answer: Any) -> None:
    def row(name: str, brand: str | None, price: float | None) -> dict[str, Any]:
        slug = name.lower().replace(" ", "-")
        link = f"/boutique/produit/{slug}.html"
        return {"nom": name, "marque": brand, "prix": price, "lien": link}

    whole = shop(card("Lampe Une"), card("Lampe Deux", "Brume", "1\xa0099,00 €"))
    holes = shop(card("Vase", "Argile", None), card("Bol", None, "4,00 €"), card("Pot", "Terre"))
    right = [row("Vase", "Argile", None), row("Bol", None, 4.0), row("Pot", "Terre", 12.5)]
    complete = [row("Lampe Une", "Aubépine", 12.5), row("Lampe Deux", "Brume", 1099.0)]
    cases = [
        ("une page complète", whole, complete),
        ("une page où manquent un prix et une marque", holes, right),
        ("une page vide", shop(), []),
    ]
    hint = "Une boucle sur page.css('article.produit'), et carte.css(…).get() pour chaque clé."
    judged(answer, cases, hint)


@exercise("scrapy-06", stars=3)
def details(answer: Any) -> None:
    hint = (
        "parse dépose une requête par carte (callback=self.parse_article) et une pour la page "
        "suivante ; le numéro de page voyage dans cb_kwargs."
    )
    given = json_lines(answer, hint)
    ordered = [one for one in everything("articles") if one["section"] == "Sciences"]
    if len(given) != len(ordered):
        raise Wrong(f"Le fichier contient {len(given)} fiches : ce n'est pas le compte.", hint)
    right = {
        (one["title"], one["modified"]): (one["authors"], place // ARTICLES_PER_PAGE + 1)
        for place, one in enumerate(ordered)
    }
    for one in given:
        _detail(one, right, hint)
    if len({(one["titre"], one["modifie"]) for one in given}) != len(right):
        raise Wrong("Un même article revient plusieurs fois.", hint)


def _detail(one: dict[str, Any], right: dict[Any, Any], hint: str) -> None:
    wanted = {"titre", "modifie", "auteurs", "page"}
    if set(one) != wanted:
        raise Wrong(f"Une fiche a d'autres clés que les quatre demandées : {sorted(one)}.", hint)
    known = right.get((str(one["titre"]), str(one["modifie"])))
    if known is None:
        raise Wrong(f"Titre ou date d'aucun article : {expect.shown(one['titre'])}.", hint)
    if not expect.same(one["auteurs"], known[0]):
        raise Wrong(f"Les auteurs diffèrent : {expect.shown(one['auteurs'])}.", hint)
    if not expect.same(one["page"], known[1]):
        raise Wrong(f"Le numéro de page diffère, par exemple : {expect.shown(one['titre'])}.", hint)
