"""The branch that students would receive of this very course."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from releases import NOW, ROOT

from lab.course import build, sources
from lab.release import leaks, publish, rehearsal, selection
from lab.release.forks import SCENARIOS
from lab.sync.git import Repository


@pytest.fixture(scope="module")
def teachers(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A copy of this tree, as a repository, with the releases already published."""
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
    return repository


@pytest.fixture(scope="module")
def students(teachers: Repository) -> Path:
    """A clone of the students' branch, released from there."""
    planned = publish.prepare(teachers, "", "étudiants", now=NOW)
    publish.publish(teachers, planned, publish.commit(teachers, planned))
    clone = teachers.root.with_name("copie étudiante")
    teachers.run("clone", "-q", "-b", "étudiants", str(teachers.root), str(clone))
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


def test_no_solution_can_be_read_there(teachers: Repository, students: Path) -> None:
    repository = Repository(students)
    tree = repository.tree("HEAD")
    hidden = leaks.secrets(sources.find(ROOT))
    assert len(hidden) > 100
    assert all(secret.telltale for secret in hidden), "each can be told from a lesson"
    assert leaks.search(repository, tree, hidden) == []
    mine = teachers.tree("main")
    given = {path: entry for path, entry in mine.items() if path.startswith("course/")}
    told = leaks.search(teachers, given, hidden)
    assert len(told) == len({secret.exercise for secret in hidden}), "the search does find them"


def test_the_builder_says_where_it_is(students: Path) -> None:
    for words in (("build",), ("build", "--check"), ("release",)):
        done = run(students, "lab", "course", *words)
        assert done.returncode == 1
        assert "course/" in done.stderr, done.stderr


PYTEST = ("pytest", "-q", "-p", "no:cacheprovider", "-n0")


def test_what_remains_of_the_tests_can_be_found(students: Path) -> None:
    found = run(students, *PYTEST, "--collect-only")
    assert found.returncode == 0, found.stdout[-2000:] + found.stderr
    assert "tests/sync/test_cases.py" in found.stdout


@pytest.mark.long
def test_what_remains_of_the_tests_can_be_run(students: Path) -> None:
    done = run(students, *PYTEST, "tests/course")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def last_release() -> str:
    """The tag of the last release of this very repository, "" when there is none."""
    return Repository(ROOT).ask("tag", "--list", "v*", "--sort=-v:refname").partition("\n")[0]


def test_the_update_being_prepared_merges_into_students_copies(teachers: Repository) -> None:
    tag = last_release()
    if not tag:
        pytest.skip("Répétition de la mise à jour SAUTÉE : aucune version n'est encore publiée")
    teachers.run("fetch", "-q", str(ROOT), f"refs/tags/{tag}:refs/heads/publiée")
    before, source = teachers.commit("publiée"), teachers.tree("main")
    teachers.hold(entry.oid for entry in source.values())
    tree = teachers.write_tree(selection.published(source))
    after = teachers.write_commit(tree, [before], "à venir")
    hardest = SCENARIOS[-2:]
    found = rehearsal.rehearse(teachers, before, after, lambda _: None, hardest)
    assert [one for one in found if one.faults] == []


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_every_notebook_changed_at_once_merges_into_every_copy(teachers: Repository) -> None:
    """Upstream changes the statement before each exercise, and adds a cell, in all notebooks."""
    teachers.run("checkout", "-q", "-b", "refonte")
    before = publish.commit(teachers, publish.prepare(teachers, "7.0.0", "tournée", now=NOW))
    for source in sources.find(teachers.root):
        text = source.path.read_text(encoding="utf-8")
        text = text.replace("# %% exercise=", "# %% [markdown]\n# Un conseil.\n\n# %% exercise=")
        text = re.sub(r"^# ## ", "# ## Partie : ", text, flags=re.MULTILINE)
        source.path.write_text(f"{text}\n# %% [markdown]\n# Fin.\n", encoding="utf-8")
    build.write(teachers.root)
    teachers.run("commit", "-q", "-a", "-m", "refonte")
    planned = publish.prepare(teachers, "8.0.0", "tournée", now=NOW)
    after = teachers.write_commit(planned.tree, [before], "refonte")
    found = rehearsal.rehearse(teachers, before, after, lambda _: None)
    teachers.run("checkout", "-q", "main")
    assert [one for one in found if one.faults] == []
    assert len(found) == 2 * len(SCENARIOS)
