"""The spiders of the library bring back exactly what its answer key says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from practice.conftest import Running, serving

from lab.errors import EngineUnavailable, LabError
from lab.practice.site.scenarios.consent import LABELS
from lab.practice.truth import library as truth
from lab.practice.world import World
from lab.scraping.runner import crawl

from .conftest import PROJECT, Crawl

WORLD = World(articles=0, products=0, quotes=117)
# A browser is slow: four pages, or four clicks, are enough.
FEW = World(articles=0, products=0, quotes=34)


@pytest.fixture(scope="module")
def library() -> Iterator[Running]:
    with serving("--articles", "0", "--products", "0", "--quotes", str(WORLD.quotes)) as running:
        yield running


@pytest.fixture
def run(library: Running, run_spider: Callable[..., Crawl]) -> Callable[..., Crawl]:
    def start(name: str, **options: Any) -> Crawl:
        return run_spider(name, base=library.url, **options)

    return start


def expected(library: Running, items: Iterator[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        item["id"]: {
            **{key: value for key, value in item.items() if key != "number"},
            "url": library.url + item["url"],
        }
        for item in items
    }


@pytest.mark.parametrize(
    ("spider", "arguments", "key"),
    [
        ("tableau", {}, truth.quotes),
        ("defilement", {}, truth.quotes),
        ("json_cache", {}, truth.quotes),
        ("connexion", {}, truth.reserved),
        ("formulaire", {}, truth.quotes),
        ("formulaire", {"methode": "post"}, truth.quotes),
        ("viewstate", {}, truth.quotes),
    ],
)
def test_exact(library, run, spider, arguments, key) -> None:  # type: ignore[no-untyped-def]
    assert run(spider, **arguments).by_id() == expected(library, key(WORLD))


def test_quotations_join_their_authors(library: Running, run: Callable[..., Crawl]) -> None:
    whole = run("citations")
    found = whole.by_id()
    wanted = expected(library, truth.quotes(WORLD)) | expected(library, truth.authors(WORLD))
    assert found == wanted
    for item in found.values():
        if "texte" in item:
            assert found[item["auteur_id"]]["nom"] == item["auteur"]
    authors, pages = len(list(truth.authors(WORLD))), -(-WORLD.quotes // 10)
    # robots.txt, the pages of the list, and each author once.
    assert whole.stats["downloader/request_count"] == 1 + pages + authors


def test_one_tag_only(library: Running, run: Callable[..., Crawl]) -> None:
    found = run("citations", etiquette="mer").by_id()
    quotes = {key: item for key, item in found.items() if "texte" in item}
    assert quotes == expected(library, truth.labelled(WORLD, "mer"))
    assert set(found) - set(quotes) == {item["auteur_id"] for item in quotes.values()}


def test_both_rooms_behind_a_banner(library: Running, run: Callable[..., Crawl]) -> None:
    found = run("consentement").by_id()
    wanted: dict[str, dict[str, Any]] = {}
    for label in LABELS.values():
        wanted |= expected(library, truth.labelled(WORLD, label))
    assert found == wanted


@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize(("room", "key"), [("differe", truth.quotes), ("clic", truth.selection)])
def test_a_browser_draws_everything(run_spider, room, key) -> None:  # type: ignore[no-untyped-def]
    with serving("--articles", "0", "--products", "0", "--quotes", str(FEW.quotes)) as few:
        found = run_spider("navigateur", base=few.url, salle=room).by_id()
        assert found == expected(few, key(FEW))


def test_lab_crawl_says_what_the_browser_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineUnavailable, match="du navigateur Chromium") as caught:
        crawl("navigateur", {}, 0, {"LAB_STORES": ""}, PROJECT)
    assert caught.value.hint.startswith("apt-get install chromium")


def test_a_wrong_password_brings_nothing_and_says_so(library: Running) -> None:
    settings = {"LAB_STORES": "", "PRACTICE_URL": library.url}
    with pytest.raises(LabError, match="Identifiant ou mot de passe incorrect") as caught:
        crawl("connexion", {"mot_de_passe": "faux"}, 0, settings, PROJECT)
    assert caught.value.hint.startswith("./lab crawl connexion -a")
    assert caught.value.exit_code != 0


@pytest.mark.parametrize(
    ("lacking", "sentence", "command"),
    [
        ("Chromium", "du navigateur Chromium", "apt-get install chromium"),
        ("library", "de la bibliothèque scrapy-playwright", ".venv/bin/pipenv sync --categories"),
    ],
)
def test_without_a_browser_it_says_what_to_type(
    tmp_path: Path, lacking: str, sentence: str, command: str
) -> None:
    environment = {**os.environ, "PATH": str(tmp_path)} if lacking == "Chromium" else None
    hide = "sys.modules['scrapy_playwright'] = None; " if lacking == "library" else ""
    start = "from scrapy.cmdline import execute; execute(['scrapy', 'crawl', 'navigateur'])"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {hide}{start}"],
        cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert sentence in last
    assert command in last
    assert "LAB_BROWSER=1 docker compose up -d --build" in last
    assert "Traceback" not in done.stdout + done.stderr
