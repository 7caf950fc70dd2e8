"""Every page of the library: valid, accessible, linked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import html5lib
import httpx
import pytest
from parsel import Selector

from lab.practice import quotes
from lab.practice.site.scenarios import consent, forms, library, login, rendered, scrolling
from lab.practice.site.signatures import sign, verified
from lab.practice.truth import library as truth

from .conftest import Running, serving
from .reading import HOME, OPTIONS, WORLD, log_in

MODULES = (library, scrolling, rendered, login, forms, consent)


@pytest.fixture(scope="module")
def web() -> Iterator[Running]:
    with serving(*OPTIONS) as running:
        yield running


@pytest.fixture(scope="module")
def every_page(web: Running) -> dict[str, str]:
    """One page of each kind, as HTML, by name."""
    names = [
        "", "citations/", "citations/?page=5", "citation/3/", "auteurs/", "etiquettes/",
        "etiquette/mer/", "tableau/?page=2", "defilement/", "rendu/immediat/", "rendu/differe/",
        "rendu/clic/", "recherche", "recherche?auteur=x&etiquette=mer", "recherche?etiquette=mer",
        "villes", "guichet", "salon/", "consentement/?retour=%22%3E",
    ]  # fmt: skip
    found = {name: web.http.get(HOME + name).raise_for_status().text for name in names}
    found["auteur"] = web.http.get(next(truth.authors(WORLD))["url"]).text
    with httpx.Client(base_url=web.url, trust_env=False) as visitor:
        found["connexion"] = visitor.get(login.LOGIN).text
        found["mot de passe"] = log_in(visitor, mot_de_passe='"faux').text
        found["jeton"] = log_in(visitor, jeton="").text
        log_in(visitor)
        found["fonds ancien"] = visitor.get(login.RESERVED).text
        found["déjà connectée"] = visitor.get(login.LOGIN).text
        visitor.cookies.set(consent.COOKIE, consent.ACCEPTED)
        found["boudoir"] = visitor.get(consent.BOUDOIR).text
    found["villes, réponse"] = web.http.post(
        "/bibliotheque/villes", data={"ville": list(quotes.library(WORLD).towns)}
    ).text
    state = {"etape": 1, "auteur": "elise-hervouet", "etiquette": "", "page": 0}
    fields = {forms.STATE: sign(WORLD, "guichet", state), "auteur": "elise-hervouet"}
    for name, label in (("guichet, auteur", ""), ("guichet, réponse", "jardin")):
        answer = web.http.post("/bibliotheque/guichet", data={**fields, "etiquette": label})
        found[name] = answer.raise_for_status().text
    return found


def test_every_page_is_valid_html(every_page: dict[str, str]) -> None:
    for name, text in every_page.items():
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(text)
        assert parser.errors == [], name
        ids = Selector(text).css("[id]::attr(id)").getall()
        assert len(ids) == len(set(ids)), name


def test_every_page_is_accessible(every_page: dict[str, str]) -> None:
    for name, text in every_page.items():
        page = Selector(text)
        assert page.css("html::attr(lang)").get() == "fr", name
        assert len(page.css("h1")) == 1, name
        assert page.css("title::text").get("").strip(), name
        levels = [int(h.root.tag[1]) for h in page.css("main h1, main h2, main h3")]
        for before, after in pairwise(levels):
            assert after <= before + 1 or name == "salon/", name
        labelled = set(page.css("label::attr(for)").getall())
        for field in page.css("input:not([type=hidden]), select"):
            assert field.attrib.get("id") in labelled or field.xpath("ancestor::label"), name
        for target in page.css("[aria-labelledby]::attr(aria-labelledby)").getall():
            assert page.css(f"#{target}"), (name, target)


def test_every_link_stays_here_and_answers(web: Running, every_page: dict[str, str]) -> None:
    addresses = set()
    for name, text in every_page.items():
        page = Selector(text)
        if name != "jeton":  # the error page is not the library's
            canonical = page.css("link[rel=canonical]::attr(href)").getall()
            assert len(canonical) == 1, name
            assert canonical[0].startswith("https://bibliotheque.example/bibliotheque/")
        links = page.css("a::attr(href), link[rel=stylesheet]::attr(href), script::attr(src)")
        addresses |= set(links.getall()) | set(page.css("form::attr(action)").getall())
    for address in sorted(addresses):
        assert address.startswith(("/", "?", "#")), address
        assert not address.startswith("//")
        if address.startswith("/bibliotheque/"):
            expected = {200, 302, 303} if address != login.LOGOUT else {405}
            assert web.http.get(address).status_code in expected, address


def test_the_scenarios_lead_somewhere(web: Running) -> None:
    found = [scenario for module in MODULES for scenario in module.SCENARIOS]
    assert len({scenario.slug for scenario in found}) == len(found) == 12
    spiders = Path(__file__).resolve().parents[2] / "Scrapy/newscrawler/newscrawler/spiders"
    for scenario in found:
        assert scenario.family == library.FAMILY
        assert scenario.level in (1, 2, 3, 4)
        assert web.http.get(scenario.path).status_code in (200, 302), scenario
        assert f'name = "{scenario.spider}"' in (spiders / f"{scenario.spider}.py").read_text()
    rooms = {address for address, *_ in library.ROOMS}
    assert {scenario.path for scenario in found} == rooms
    assert verified(WORLD, "x", sign(WORLD, "x", {"é": [1]})) == {"é": [1]}
