"""Judges of notebook 03: settings, waiting, proofs, a middleware, a trap and a login form."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import requests
from bs4 import BeautifulSoup
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Request, Response

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise

HOST = "https://essai.example"


def _page(body: str, path: str = "/page") -> HtmlResponse:
    return HtmlResponse(HOST + path, body=body.encode(), encoding="utf-8")


@exercise("scrapy-12")
def value_in_force(answer: Any) -> None:
    hint = "La ligne de commande bat le spider, qui bat le projet ; et 0 est une valeur."
    cases: list[tuple[tuple[Any, ...], Any]] = [
        (("PAUSE", {"PAUSE": 9}, {"PAUSE": 1}, {"PAUSE": 4}, {"PAUSE": 3}), 3),
        (("PAUSE", {"PAUSE": 9}, {"PAUSE": 1}, {"PAUSE": 4}, {}), 4),
        (("PAUSE", {"PAUSE": 9}, {"PAUSE": 1}, {}, {"AUTRE": 3}), 1),
        (("PAUSE", {"PAUSE": 9}, {}, {}, {}), 9),
        (("PAUSE", {"PAUSE": 9}, {"PAUSE": 1}, {"PAUSE": 0}, {}), 0),
        (("ROBOTS", {}, {"ROBOTS": True}, {}, {"ROBOTS": False}), False),
        (("ABSENT", {"PAUSE": 9}, {}, {}, {}), None),
    ]
    expect.function(answer, cases, hint)


@exercise("scrapy-13", stars=2)
def seconds_to_wait(answer: Any) -> None:
    hint = "Des chiffres, une date (parsedate_to_datetime), ou rien ; toujours entre 0 et 300."
    now = datetime(2026, 3, 10, 8, 0, 0, tzinfo=UTC)
    cases: list[tuple[tuple[Any, ...], Any]] = [
        (("7", now), 7),
        (("0", now), 0),
        ((None, now), 0),
        (("", now), 0),
        (("Tue, 10 Mar 2026 08:01:30 GMT", now), 90),
        (("Tue, 10 Mar 2026 07:00:00 GMT", now), 0),
        (("86400", now), 300),
        (("Wed, 11 Mar 2026 08:00:00 GMT", now), 300),
        (("bientôt", now), 0),
    ]
    expect.function(answer, cases, hint)


def _linked(*blocks: str, title: str = "Page") -> HtmlResponse:
    scripts = "".join(f'<script type="application/ld+json">{one}</script>' for one in blocks)
    return _page(f"<html><head>{scripts}</head><body><h1>{title}</h1></body></html>")


@exercise("scrapy-14", stars=2)
def proves_article(answer: Any) -> None:
    hint = "Parcourez tous les blocs JSON-LD (getall), et sautez ceux qui ne se lisent pas."
    call = expect.callable_(answer, hint)
    article = json.dumps({"@type": "NewsArticle", "headline": "La crue"})
    trail = json.dumps({"@type": "BreadcrumbList"})
    cases: list[tuple[str, Response, bool]] = [
        ("un article", _linked(article), True),
        ("un article intitulé « Accès refusé »", _linked(article, title="Accès refusé"), True),
        ("un article au second bloc", _linked(trail, article), True),
        ("un article après un bloc mal écrit", _linked("{oups", article), True),
        ("une page de blocage", _linked(title="Accès refusé"), False),
        ("une page vide", _page(""), False),
        ("un produit", _linked(json.dumps({"@type": "Product", "name": "Pot"})), False),
        ("un article sans titre", _linked('{"@type": "NewsArticle", "headline": ""}'), False),
        ("un bloc qui est une liste", _linked("[1, 2]"), False),
        ("une image", Response(HOST + "/a.html", body=b"\x89PNG\r\n"), False),
    ]
    for name, response, right in cases:
        _says(call, name, response, right, hint)


def _says(call: Callable[..., Any], name: str, response: Response, right: bool, hint: str) -> None:
    try:
        mine = call(response)
    except Exception as error:
        raise Wrong(f"Devant {name}, elle lève {type(error).__name__}.", hint) from None
    if mine is not right:
        raise Wrong(f"Devant {name}, elle rend {expect.shown(mine)}.", hint)


@exercise("scrapy-15", stars=3)
def blocking_middleware(answer: Any) -> None:
    hint = "Le compte et le reste de meta voyagent avec la requête ; relisez la classe PageVide."
    if not isinstance(answer, type):
        raise Wrong(f"On attend une classe, vous donnez {expect.kind(answer)}.", hint)
    try:
        process = getattr(answer(), "process_response", None)
    except Exception as error:
        raise Wrong(f"Créer une instance lève {type(error).__name__}.", hint) from None
    if process is None:
        raise Wrong("La classe n'a pas de méthode process_response.", hint)
    blocked = _page("<h1>Accès refusé</h1><p>Êtes-vous humain ?</p>")
    article = _page("<h1>Au musée</h1><p>« Accès refusé », dit le panneau.</p>")
    request = Request(HOST + "/page", meta={"rubrique": "sport"})
    if _processed(process, request, article, hint) is not article:
        raise Wrong("Une page ordinaire doit passer telle quelle.", hint)
    for count in (1, 2):
        again = _processed(process, request, blocked, hint)
        _asked_again(again, count, hint)
        request = again
    try:
        process(request, blocked)
    except IgnoreRequest:
        return
    except Exception as error:
        raise Wrong(f"Au troisième blocage, elle lève {type(error).__name__}.", hint) from None
    raise Wrong("Au troisième blocage, elle n'abandonne pas.", hint)


def _processed(process: Callable[..., Any], request: Any, response: Any, hint: str) -> Any:
    try:
        return process(request, response)
    except Exception as error:
        raise Wrong(f"process_response lève {type(error).__name__} trop tôt.", hint) from None


def _asked_again(again: Any, count: int, hint: str) -> None:
    if not isinstance(again, Request):
        raise Wrong(f"Au blocage n° {count}, elle rend {expect.kind(again)}.", hint)
    if again.url != HOST + "/page":
        raise Wrong("L'adresse de la requête à refaire a changé.", hint)
    if again.meta.get("blocages") != count:
        raise Wrong(f"Au blocage n° {count}, le compte de meta n'est pas le bon.", hint)
    if again.meta.get("rubrique") != "sport":
        raise Wrong("Le reste de meta est perdu.", hint)
    if not again.dont_filter:
        raise Wrong("La requête à refaire serait écartée comme un doublon.", hint)


@exercise("scrapy-16", stars=2)
def events_in_all(answer: Any) -> None:
    """The months of the first year and a half, by their addresses, without following links."""
    total, base = 0, workspace.practice_url()
    with requests.Session() as session:
        for number in range(18):
            year, month = 2026 + (8 + number) // 12, (8 + number) % 12 + 1
            page = session.get(f"{base}/agenda/{year}/{month:02d}/", timeout=10)
            main = BeautifulSoup(page.content, "lxml").find("main")
            total += len(main.find_all("time")) if main else 0
    hint = "Remettez le compte des mois vides à zéro dès qu'un mois a des événements."
    expect.integer(answer, total, hint)


SEARCH = (
    '<form action="/chercher"><input name="q"><input type="hidden" name="ou" value="ici"></form>'
)
LOGIN = (
    '<form method="post" action="/{path}"><input type="hidden" name="{key}" value="{value}">'
    '<input type="hidden" name="suite" value="/fonds/"><input name="nom">'
    '<input name="secret" type="password"><button>Entrer</button></form>'
)
LETTER = '<form method="post" action="/lettre"><input type="hidden" name="x" value="1"></form>'


@exercise("scrapy-17", stars=2)
def login_request(answer: Any) -> None:
    hint = "Choisissez le formulaire en XPath, puis reprenez tous ses champs, et eux seuls."
    call = expect.callable_(answer, hint)
    first = LOGIN.format(path="entrer", key="jeton", value="k7Zé")
    second = LOGIN.format(path="membres/ouvrir", key="_csrf", value="99")
    cases = [
        ("deux formulaires", SEARCH + first, "/entrer", {"jeton": "k7Zé"}),
        ("trois formulaires", SEARCH + LETTER + second, "/membres/ouvrir", {"_csrf": "99"}),
        ("un seul formulaire", second, "/membres/ouvrir", {"_csrf": "99"}),
    ]
    for name, body, path, token in cases:
        fields = {"nom": "ada", "secret": "phare & mer"}
        try:
            sent = call(_page(body, "/compte/"), fields)
        except Exception as error:
            raise Wrong(f"Avec {name}, elle lève {type(error).__name__}.", hint) from None
        _sends(sent, name, path, {**fields, **token, "suite": "/fonds/"}, hint)


def _sends(sent: Any, name: str, path: str, fields: dict[str, str], hint: str) -> None:
    if not isinstance(sent, Request):
        raise Wrong(f"Avec {name}, elle rend {expect.kind(sent)} et non une requête.", hint)
    if sent.url != HOST + path or sent.method != "POST":
        raise Wrong(f"Avec {name}, elle envoie {sent.method} {expect.shown(sent.url)}.", hint)
    body = parse_qs(sent.body.decode(), keep_blank_values=True)
    if body != {key: [value] for key, value in fields.items()}:
        raise Wrong(f"Avec {name}, elle envoie les champs {expect.shown(sorted(body))}.", hint)
    if not sent.dont_filter:
        raise Wrong("La requête serait écartée si la page avait déjà été vue.", hint)
