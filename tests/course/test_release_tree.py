"""The branch that students would receive of this very course."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from releases import NOW, ROOT

from lab.course import sources
from lab.release import leaks, publish
from lab.sync.git import Repository


@pytest.fixture(scope="module")
def students(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the students' branch, released from a copy of this tree."""
    root = tmp_path_factory.mktemp("enseignants") / "cours"
    listed = Repository(ROOT).line("ls-files", "-co", "--exclude-standard", "-z")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    repository = Repository(root)
    repository.run("init", "-q", "-b", "main")
    repository.run("config", "user.name", "Prof")
    repository.run("config", "user.email", "prof@exemple.fr")
    repository.run("add", "-A")
    repository.run("commit", "-q", "-m", "le cours")
    planned = publish.prepare(repository, "", "master", now=NOW)
    publish.publish(repository, planned, publish.commit(repository, planned))
    clone = root.parent.parent / f"{root.parent.name} étudiant"
    repository.run("clone", "-q", "-b", "master", str(root), str(clone))
    return clone


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "LAB_ROOT": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_solution_can_be_read_there(students: Path) -> None:
    repository = Repository(students)
    tree = repository.tree("HEAD")
    hidden = leaks.secrets(sources.find(ROOT))
    assert len(hidden) > 100
    assert all(secret.telltale for secret in hidden), "each can be told from a lesson"
    assert leaks.search(repository, tree, hidden) == []
    everything = Repository(students.parent / students.name.removesuffix(" étudiant") / "cours")
    mine = everything.tree("main")
    given = {path: entry for path, entry in mine.items() if path.startswith("course/")}
    told = leaks.search(everything, given, hidden)
    assert len(told) == len({secret.exercise for secret in hidden}), "the search does find them"


def test_the_builder_says_where_it_is(students: Path) -> None:
    for words in (("build",), ("build", "--check"), ("release",)):
        done = run(students, "lab", "course", *words)
        assert done.returncode == 1
        assert "course/" in done.stderr or "ouverte" in done.stderr, done.stderr


def test_what_remains_of_the_tests_can_be_run(students: Path) -> None:
    words = ("-q", "-p", "no:cacheprovider", "-n0")
    found = run(students, "pytest", *words, "--collect-only")
    assert found.returncode == 0, found.stdout[-2000:] + found.stderr
    assert "tests/sync/test_cases.py" in found.stdout
    done = run(students, "pytest", *words, "tests/course")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
