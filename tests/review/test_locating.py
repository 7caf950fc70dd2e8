"""The project is found wherever students really put it, and the report says how sure it is."""

from __future__ import annotations

import pytest
from repositories import PROJECT, create, git, notebook, under, write


@pytest.mark.parametrize(
    ("folder", "found", "kind"),
    [
        ("Evaluation/Projet", "Evaluation/Projet", "expected"),
        ("6Evaluation/Projet", "6Evaluation/Projet", "expected"),
        ("Evaluation/projet", "Evaluation/projet", "expected"),
        ("Evaluation/Projet/films/films", "Evaluation/Projet/films/films", "subfolder"),
        ("Projet", "Projet", "project"),
        ("Projet Films", "Projet Films", "project"),
        ("mon_projet", "mon_projet", "project"),
        ("Evaluation", "Evaluation", "project"),
        ("allocine", "allocine", "elsewhere"),
    ],
)
def test_where_students_put_it(fork, read, folder: str, found: str, kind: str) -> None:
    location = read(fork(under(folder, PROJECT))).location
    assert (location.folder, location.kind) == (found, kind)
    assert (location.confidence > 0.9) is (kind in ("expected", "subfolder"))


def test_at_the_root_exercises_are_not_the_project(fork, read) -> None:
    folder = fork(
        {**PROJECT, "web/vues.py": "x = 1\n", "Mongo/02_moi.ipynb": notebook("import redis")}
    )
    found = read(folder)
    assert (found.location.folder, found.location.kind) == ("", "root")
    assert found.facts["files"] == len(PROJECT) + 1  # web/vues.py, not the chapter's notebook


def test_inside_a_committed_virtualenv(fork, read) -> None:
    packages = {f"Lib/site-packages/pip/m{i}.py": f"import flask  # {i}\n" for i in range(50)}
    venv = {"pyvenv.cfg": "home = /usr\n", **packages, **under("projet_films", PROJECT)}
    found = read(fork(under("Evaluation/Projet/venv", venv)))
    assert found.location.kind == "environment"
    assert found.location.folder == "Evaluation/Projet/venv/projet_films"
    levels = {one.criterion: one.level for one in found.verdicts}
    assert levels["stockage"] == 3
    assert levels["proprete"] == 0
    assert found.facts["files"] == len(PROJECT)


def test_in_notebooks_only(fork, read) -> None:
    found = read(fork({"Evaluation/Projet/projet.ipynb": notebook("import requests")}))
    assert found.location.kind == "notebooks"
    assert found.location.confidence < 0.9


def test_a_dangling_submodule_is_said_and_not_marked(fork, read) -> None:
    folder = fork({})
    oid = git(folder, "rev-parse", "HEAD")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{oid},Evaluation/Projet/films")
    git(folder, "commit", "--quiet", "-m", "Ajoute le projet")
    found = read(folder)
    assert found.location.kind == "submodule"
    assert "sans .gitmodules" in found.location.why
    verdicts = {one.criterion: one for one in found.verdicts}
    assert verdicts["recolte"].level is None
    assert "sous-module" in verdicts["recolte"].question


def test_an_archive_is_named_and_never_opened(fork, read) -> None:
    found = read(fork({"Evaluation/Projet/projet.zip": b"PK\x03\x04" + b"\0" * 5000}))
    assert (found.location.kind, found.location.folder) == (
        "archive",
        "Evaluation/Projet/projet.zip",
    )


def test_nothing_of_the_student_s_own(fork, read) -> None:
    found = read(fork({}))
    assert found.location.kind == "nowhere"
    assert "Aucun projet" in found.notes[0]
    assert {one.level for one in found.verdicts} == {0}, (
        "an empty project earns nothing for neatness"
    )


def test_the_folder_named_on_the_command_wins(fork, read) -> None:
    folder = fork(
        {**under("Evaluation/Projet", PROJECT), **under("essais", {"a.py": "import re\n"})}
    )
    location = read(folder / "essais").location
    assert (location.folder, location.kind) == ("essais", "asked")


def test_a_folder_without_git_is_read(tmp_path, read) -> None:
    write(tmp_path / "rendu", PROJECT)
    found = read(tmp_path / "rendu")
    assert not found.fault
    assert any("pas un dépôt git" in note for note in found.notes)
    assert {one.criterion: one.level for one in found.verdicts}["stockage"] == 3


def test_an_empty_repository(tmp_path, read) -> None:
    found = read(create(tmp_path / "vide", {}))
    assert not found.fault
    assert "vide" in found.notes[0]
    assert {one.level for one in found.verdicts} == {0}
