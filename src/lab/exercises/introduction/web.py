"""Judges of notebook 04: pages against the API, and a server that fails on purpose."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import requests
from bs4 import BeautifulSoup

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise


def products() -> list[dict[str, Any]]:
    """Return every product as the API gives it, asked for page by page, by number."""
    address, found = f"{workspace.practice_url()}/api/products", []
    with requests.Session() as session:
        number = last = 1
        while number <= last:
            query = {"per_page": 100, "page": number}
            page = session.get(address, params=query, timeout=10).json()
            last, number = page["pages"], number + 1
            found += page["items"]
    return found


def category_soups(slug: str) -> list[BeautifulSoup]:
    """Return the pages of a category of the shop."""
    address, soups = f"{workspace.practice_url()}/boutique/categorie/{slug}/", []
    for number in range(1, 100):
        page = requests.get(address, params={"page": number}, timeout=10)
        if page.status_code != 200:
            break
        soups.append(BeautifulSoup(page.content, "lxml"))
    return soups


@exercise("intro-15")
def garden_names(answer: Any) -> None:
    right = [one["name"] for one in products() if one["category"] == "Jardin"][:24]
    hint = "select('article.produit h2') donne les balises ; get_text(strip=True) leur texte."
    expect.sequence(answer, right, hint)


@exercise("intro-16", stars=2)
def every_item(answer: Any) -> None:
    hint = "Tant que l'adresse « next » n'est pas vide : la demander, et garder ses « items »."
    call = expect.callable_(answer, hint)
    right = [one["id"] for one in products()]
    base = workspace.practice_url()
    for query, expected in (("?per_page=100", right), ("?per_page=100&page=3", right[200:])):
        try:
            given = [item["id"] for item in call(f"{base}/api/products{query}")]
        except Exception as error:
            raise Wrong(f"Sur {query}, elle lève {type(error).__name__}.", hint) from None
        if given != expected:
            raise Wrong(f"Sur {query}, elle donne {len(given)} éléments.", hint)


@exercise("intro-17", stars=2)
def mean_price(answer: Any) -> None:
    prices = []
    for soup in category_soups("sport"):
        for card in soup.select("article.produit"):
            price, stock = card.select_one(".prix"), card.select_one(".stock")
            if price and stock and "InStock" in (stock.get("class") or []):
                digits = [sign for sign in price.get_text() if sign.isdigit()]
                prices.append(int("".join(digits)) / 100)
    hint = "category vaut 'Sport', availability vaut 'InStock' ; la somme, divisée par le nombre."
    expect.number(answer, sum(prices) / len(prices), hint)


RULES = """User-agent: *
Disallow: /prive/
Allow: /

User-agent: Aspirateur
Disallow: /
"""


@exercise("intro-18", stars=2)
def allowed(answer: Any) -> None:
    hint = "parse attend une liste de lignes ; can_fetch, l'agent puis l'adresse."
    cases: list[tuple[tuple[Any, ...], Any]] = [
        ((RULES, "lab-etudiant", "/boutique/"), True),
        ((RULES, "lab-etudiant", "/prive/agenda.html"), False),
        ((RULES, "Aspirateur", "/boutique/"), False),
        (("", "lab-etudiant", "/prive/"), True),
        (("User-agent: *\nDisallow: /\n", "lab-etudiant", "/"), False),
    ]
    expect.function(answer, cases, hint)


class _Faulty(BaseHTTPRequestHandler):
    """Answers by path: what fails, and how many times, is in `PLAN`."""

    PLAN: ClassVar[dict[str, tuple[int, int]]] = {
        "/deux-fois": (503, 2),
        "/patience": (429, 1),
        "/jamais": (500, 99),
        "/absente": (404, 99),
    }
    asked: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        status, times = self.PLAN.get(self.path, (200, 0))
        self.asked[self.path] += 1
        failing = self.asked[self.path] <= times
        body = b"" if failing else b"voici"
        self.send_response(status if failing else 200)
        if failing and status in (429, 503):
            self.send_header("Retry-After", "0")
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing in the student's notebook."""


@contextmanager
def _faulty_server() -> Iterator[str]:
    _Faulty.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Faulty) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@exercise("intro-19", stars=3)
def patient_get(answer: Any) -> None:
    hint = (
        "429 et 5xx : recommencer, au plus `essais` fois en tout ; les autres erreurs : les lever "
        "aussitôt (raise_for_status)."
    )
    call = expect.callable_(answer, hint)
    with _faulty_server() as base:
        for path in ("/simple", "/deux-fois", "/patience"):
            _gives(call, base, path, hint)
        _refuses(call, base, "/absente", 4, 1, hint)
        _refuses(call, base, "/jamais", 2, 2, hint)


def _gives(call: Any, base: str, path: str, hint: str) -> None:
    began = time.monotonic()
    try:
        given = call(base + path, 3)
    except Exception as error:
        raise Wrong(f"Sur {path}, elle lève {type(error).__name__}.", hint) from None
    if given != "voici":
        raise Wrong(f"Sur {path}, elle rend {expect.shown(given)} et non le texte.", hint)
    if time.monotonic() - began > 2:
        raise Wrong(f"Sur {path}, elle attend plus que Retry-After (0 s) ne le demande.", hint)


def _refuses(call: Any, base: str, path: str, tries: int, times: int, hint: str) -> None:
    try:
        given = call(base + path, tries)
    except requests.RequestException:
        asked = _Faulty.asked[path]
        if asked != times:
            raise Wrong(
                f"Sur {path}, avec essais={tries}, elle fait {asked} demandes.", hint
            ) from None
        return
    except Exception as error:
        raise Wrong(
            f"Sur {path}, elle lève {type(error).__name__} et non une erreur de requests.", hint
        ) from None
    raise Wrong(f"Sur {path}, elle rend {expect.shown(given)} au lieu de lever l'erreur.", hint)
