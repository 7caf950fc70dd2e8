"""The pages: alone, in French, safe with hostile contents, and working in a real browser."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from lab.review import grid
from lab.review.corrections import Correction
from lab.review.criteria import CRITERIA
from lab.review.model import Evidence, Location, Review, Verdict
from lab.review.report import page, table

ROOT = Path(__file__).resolve().parents[2]
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def rows() -> list[tuple[Review, grid.Mark]]:
    ruler = grid.read(ROOT / grid.PLACE, CRITERIA)
    found = []
    for number, name in enumerate(("moyen", "bon", "perdu")):
        proof = Evidence(EVIL, f"Evaluation/{EVIL}.py", "3")
        verdicts = [Verdict(one, number + 1, 0.9, (proof,), EVIL, EVIL) for one in CRITERIA]
        place = Location(EVIL, "elsewhere", 0.5, EVIL, (EVIL,))
        review = Review(
            name,
            "https://github.com/lea/projet.git",
            (EVIL,),
            "c0ffee",
            "2026-03-01",
            place,
            verdicts,
            [EVIL],
            {"files": 1, "lines": 2, "commits": 3, "inherited": 0},
            0.1,
            fault="illisible" if name == "perdu" else "",
        )
        found.append((review, grid.mark(ruler, review, {"tests": Correction(niveau=3, note=EVIL)})))
    return found


@pytest.fixture(scope="module")
def pages(rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    page.write(folder, grid.read(ROOT / grid.PLACE, CRITERIA), rows)
    return folder


def test_nothing_hostile_survives_and_nothing_is_loaded(pages: Path) -> None:
    for path in pages.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert EVIL not in text, path.name
        assert not re.search(r"<(?:img|link|iframe|object)\b|src=|@import|url\(", text), path.name
        assert 'lang="fr"' in text


def test_a_proof_leads_to_its_line_on_the_forge(pages: Path) -> None:
    text = (pages / "bon.html").read_text(encoding="utf-8")
    assert 'href="https://github.com/lea/projet/blob/c0ffee/Evaluation/%3Cscript%3Ealert' in text
    assert ".py#L3" in text


def test_a_formula_is_harmless_in_a_spreadsheet() -> None:
    assert table.harmless("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert table.harmless("projet") == "projet"


def test_one_project_alone_has_no_class_page(rows, tmp_path: Path) -> None:
    written = page.write(tmp_path, grid.read(ROOT / grid.PLACE, CRITERIA), rows[:1])
    assert written.name == "moyen.html"
    assert not (tmp_path / "index.html").exists()
    assert "La classe" not in written.read_text(encoding="utf-8")


def test_the_class_sorts_in_a_browser(pages: Path, chromium: str) -> None:
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = chromium
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Chrome(options, Service(shutil.which("chromedriver"))) as browser:
        browser.get((pages / "index.html").as_uri())
        names = (
            "return [...document.querySelectorAll('#projets tbody td:first-child a')]"
            ".map(a => a.textContent)"
        )
        click = "document.querySelectorAll('#projets th button')[arguments[0]].click()"
        assert browser.execute_script(names) == ["moyen", "bon", "perdu"]
        browser.execute_script(click, 1)  # marks, the best first
        assert browser.execute_script(names) == ["bon", "moyen", "perdu"]
        browser.execute_script(click, 1)
        assert browser.execute_script(names) == ["perdu", "moyen", "bon"]
        browser.execute_script(click, 0)  # names
        assert browser.execute_script(names) == ["bon", "moyen", "perdu"]
        assert browser.execute_script("return document.querySelectorAll('svg').length") == 2
        wide = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not browser.execute_script(wide)
        browser.get((pages / "bon.html").as_uri())
        assert browser.execute_script("return document.querySelectorAll('details').length") == 16
        assert browser.get_log("browser") == []
