"""The command itself: words, exit codes, what it prints; settings name the course."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from forks import World, git, notebook, state

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.make(tmp_path, {"n.ipynb": notebook("a: x", "b: y", "c: z"), "a.py": "1\n"})
    world.work({"n.ipynb": notebook("a: x", "b: y", "c: moi"), "a.py": "moi\n"}, save=False)
    world.publish({"n.ipynb": notebook("a: x 2", "b: y", "c: z"), "a.py": "2\n"})
    return world


def lab(world: World, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lab", "sync", *words],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "LAB_ROOT": str(world.fork),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_round_trip_of_a_student(world: World) -> None:
    before = state(world.fork)
    seen = lab(world, "--dry-run")
    assert seen.returncode == 0, seen.stderr
    assert "n.ipynb (1 mise à jour)" in seen.stdout
    assert "a.py [du cours : a.upstream.py]" in seen.stdout
    assert "Rien n'a été touché. Pour le faire : ./lab sync" in seen.stdout
    assert state(world.fork) == before
    done = lab(world)
    assert done.returncode == 0, done.stderr
    assert "./lab sync --undo" in done.stdout
    assert "Vous êtes à jour" in lab(world).stdout
    assert lab(world, "--undo").stdout == "Tout est comme avant la mise à jour.\n"
    assert state(world.fork) == before
    nothing = lab(world, "--undo")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "aucune mise à jour à annuler" in nothing.stderr


def test_the_json_is_stable(world: World) -> None:
    found = json.loads(lab(world, "--json").stdout)
    assert found.keys() == {"current", "upstream", "tag", "changes"}
    assert found["tag"].startswith("lab-sync/")
    assert {(one["path"], one["what"], one["beside"]) for one in found["changes"]} == {
        ("a.py", "yours", "a.upstream.py"),
        ("n.ipynb", "merged", ""),
    }
    assert json.loads(lab(world, "--undo", "--json").stdout) == {"undone": found["tag"]}


def test_settings_name_the_course(world: World) -> None:
    git(world.fork, "remote", "rename", "basestream", "amont")
    absent = lab(world)
    assert absent.returncode == 3
    assert "git remote add basestream" in absent.stderr
    assert "un.py" not in lab(world, "--dry-run", LAB_UPSTREAM="amont").stdout
    git(world.course, "checkout", "-q", "-b", "étudiants")
    world.publish({"un.py": "un\n"})
    (world.fork / ".env").write_text("LAB_UPSTREAM=amont\nLAB_UPSTREAM_BRANCH=étudiants\n")
    assert "un.py" in lab(world, "--dry-run").stdout


def test_two_ways_at_once_is_a_mistake(world: World) -> None:
    done = lab(world, "--dry-run", "--undo")
    assert done.returncode == 2
    assert "pas les deux" in done.stderr


def test_an_undo_of_what_is_published_says_so(world: World, tmp_path: Path) -> None:
    lab(world)
    git(tmp_path, "init", "-q", "--bare", "publié")
    git(world.fork, "remote", "add", "origin", str(tmp_path / "publié"))
    git(world.fork, "push", "-q", "origin", "master")
    assert "publiée" in lab(world, "--undo").stdout
