"""Plain ``git pull`` in a student's checkout, whose .venv is all that knows where `lab` is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest
from forks import World, files, git, notebook, texts

from lab import bootstrap
from lab.sync import driver

ROOT = Path(__file__).resolve().parents[2]
BOOK = notebook("a: consigne", "b: reponse = ...", "c: suite", "d: fin")
MINE = notebook("a: consigne", "b: reponse = 42", "z: moi", "c: suite", "d: fin")
COURSE = notebook("a: consigne 2", "b: reponse = ...", "c: suite", "x: neuf", "d: fin")
BOTH = ["consigne 2", "reponse = 42", "moi", "suite", "neuf", "fin"]
DECLARE = (
    "import pathlib; from lab.sync import driver; from lab.sync.git import Repository\n"
    "assert driver.configure(Repository(pathlib.Path.cwd()))"
)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A fork whose .venv is as `lab up` leaves it (the libraries are those of these tests)."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    world = World.make(
        tmp_path, {"Mongo/n.ipynb": BOOK, "a.py": "1\n", ".gitignore": ".venv/\nsrc\n"}
    )
    (world.fork / "src").symlink_to(ROOT / "src")
    python = world.fork / ".venv"
    venv.create(python, symlinks=True)
    (packages,) = python.glob("lib/python3*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    bootstrap._make_importable(python, world.fork)
    run(world, str(python / "bin" / "python"), "-c", DECLARE)
    world.work({"Mongo/n.ipynb": MINE})
    world.publish({"Mongo/n.ipynb": COURSE})
    return world


def run(world: World, *words: str, code: int = 0) -> str:
    """Run a program in the fork, as from a terminal; return all it said."""
    done = subprocess.run(
        words, cwd=world.fork, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def pull(world: World, code: int = 0) -> str:
    return run(world, "git", "pull", "--no-rebase", "--no-edit", "basestream", "master", code=code)


def test_the_driver_runs_without_any_setting_of_the_terminal(world: World) -> None:
    pull(world)
    assert texts(world.read("Mongo/n.ipynb")) == BOTH
    assert world.status() == ""


@pytest.mark.parametrize("lost", [".venv", ".venv/bin", ".venv/lib"])
def test_without_the_venv_nothing_is_lost_and_git_says_the_way_out(world: World, lost: str) -> None:
    before = files(world.fork)
    head = git(world.fork, "rev-parse", "HEAD")
    kept = world.fork.parent / "mis de côté"
    shutil.move(world.fork / lost, kept)
    said = pull(world, code=1)
    assert driver.ABSENT in said
    assert world.read("Mongo/n.ipynb") == MINE, "the student's, to the byte, without a marker"
    assert git(world.fork, "ls-files", "-u") != "", "git does not call it settled"
    git(world.fork, "merge", "--abort")
    shutil.move(kept, world.fork / lost)  # what `lab up` does
    assert files(world.fork) == before
    assert git(world.fork, "rev-parse", "HEAD") == head
    pull(world)
    assert texts(world.read("Mongo/n.ipynb")) == BOTH


def test_work_that_is_not_saved_is_left_alone(world: World) -> None:
    unsaved = MINE.replace("moi", "moi, ce soir")
    world.work({"Mongo/n.ipynb": unsaved}, save=False)
    pull(world, code=2)
    assert world.read("Mongo/n.ipynb") == unsaved
    assert git(world.fork, "ls-files", "-u") == ""
