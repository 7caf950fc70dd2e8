"""Every notebook of the course runs from top to bottom on a running lab: as it is, then solved."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import debian_packages
import nbformat
import pytest
from checkout import ROOT, SERVICES, Lab, clean_copy
from pymongo import MongoClient

from lab.course import build, run, sources
from lab.course.sources import Source
from lab.exercises import registry
from lab.exercises.result import Result, Status

SOURCES = sources.find(ROOT)
# Each of their wrong answers is a whole crawl: by `./lab test --long` only.
CRAWLS = ("Scrapy/04_newscrawler_quatre_bases", "Scrapy/05_projet_revue_de_presse")
by_name = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)

# What a correct run must show: a notebook that silently found nothing would pass otherwise.
SHOWN = {
    "Introduction/01_environnement": (
        *SERVICES,
        "MongoDB        : True",
        "S3             : True",
        "vu : True",
        "vus en tout : 1000",
        "1 ligne : ",
    ),
    "Scrapy/01_premier_spider": (
        "/gazette/admin/      interdit",
        "71 articles en tout",
        "71 fiches, autant qu'à la partie 3 : True",
        "'finish_reason': 'finished'",
        "1000 avant, 1000 après",
    ),
    "Mongo/01_documents": (
        "143 de sport",
        "refusé : code 11000",
        "passage 2 : inséré = None, trouvé = 1",
        "COLLSCAN\n1000 documents examinés pour 143 rendus",
        "FETCH ← IXSCAN\n143 documents examinés pour 143 rendus",
    ),
}


@pytest.fixture(scope="module", autouse=True)
def browser() -> None:
    """A browser when one can be had; without it, two exercises say that they are not verified."""
    with suppress(debian_packages.Absent):
        debian_packages.require_browser()


@pytest.fixture(scope="module")
def course_lab(
    tmp_path_factory: pytest.TempPathFactory, cold_environment: dict[str, str]
) -> Iterator[Lab]:
    """A clean copy that runs with the libraries of these tests, up and filled."""
    root = clean_copy(tmp_path_factory.mktemp("le cours é") / "labo")
    (root / ".venv").symlink_to(sys.prefix)
    lab = Lab(root, cold_environment | {"LAB_ROOT": str(root)})
    try:
        done = lab.lab("up", timeout=180)
        assert done.returncode == 0, done.stdout + done.stderr
        yield lab
    finally:
        left = lab.end()
    assert left == [], f"processus restés après ./lab down : {left}"


@pytest.fixture(scope="module")
def kernel(course_lab: Lab) -> dict[str, str]:
    """The environment of a notebook of that copy."""
    places = {"LAB_ROOT": str(course_lab.root), "LAB_HOME": str(course_lab.home)}
    return course_lab.env | places


@pytest.fixture
def tidy_lab(course_lab: Lab, kernel: dict[str, str]) -> Iterator[Lab]:
    """`course_lab`, given back as it was: without the collections and files of the notebooks."""
    before = set(course_lab.root.glob("[A-Z]*/*"))
    yield course_lab
    for path in set(course_lab.root.glob("[A-Z]*/*")) - before:
        if path.is_file():
            path.unlink()
    with MongoClient(kernel["MONGO_URL"]) as client:
        database = client.get_default_database()
        for name in database.list_collection_names():
            if name not in ("articles", "products"):
                database.drop_collection(name)


def printed(done: run.Run) -> str:
    """All that the cells printed; fails on an exception, a warning and a skipped cell."""
    assert done.error == ""
    assert done.warnings == []
    text = ""
    for cell in done.executed.cells:
        if cell.cell_type != "code":
            continue
        assert cell.execution_count, f"cellule non exécutée :\n{cell.source}"
        text += "".join(output.get("text", "") for output in cell.outputs)
    return text


@by_name
def test_a_notebook_runs_as_students_get_it(
    tidy_lab: Lab, kernel: dict[str, str], source: Source
) -> None:
    path = tidy_lab.root / f"{source.name}.ipynb"
    untouched = path.read_bytes()
    done = run.execute(nbformat.read(path, as_version=4), path, kernel)
    text = printed(done)
    for expected in SHOWN.get(source.name, ()):
        assert expected in text, f"{expected!r} absent de\n{text}"
    for secret in ("mongo_password", "redis_password", "elastic_password", "s3_secret_key"):
        value = (tidy_lab.home / "secrets" / secret).read_text().strip()
        assert value not in text, f"{secret} est affiché"
    assert {result.exercise: result.status for result in done.results} == dict.fromkeys(
        (name for cell in source.notebook().cells if (name := sources.exercise_of(cell))),
        Status.TODO,
    )
    assert path.read_bytes() == untouched


@pytest.mark.parametrize(
    ("source", "with_wrong"),
    [
        *((source, source.name not in CRAWLS) for source in SOURCES),
        *(
            pytest.param(source, True, marks=pytest.mark.long)
            for source in SOURCES
            if source.name in CRAWLS
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Source) else ("solved", "tried")[value],
)
def test_solutions_pass_and_wrong_answers_do_not(
    tidy_lab: Lab, kernel: dict[str, str], source: Source, with_wrong: bool
) -> None:
    """The second run of a notebook: solved, then two wrong answers and garbage per exercise."""
    path = tidy_lab.root / f"{source.name}.ipynb"
    text = build.solved(source, [source], with_wrong=with_wrong)
    done = run.execute(nbformat.reads(text, as_version=4), path, kernel)
    printed(done)
    tried: defaultdict[str, list[Result]] = defaultdict(list)
    for result in done.results:
        tried[result.exercise].append(result)
    for first, *trials in tried.values():
        last = trials.pop() if with_wrong else first
        if first.status is Status.UNVERIFIED:
            continue
        assert first.status is Status.RIGHT, first
        assert last.status is Status.RIGHT, last
        assert len(trials) >= 2 * with_wrong
        assert [trial for trial in trials if trial.status is not Status.WRONG] == []


def test_lab_check_counts_a_chapter_and_leaves_the_home_folder(
    tidy_lab: Lab, tmp_path: Path
) -> None:
    """The chapter whose notebooks draw, and start a browser: both would write there."""
    done = tidy_lab.lab("check", "Introduction", "--json", env={"HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    (chapter,) = json.loads(done.stdout)
    assert chapter["faults"] == []
    assert chapter["chapter"] == "Introduction"
    assert chapter["todo"] == chapter["exercises"] == len(registry.chapter("intro"))
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == []
