"""A class: what is read, what is run, what is kept; pages and table."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from houses import ROOT, notebook

from lab.exercises.result import Status
from lab.grading import batch, checkout, model
from lab.grading.grading import Context
from lab.grading.model import Answer, Grade, Played
from lab.grading.report import page, table
from lab.review.sources import Source

COURSE = "Mongo/01_documents.ipynb"


def fork(folder: Path, files: dict[str, str]) -> Path:
    """A real repository with these files in one commit."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "rendu"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", str(folder), *who, *words], check=True)
    return folder


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A grading of the chapter Mongo; nothing here is run, so it needs no stores."""
    home = tmp_path / "correction"
    home.mkdir()
    limits = {"chapters": ("mongo",), "timeout": 10.0, "memory": 512, "offline": False}
    return Context(ROOT, home, tmp_path / "modele", tmp_path, code="1", **limits)


def test_a_class_of_untouched_broken_and_absent_repositories(
    context: Context, tmp_path: Path
) -> None:
    course = (ROOT / COURSE).read_text(encoding="utf-8")
    executed = json.loads(course)
    executed["cells"][3]["outputs"] = []
    executed["cells"][3]["execution_count"] = 12
    fork(tmp_path / "meme", {COURSE: course})
    fork(tmp_path / "joue", {COURSE: json.dumps(executed)})
    (tmp_path / "vide").mkdir()
    subprocess.run(["git", "init", "-q", str(tmp_path / "vide")], check=True)
    names = ("meme", "joue", "vide", "absent")
    found = batch.run([Source(one, str(tmp_path / one)) for one in names], context, many=2)
    assert [one.name for one in found] == list(names)
    for one in found[:2]:
        assert one.fault == ""
        assert one.notebooks == [Played(COURSE, same=True)]
        assert {answer.status for answer in one.answers} == {Status.TODO}
        assert len(one.answers) == 27
    assert "vide" in found[2].fault
    assert "n'existe pas" in found[3].fault
    assert list((context.folder / "run").iterdir()) == []


def test_what_was_graded_is_kept_until_something_moves(context: Context, tmp_path: Path) -> None:
    folder = fork(tmp_path / "louise", {COURSE: (ROOT / COURSE).read_text(encoding="utf-8")})
    source = Source("louise", str(folder))
    batch.run([source], context)
    kept = context.folder / "results" / "louise.json"
    data = json.loads(kept.read_text(encoding="utf-8"))
    data["grade"]["notes"] = ["gardé"]
    kept.write_text(json.dumps(data), encoding="utf-8")
    assert batch.run([source], context)[0].notes == ["gardé"]
    assert batch.run([source], replace(context, timeout=20.0))[0].notes == []
    kept.write_text(json.dumps(data), encoding="utf-8")
    assert batch.run([source], replace(context, code="2"))[0].notes == []
    kept.write_text(json.dumps(data), encoding="utf-8")
    fork(folder, {"Mongo/notes.txt": "x"})
    assert batch.run([source], context)[0].notes == []
    kept.write_text("{", encoding="utf-8")
    assert batch.run([source], context)[0].fault == ""


def test_only_plain_files_of_the_chapters_are_taken(tmp_path: Path) -> None:
    from lab.review.git import Repository, soon

    folder = fork(
        tmp_path / "fork",
        {
            COURSE: notebook("check('mongo-01', 1)"),
            "Mongo/venv/lib/x.py": "x",
            "src/lab/exercises/session.py": "x",
            "tests/test_x.py": "x",
            "Dockerfile": "FROM x",
            "Mongo/gros.bin": "x" * (checkout.FILE + 1),
        },
    )
    (folder / "Mongo" / "lien").symlink_to("/etc/passwd")
    (folder / "Redis").symlink_to("/etc")
    fork(folder, {})
    target = tmp_path / "pris"
    with Repository(folder / ".git", soon(30)) as repository:
        notes = checkout.extract(repository, repository.head(), target)
    taken = {str(one.relative_to(target)) for one in target.rglob("*") if one.is_file()}
    assert taken == {COURSE, "Dockerfile"}
    assert not (target / "Redis").exists()
    assert ["Mongo/gros.bin" in one for one in notes] == [True]


def test_notebooks_that_are_no_notebooks(tmp_path: Path) -> None:
    for name, text in {
        "01_documents.ipynb": "<<<<<<< HEAD\n{",
        "02_campagnes.ipynb": "[" * 100_000,
        "03_agregation.ipynb": notebook("print('sans exercice')"),
        "Untitled.ipynb": notebook("check('mongo-01', 1)"),
        "09_le_mien.ipynb": notebook("check('mongo-01', 1)"),
    }.items():
        (tmp_path / "Mongo").mkdir(exist_ok=True)
        (tmp_path / "Mongo" / name).write_text(text, encoding="utf-8")
    found = checkout.notebooks(tmp_path, ROOT, ["mongo"])
    assert [(one.path, one.same) for one in found] == [
        ("Mongo/01_documents.ipynb", False),
        ("Mongo/02_campagnes.ipynb", False),
        ("Mongo/09_le_mien.ipynb", False),
    ]
    assert list(checkout.exercises(ROOT / COURSE))[:2] == ["mongo-01", "mongo-02"]


@pytest.fixture
def graded() -> list[Grade]:
    answers = model.blank(["mongo"])
    answers[0] = Answer("mongo-01", Status.RIGHT, "Bravo.", 1)
    answers[1] = Answer("mongo-02", Status.WRONG, "<script>alert(1)</script>", 2)
    answers[2] = Answer("mongo-03", Status.UNVERIFIED, "Le moteur local…", 1)
    answers[3] = Answer("mongo-04", Status.RIGHT, "Bravo.", 400)
    answers[4] = Answer("mongo-05", Status.RIGHT, "Bravo.", 1, doubt="Redis s'est arrêté")
    played = [Played(COURSE, stopped="arrêté après 300 s", error="<b>", seconds=300.0)]
    one = Grade("louise", "=cmd|calc", ("Louise", "Zoé"), "a" * 40, ("mongo",), answers, played)
    lost = Grade("paul", "nulle-part", chapters=("mongo",), fault="Ce dépôt n'a pas été lu.")
    return [one, lost]


def test_what_a_human_must_decide(graded: list[Grade]) -> None:
    assert graded[0].asks == 3
    assert graded[0].count(Status.RIGHT) == 3
    assert Grade.from_dict(json.loads(json.dumps(graded[0].as_dict()))) == graded[0]


def test_the_table_opens_in_a_spreadsheet(graded: list[Grade]) -> None:
    rows = list(csv.DictReader(io.StringIO(table.render(graded)), delimiter=";"))
    first, second = rows
    assert (first["justes"], first["exercices"], first["a_trancher"]) == ("3", "27", "3")
    assert [first[f"mongo-0{n}"] for n in range(1, 7)] == ["1", "0", "?", "1", "1", ""]
    assert first["depot"] == "'=cmd|calc"
    assert "400 essais" in first["remarque"]
    assert second["justes"] == ""
    assert second["remarque"] == "Ce dépôt n'a pas été lu."


def test_pages_need_nothing_and_escape_all(graded: list[Grade], tmp_path: Path) -> None:
    opened = page.write(tmp_path / "notes", graded)
    assert opened.name == "index.html"
    for path in (tmp_path / "notes").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "https://" not in text
        assert "<script>alert" not in text
    said = (tmp_path / "notes" / "louise.html").read_text(encoding="utf-8")
    assert "arrêté après 300 s" in said
    assert "réponse devinée" in said
    assert "Ce dépôt n&#39;a pas été lu." in (tmp_path / "notes" / "paul.html").read_text("utf-8")
