"""Judges of notebook 05: what a browser draws is also, elsewhere, in plain pages."""

from __future__ import annotations

import shutil
from typing import Any

import requests
from bs4 import BeautifulSoup, Tag

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Unverified, exercise

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SELECTION_PAGES = 10  # of ten quotations each: what « Voir la suite » reveals at most


def _need_browser() -> None:
    """Raise Unverified when the exercise cannot be done on this machine."""
    if not (any(map(shutil.which, BROWSERS)) and shutil.which("chromedriver")):
        raise Unverified(
            "Chromium ou son pilote manque ici : l'exercice ne peut pas être vérifié, "
            "et ne compte pas contre vous."
        )


def _quotes(number: int) -> list[Tag]:
    """Return the quotations of a page that the server draws itself."""
    address = f"{workspace.practice_url()}/bibliotheque/citations/"
    page = requests.get(address, params={"page": number}, timeout=10)
    if page.status_code != 200:
        raise Unverified("Ce web d'entraînement n'a pas de bibliothèque : mettez-le à jour.")
    return list(BeautifulSoup(page.content, "lxml").select("article.citation"))


def _words(quotes: list[Tag], selector: str) -> list[str]:
    found = (quote.select_one(selector) for quote in quotes)
    return [tag.get_text(strip=True) for tag in found if tag is not None]


@exercise("intro-20", stars=2)
def authors_from_script(answer: Any) -> None:
    hint = "Tout est dans la variable du script : le nom est sous auteur, puis nom."
    expect.sequence(answer, _words(_quotes(2), "[rel=author]"), hint)


@exercise("intro-21", stars=2)
def delayed_texts(answer: Any) -> None:
    _need_browser()
    hint = "get, puis attendre qu'une .citation soit là, puis lire la balise p de chacune."
    if isinstance(answer, list | tuple):  # Selenium's text has plain spaces only, page_source all
        answer = [_plain(one) if isinstance(one, str) else one for one in answer]
    expect.sequence(answer, [_plain(one) for one in _words(_quotes(3), "blockquote p")], hint)


def _plain(text: str) -> str:
    return " ".join(text.split())


@exercise("intro-22", stars=3)
def authors_after_clicks(answer: Any) -> None:
    _need_browser()
    names = [
        name
        for number in range(1, SELECTION_PAGES + 1)
        for name in _words(_quotes(number), "[rel=author]")
    ]
    hint = "Cliquer jusqu'à ce que le bouton disparaisse, puis un ensemble (set) des noms."
    expect.integer(answer, len(set(names)), hint)
