"""The forms of the library, and how its pages defend themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from parsel import Selector

from lab.practice import quotes
from lab.practice.site.posted import LARGEST, MOST_FIELDS
from lab.practice.site.scenarios import consent, forms, login
from lab.practice.site.signatures import sign
from lab.practice.truth import library as truth
from lab.practice.world import World

from .conftest import Running, serving
from .reading import HOME, OPTIONS, WORLD, crawl_pages, hidden, log_in, paths, shown


@pytest.fixture(scope="module")
def web() -> Iterator[Running]:
    with serving(*OPTIONS) as running:
        yield running


@pytest.fixture
def visitor(web: Running) -> Iterator[httpx.Client]:
    """A client with its own cookies."""
    with httpx.Client(base_url=web.url, trust_env=False, timeout=20) as client:
        yield client


# --- Login ------------------------------------------------------------------------------


def test_login_opens_the_reserved_pages(visitor: httpx.Client) -> None:
    closed = visitor.get(f"{login.RESERVED}?page=2")
    assert closed.status_code == 303
    form = visitor.get(closed.headers["location"])
    assert hidden(form.text, "suite") == f"{login.RESERVED}?page=2"
    answer = log_in(visitor, suite=hidden(form.text, "suite"))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{login.RESERVED}?page=2"
    assert "httponly" in answer.headers["set-cookie"].lower()
    page = visitor.get(answer.headers["location"])
    assert page.status_code == 200
    expected = list(truth.reserved(WORLD))[10:20]
    cards = Selector(page.text).css(".citation")
    assert cards.css(".ouvrage::text").getall() == [item["ouvrage"] for item in expected]
    assert cards.css(".annee::text").getall() == [str(item["annee"]) for item in expected]
    assert visitor.post(login.LOGOUT).status_code == 303
    assert visitor.get(login.RESERVED).status_code == 303
    assert visitor.get(login.LOGOUT).status_code == 405


def test_a_wrong_token_is_403(web: Running, visitor: httpx.Client) -> None:
    with httpx.Client(base_url=web.url, trust_env=False) as other:
        theirs = hidden(other.get(login.LOGIN).text, "jeton")
    for token in ("", "faux", theirs, "é"):
        assert log_in(visitor, jeton=token).status_code == 403
    token = hidden(visitor.get(login.LOGIN).text, "jeton")
    visitor.cookies.clear()  # the right token, without the cookie it goes with
    fields = {"jeton": token, "identifiant": login.USER, "mot_de_passe": login.PASSWORD}
    assert visitor.post(login.LOGIN, data=fields).status_code == 403
    assert visitor.get(login.RESERVED).status_code == 303


def test_a_wrong_password_is_said_in_the_page(visitor: httpx.Client) -> None:
    for changes in ({"mot_de_passe": "faux"}, {"identifiant": "<b>moi</b>"}):
        answer = log_in(visitor, **changes)
        assert answer.status_code == 200
        page = Selector(answer.text)
        assert page.css("[role=alert]::text").get() == "Identifiant ou mot de passe incorrect."
        assert hidden(answer.text, "identifiant") == changes.get("identifiant", login.USER)
        assert login.SESSION not in visitor.cookies


def test_a_forged_or_old_session_opens_nothing(visitor: httpx.Client) -> None:
    def opened(value: str) -> bool:
        cookie = {"cookie": f"{login.SESSION}={value}"}
        return visitor.get(login.RESERVED, headers=cookie).status_code == 200

    now = int(time.time())
    session = {"nom": "lectrice", "depuis": now}
    assert opened(sign(WORLD, "session", session))
    assert not opened(sign(WORLD, "session", {**session, "depuis": now - login.LIFETIME}))
    assert not opened(sign(WORLD, "visite", session))
    assert not opened(sign(World(seed=1), "session", session))
    for value in ("", "x", ".", "a.b", sign(WORLD, "session", session)[:-1]):
        assert not opened(value)


@pytest.mark.parametrize(
    "asked",
    ["https://ailleurs.example/", "//ailleurs.example", "/gazette/", "/bibliotheque/\\x", "x"],
)
def test_login_never_sends_elsewhere(visitor: httpx.Client, asked: str) -> None:
    form = visitor.get(login.LOGIN, params={"suite": asked})
    assert hidden(form.text, "suite") == login.RESERVED
    assert log_in(visitor, suite=asked).headers["location"] == login.RESERVED


# --- Forms ------------------------------------------------------------------------------


def test_search_by_author_and_tag(web: Running) -> None:
    items = list(truth.quotes(WORLD))
    item = items[0]
    slug, label = item["url"], item["etiquettes"][0]
    writer = Selector(web.http.get(slug).text).css("a[rel=author]::attr(href)").get("")
    query = {"auteur": writer.split("/")[-2], "etiquette": label.lower()}
    both = [
        one["url"]
        for one in items
        if one["auteur"] == item["auteur"] and label in one["etiquettes"]
    ]
    page = web.http.get("/bibliotheque/recherche", params=query)
    assert shown(page.text) == both
    chosen = Selector(page.text).css("option[selected]::attr(value)").getall()
    assert chosen == list(query.values())
    one = [i["url"] for i in items if label in i["etiquettes"]]
    texts = crawl_pages(web, f"/bibliotheque/recherche?auteur=&etiquette={query['etiquette']}")
    assert [path for text in texts for path in shown(text)] == one
    nothing = web.http.get("/bibliotheque/recherche?auteur=personne")
    assert "Aucune citation" in nothing.text
    assert not shown(web.http.get("/bibliotheque/recherche").text)


def test_search_by_towns_is_paged_by_post(web: Running) -> None:
    address = "/bibliotheque/villes"
    towns = Selector(web.http.get(address).text).css("[name=ville]::attr(value)").getall()
    found: list[str] = []
    for number in range(1, 10):
        page = web.http.post(address, data={"ville": towns, "page": str(number)})
        found += shown(page.text)
    assert found == paths(truth.quotes(WORLD))
    assert not Selector(page.text).css("button.suivante")
    assert "cochez au moins une ville" in web.http.post(address, data={"ville": "atlantide"}).text
    for wrong in ("0", "10", "x"):
        assert web.http.post(address, data={"ville": towns, "page": wrong}).status_code == 404


def test_the_state_must_come_back_untouched(web: Running) -> None:
    address, http = "/bibliotheque/guichet", web.http
    first = http.get(address)
    state = hidden(first.text, forms.STATE)
    page = Selector(first.text)
    assert page.css("select[name=etiquette][disabled]")
    writer = page.css("select[name=auteur] option::attr(value)").getall()[1]
    second = http.post(address, data={forms.STATE: state, "auteur": writer, "etiquette": ""})
    after = hidden(second.text, forms.STATE)
    labels = Selector(second.text).css("select[name=etiquette] option::attr(value)").getall()[1:]
    assert labels
    assert after != state
    step = {forms.STATE: after, "auteur": writer, "etiquette": labels[0]}
    third = http.post(address, data=step)
    assert shown(third.text)
    assert hidden(third.text, forms.STATE) not in (state, after)
    every = set(quotes.library(WORLD).labels)
    absent = next(iter(sorted(every - set(labels))))
    forged = sign(World(seed=1), "guichet", {"etape": 1, "auteur": writer, "etiquette": ""})
    refused = [
        {**step, forms.STATE: ""},
        {**step, forms.STATE: after[:-1] + ("0" if after[-1] != "0" else "1")},
        {**step, forms.STATE: forged},
        {**step, "etiquette": absent},
        {**step, "auteur": "personne"},
        {"auteur": writer, "etiquette": labels[0]},
        # The last page has no next one.
        {**step, forms.STATE: hidden(third.text, forms.STATE), "suite": "1"},
    ]
    if Selector(third.text).css("button[name=suite]"):
        refused.pop()
    for fields in refused:
        assert http.post(address, data=fields).status_code == 400, fields
    # The first state does not know the author yet: choosing both at once gives the tags only.
    both = http.post(address, data={**step, forms.STATE: state})
    assert both.status_code == 200
    assert not shown(both.text)


def test_posted_bodies_are_bounded(web: Running) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    for address in (login.LOGIN, "/bibliotheque/villes", "/bibliotheque/guichet", consent.CONSENT):
        assert web.http.post(address, json={}).status_code == 415
        big = web.http.post(address, content=b"a=" + b"x" * LARGEST, headers=form)
        assert big.status_code == 413
        many = web.http.post(address, content=b"a=1&" * (MOST_FIELDS + 1), headers=form)
        assert many.status_code == 400
        assert web.http.post(address, content=b"a=\xff", headers=form).status_code == 400


# --- Consent ----------------------------------------------------------------------------


def test_the_boudoir_opens_with_the_cookie_only(visitor: httpx.Client) -> None:
    closed = visitor.get(f"{consent.BOUDOIR}?page=2")
    assert closed.status_code == 302
    form = visitor.get(closed.headers["location"])
    back = hidden(form.text, "retour")
    assert back == f"{consent.BOUDOIR}?page=2"
    refusal = visitor.post(consent.CONSENT, data={"choix": "non", "retour": back})
    assert refusal.headers["location"] == HOME
    assert visitor.get(consent.BOUDOIR).status_code == 302
    consented = visitor.post(consent.CONSENT, data={"choix": "oui", "retour": back})
    assert (consented.status_code, consented.headers["location"]) == (303, back)
    assert visitor.get(back).status_code == 200
    assert shown(visitor.get(consent.BOUDOIR).text) == paths(truth.labelled(WORLD, "maxime"))[:10]
    elsewhere = visitor.post(consent.CONSENT, data={"choix": "oui", "retour": "//ailleurs.example"})
    assert elsewhere.headers["location"] == consent.BOUDOIR


def test_the_salon_is_readable_without_a_script(web: Running) -> None:
    texts = crawl_pages(web, consent.SALON)
    found = [path for text in texts for path in shown(text)]
    assert found == paths(truth.labelled(WORLD, "humour"))
