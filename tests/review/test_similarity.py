"""Resemblances: what a grader would ask about is found, and nothing else is."""

from __future__ import annotations

import csv
import io
import shutil
import time
from collections import Counter
from collections.abc import Mapping
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from labelled import BASES, TUTORIAL, as_notebook, cases, disguised
from repositories import COURSE, create, notebook, under

from lab.review import batch, grid, notebooks, upstream
from lab.review.criteria import CRITERIA
from lab.review.decoding import decode
from lab.review.git import soon
from lab.review.grid import Likeness
from lab.review.model import Location, Review
from lab.review.project import Source
from lab.review.report import page
from lab.review.reviewing import Context
from lab.review.similarity import classroom, comparing, drawing, matching, table, traces, weighing
from lab.review.similarity.stripping import bare
from lab.review.similarity.traces import Trace
from lab.review.similarity.weighing import Resemblances
from lab.review.sources import Source as Address

ROOT = Path(__file__).resolve().parents[2]
ASKED = Likeness()


def source(path: str, content: str, inherited: frozenset[str] = frozenset()) -> Source:
    text = decode(content.encode("utf-8", "surrogatepass"))
    book = notebooks.read(content) if path.endswith(".ipynb") else None
    return Source(path, text, len(content), inherited, book)


@cache  # the same files are in many classes
def unit(path: str, content: str) -> traces.Unit:
    return traces.unit(source(path, content))


def trace(name: str, files: Mapping[str, str], **more: tuple[str, ...]) -> Trace:
    units = tuple(unit(path, content) for path, content in files.items())
    return Trace(name, units=units, **more)


def alike(*class_: Trace, course: Trace | None = None, asked: Likeness = ASKED) -> Resemblances:
    every = [*class_, course] if course else list(class_)
    found = comparing.compare(every, asked.jetons, 600, len(class_) if course else None)
    return weighing.weigh(every, len(class_) if course else -1, found, asked)


def test_the_labelled_set() -> None:
    """50 classes, 48 pairs to ask about: none is asked about wrongly, and one is missed, a function
    of four lines."""
    said: Counter[str] = Counter()
    wrong = []
    for kind, class_, expected in cases():
        found = alike(*(trace(name, files) for name, files in class_.items()))
        pairs = {frozenset({one.a, one.b}) for one in found.projects}
        for names in map(frozenset, combinations(class_, 2)):
            said[f"{names in expected} {names in pairs}"] += 1
            if (names in expected) != (names in pairs):
                wrong.append((kind, sorted(names)))
    assert wrong == [("une fonction", ["copie", "presse"])]
    assert said["True True"] == 47
    assert said["False False"] > 1300


def test_where_it_is_in_a_notebook_and_in_a_file() -> None:
    book = as_notebook(disguised(BASES["films"]))
    found = alike(trace("léa", {"films.py": BASES["films"]}), trace("max", {"c.ipynb": book}))
    (pair,) = found.projects
    assert pair.share > 0.7
    assert pair.same < pair.lines
    first = pair.passages[0]
    assert first.a.where.startswith("films.py:")
    assert "c.ipynb, cellules " in first.b.where
    # What is quoted is as the student wrote it.
    assert "for morceau in texte.lower().split():" in "\n".join(
        line for one in pair.passages for line in one.a.text
    )


def test_notebooks_are_paired_too() -> None:
    books = [as_notebook(BASES["livres"]), as_notebook(disguised(BASES["livres"]))]
    found = alike(
        trace("léa", {"a.ipynb": books[0], "presse.py": BASES["presse"]}),
        trace("max", {"b.ipynb": books[1], "jeux.py": BASES["jeux"]}),
    )
    (pair,) = found.notebooks
    assert (pair.a, pair.b) == ("léa : a.ipynb", "max : b.ipynb")
    assert pair.share > 0.8
    assert found.projects[0].share < pair.share


def test_copies_of_a_notebook_in_one_fork_count_once(tmp_path: Path) -> None:
    book = as_notebook(BASES["livres"])
    found = trace("léa", {"a.ipynb": book, "a-Copy1.ipynb": book.replace("étape", "page")})
    seen = Review("léa", "ici", commit="c0ffee")

    class Project:
        python = [source(one.path, book) for one in found.units]  # noqa: RUF012
        history = type("History", (), {"commits": []})()

    kept = traces.of(seen, Project(), soon(30))  # type: ignore[arg-type]
    assert [one.path for one in kept.units] == ["a.ipynb"]
    traces.keep(tmp_path, kept)
    assert traces.kept(tmp_path, seen) == kept
    assert traces.kept(tmp_path, Review("léa", "ici", commit="autre")) is None


def test_what_the_course_gave_is_nobodys() -> None:
    given = trace("le cours", {"gazette.py": BASES["presse"]})
    lines = frozenset(line.strip() for line in BASES["presse"].split("\n"))
    mine = traces.unit(source("gazette.py", BASES["presse"], lines))
    assert not mine.lines()
    # Under another name, and with other variables.
    renamed = disguised(BASES["presse"])
    class_ = [
        trace("léa", {"spider.py": renamed, "a.py": BASES["films"]}),
        trace("max", {"autre.py": BASES["presse"], "b.py": BASES["jeux"]}),
    ]
    assert alike(*class_).projects
    assert not alike(*class_, course=given).projects


def test_what_the_whole_class_holds_is_put_aside_and_said() -> None:
    class_ = [trace(name, {"projet.py": f"{code}\n\n{TUTORIAL}"}) for name, code in BASES.items()]
    found = alike(*class_)
    assert not found.projects
    assert [one.projects for one in found.common] == [8]
    assert "projet.py:" in found.common[0].where
    # Two who share it, of eight, are asked about.
    few = [
        trace(name, {"projet.py": f"{code}\n\n{TUTORIAL}" if name in ("jeux", "livres") else code})
        for name, code in BASES.items()
    ]
    assert [(one.a, one.b) for one in alike(*few).projects] == [("jeux", "livres")]


def test_a_group_of_copies_is_seen_whole() -> None:
    class_ = [trace("0", {"p.py": BASES["emploi"]})]
    class_ += [
        trace(str(n), {"p.py": disguised(BASES["emploi"], reordered=True, seed=n)})
        for n in range(1, 5)
    ]
    found = alike(*class_)
    assert {(one.a, one.b) for one in found.projects} == set(combinations("01234", 2))
    assert min(one.share for one in found.projects) > 0.6


def test_what_may_explain_it_is_said() -> None:
    cited = BASES["films"].replace(
        "def nettoyer", "# Source : https://exemple.test/tuto\ndef nettoyer"
    )
    found = alike(
        trace("a", {"a.py": BASES["films"]}, authors=("zoe@ecole.test",), commits=("1", "2")),
        trace("b", {"b.py": cited}, authors=("zoe@ecole.test",), commits=("2", "3")),
    )
    said = " ".join(found.projects[0].reasons)
    assert "zoe@ecole.test" in said
    assert "1 commit en commun" in said
    assert "https://exemple.test/tuto" in said


def test_thresholds_come_from_the_grid() -> None:
    class_ = [
        trace("a", {"a.py": f"{BASES['films']}\n{TUTORIAL}"}),
        trace("b", {"b.py": f"{BASES['jeux']}\n{TUTORIAL}"}),
    ]
    assert alike(*class_).projects
    assert not alike(*class_, asked=Likeness(lignes=30)).projects
    assert not alike(*class_, asked=Likeness(part=0.5)).projects
    assert not alike(*class_, asked=Likeness(jetons=200)).projects


def test_a_comment_gives_no_order_to_the_tool() -> None:
    hidden = f"# jscpd:ignore-start\n{BASES['films']}\n# jscpd:ignore-end\n"
    assert alike(trace("a", {"a.py": hidden}), trace("b", {"b.py": hidden})).projects


def test_bare_keeps_lines_in_place() -> None:
    code = 'import a\nfrom b import (\n  c,\n)\n"""Doc."""\nx = 1  # un\n\ndef f():\n    return x\n'
    assert bare(code, lambda line: True).split("\n") == [
        *("", "", "", "", "", "x = 1", "", "def f():", "    return x", "")
    ]
    assert bare("a = 1\nb = 2", lambda line: line == 2) == "\nb = 2"


HOSTILE = {
    "minified": "x=" + "[1," * 60_000 + "0" + "]" * 60_000,
    "conflict": "<<<<<<< HEAD\n" + BASES["films"] + "=======\n>>>>>>> x\n",
    "python2": 'print "a"\nexec "b"\n' * 200,
    "repeated": "print(a, b, c)\n" * 5000,
    "deep": "(" * 20_000,
    "quotes": "'''" * 30_001,
    "fstrings": "f'{" * 20_000,
    "backslashes": "\\\n" * 50_000,
    "control": "\x00\x1b[2J\x85\u2028\ud800" * 1000,
    "binary": bytes(range(256)).decode("latin-1") * 300,
}


def test_hostile_code_costs_nobody() -> None:
    begun = time.monotonic()
    class_ = [trace(name, {"p.py": content}) for name, content in HOSTILE.items()]
    found = alike(
        *class_, trace("a", {"a.py": BASES["films"]}), trace("b", {"b.py": BASES["films"]})
    )
    assert ("a", "b") in {(one.a, one.b) for one in found.projects}
    assert time.monotonic() - begun < 300


def test_a_project_that_stops_the_tool_costs_the_others_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = matching.run

    def run(folder: Path, names: list[str], tokens: int, deadline: float) -> list[matching.Block]:
        if any("BOOM" in (folder / one).read_text() for one in names):
            raise matching.CannotCompare("jscpd s'est arrêté sans rapport (code -11)")
        return real(folder, names, tokens, deadline)

    monkeypatch.setattr(comparing, "run", run)
    found = alike(
        trace("a", {"a.py": BASES["films"]}),
        trace("mauvais", {"m.py": f"BOOM = 1\n{BASES['films']}"}),
        trace("b", {"b.py": BASES["films"]}),
    )
    assert [(one.a, one.b) for one in found.projects] == [("a", "b")]
    assert found.notes == [
        "mauvais n'a pas été comparé aux autres (jscpd s'est arrêté sans rapport (code -11))."
    ]


def test_too_much_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "MOST", 10_000)

    class Project:
        python = [source(f"{n}.py", "a = [1]\n" * 250) for n in range(9)]  # noqa: RUF012
        history = type("History", (), {"commits": []})()

    seen = traces.of(Review("a", "ici"), Project(), soon(60))  # type: ignore[arg-type]
    assert seen.left_out == 4
    late = traces.of(Review("a", "ici"), Project(), time.monotonic() - 1)  # type: ignore[arg-type]
    assert (late.left_out, late.units) == (9, ())


def test_without_the_tool_the_page_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(matching.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    reviews = [Review(name, name, commit="c") for name in "ab"]
    for one in reviews:
        made = trace(one.name, {"a.py": BASES["films"]})
        traces.keep(tmp_path, Trace(one.name, one.address, one.commit, made.units))
    found = classroom.examine(reviews, tmp_path, upstream.Upstream(), ASKED)
    assert found
    assert "scpd n'est pas installé" in found.notes[0]


@pytest.fixture(scope="module")
def pairs() -> Resemblances:
    evil = "=cmd|'<script>alert(1)</script>'"
    return alike(
        trace(evil, {f"{evil}.py": BASES["films"]}),
        trace("b", {"b.py": disguised(BASES["films"])}),
        trace("c", {"c.py": BASES["jeux"]}),
    )


def test_csv_and_json(pairs: Resemblances) -> None:
    rows = list(csv.DictReader(io.StringIO(table.render(pairs)), delimiter=";"))
    assert [row["genre"] for row in rows] == ["projets"]
    assert rows[0]["a"].startswith("'=")
    (one,) = table.of(pairs, "b")
    assert one["with"] == pairs.projects[0].a
    assert one["passages"][0]["here"].startswith("b.py:")
    assert one["share"] == round(pairs.projects[0].b_share, 3)
    assert table.of(pairs, "c") == []


def test_the_matrix_draws_each_pair_twice(pairs: Resemblances) -> None:
    drawn = drawing.matrix(pairs.projects)
    assert {(one.row, one.column) for one in drawn.cells} == {(0, 1), (1, 0)}
    assert len(drawn.labels) == 2


def test_the_class_page_in_a_browser(pairs: Resemblances, tmp_path: Path, chromium: str) -> None:
    """Alone, safe with hostile names, readable on a phone and on a screen."""
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    ruler = grid.read(ROOT / grid.PLACE, CRITERIA)
    reviews = [Review(name, name, location=Location("", "root", 1.0)) for name in "bc"]
    rows = [(one, grid.mark(ruler, one, {})) for one in reviews]
    home = page.write(tmp_path, ruler, rows, pairs)
    text = home.read_text(encoding="utf-8")
    assert "<script>alert(1)" not in text
    assert "Ce sont des questions, pas des reproches" in text
    assert (tmp_path / "similarites.csv").read_bytes().startswith(b"\xef\xbb\xbfgenre;")
    options = ChromeOptions()
    options.binary_location = chromium
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Chrome(options, Service(shutil.which("chromedriver"))) as browser:
        for width in (360, 1440):
            size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            browser.get(home.as_uri())
            browser.execute_script("document.querySelector('.pairs details').open = true")
            ask = "return document.documentElement.scrollWidth"
            assert browser.execute_script(ask) <= width
            seen = "return [...document.querySelectorAll('.pairs details[open] pre')].map(e => "
            assert all(browser.execute_script(f"{seen}e.checkVisibility())"))
            left, right = browser.execute_script(f"{seen}e.textContent)")
            assert "for morceau in texte.lower().split()" in left
            assert "for morceau" not in right
        target = "return document.querySelector('.matrix a').getAttribute('href').slice(1)"
        link = browser.execute_script(target)
        assert browser.execute_script(f"return document.getElementById('{link}').tagName") == "TR"
        assert browser.execute_script("return document.querySelectorAll('.cell').length") == 2
        label = "return document.querySelector('.matrix title').textContent"
        assert "1 paire de projets qui se ressemblent, sur 3" in browser.execute_script(label)
        assert browser.get_log("browser") == []
    page.write(tmp_path, ruler, rows)  # a later run without any: no table of an earlier class
    assert not (tmp_path / "similarites.csv").exists()


def test_a_class_from_repositories(tmp_path: Path, course_folder: Path, fork) -> None:
    """Read, compared, and compared again from what was kept."""
    spider = COURSE["Scrapy/newscrawler/spiders/gazette.py"]
    contents = {
        "lea": {"films.py": BASES["films"], "gazette.py": spider},
        "max": {"carnet.ipynb": as_notebook(disguised(BASES["films"])), "g.py": spider},
        "zoe": {"jeux.py": BASES["jeux"], "vide.ipynb": notebook("")},
    }
    todo = []
    for name, files in contents.items():
        folder = fork(under("Evaluation/Projet", files), name=name)
        todo.append(Address(name, f"file://{folder}"))
    todo.append(Address("vide", str(create(tmp_path / "vide", {}))))
    known = upstream.read([upstream.Place(course_folder / ".git")], soon(30))
    context = Context(known, tmp_path / "clones", seconds=60, traces=tmp_path / "code")
    for _ in range(2):
        found = batch.run(todo, context, tmp_path / "kept", workers=1)
        said = classroom.examine(found, tmp_path / "code", known, ASKED)
        assert said
        assert said.compared == 3
        (pair,) = said.projects
        assert (pair.a, pair.b) == ("lea", "max")
        assert all("gazette" not in one.a.where for one in pair.passages)
        assert "alice@ecole.test" in " ".join(pair.reasons)  # the same author in every fork here
    # Without its trace, a kept review is read again.
    before = (tmp_path / "kept/lea.json").stat().st_mtime_ns
    (tmp_path / "code/lea.json").unlink()
    batch.run(todo, context, tmp_path / "kept", workers=1)
    assert (tmp_path / "code/lea.json").exists()
    assert (tmp_path / "kept/lea.json").stat().st_mtime_ns > before
