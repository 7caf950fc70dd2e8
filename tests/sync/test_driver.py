"""Plain ``git pull``, once ``lab up`` has declared the driver."""

from __future__ import annotations

from pathlib import Path

import pytest
from forks import World, git, notebook, texts

from lab.errors import LabError
from lab.sync import driver
from lab.sync.git import Repository

ROOT = Path(__file__).resolve().parents[2]
BOOK = notebook("a: consigne", "b: reponse = ...", "c: suite", "d: fin")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))  # as .venv knows where `lab` is
    world = World.make(tmp_path, {"l'été/n.ipynb": BOOK, "a.py": "1\n"})
    assert driver.configure(Repository(world.fork))
    return world


def pull(world: World, *words: str) -> int:
    done = Repository(world.fork).attempt("pull", "--no-edit", *words, "basestream", "master")
    print(done.stdout.decode(), done.stderr.decode())  # shown when a test fails
    return done.returncode


def test_pull_merges_by_cell(world: World) -> None:
    mine = notebook("a: consigne", "b: reponse = 42", "z: moi", "c: suite", "d: fin")
    world.work({"l'été/n.ipynb": mine})
    course = notebook("a: consigne 2", "b: reponse = ... # aide", "c: suite", "x: neuf", "d: fin")
    world.publish({"l'été/n.ipynb": course})
    assert pull(world, "--no-rebase") == 0
    assert texts(world.read("l'été/n.ipynb")) == [
        "consigne 2",
        "reponse = 42",
        "moi",
        "suite",
        "neuf",
        "fin",
    ]
    assert world.read("l'été/n.upstream.ipynb") == course
    assert world.status() == ""


def test_a_rebase_is_left_to_the_student(world: World) -> None:
    world.work({"l'été/n.ipynb": BOOK.replace("fin", "moi")})
    world.publish({"l'été/n.ipynb": BOOK.replace("fin", "cours")})
    assert pull(world, "--rebase") != 0
    assert "<<<<" not in world.read("l'été/n.ipynb")
    git(world.fork, "rebase", "--abort")
    assert texts(world.read("l'été/n.ipynb"))[-1] == "moi"


def test_what_is_no_notebook_is_left_to_the_student_without_a_marker(world: World) -> None:
    world.work({"l'été/n.ipynb": BOOK[:-9]})
    world.publish({"l'été/n.ipynb": BOOK.replace("fin", "cours")})
    assert pull(world, "--no-rebase") != 0
    assert world.read("l'été/n.ipynb") == BOOK[:-9]
    assert git(world.fork, "ls-files", "-u") != ""


def test_without_git_the_lab_still_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not driver.configure(Repository(tmp_path))
    with pytest.raises(LabError, match="git n'est pas installé"):
        Repository(tmp_path).commit("HEAD")


def test_twice_is_as_once_and_keeps_what_the_student_declared(world: World) -> None:
    attributes = world.fork / ".git" / "info" / "attributes"
    attributes.write_text("*.png binary")
    for _ in range(2):
        assert driver.configure(Repository(world.fork))
    assert attributes.read_text() == f"*.png binary\n{driver.ATTRIBUTE}\n"
    assert not driver.configure(Repository(world.fork / "l'été")), "only at the root of a clone"
    assert not driver.configure(Repository(world.fork.parent))
