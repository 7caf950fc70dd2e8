"""The whole course behind the walls: solutions are right, wrong answers and garbage are not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from houses import ROOT

from lab.course import build, sources
from lab.exercises import registry
from lab.grading import cage, sandbox, template
from lab.grading.limits import TASKS
from lab.grading.sandbox import Places

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]
VANDAL = """from lab import workspace
base = workspace.mongo()
base.articles.delete_many({}); base.products.delete_many({})
from lab.exercises import check
check("intro-01", 0)
check("mongo-01", 0)
check("intro-01", 300)
workspace.redis().shutdown(nosave=True)"""


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, walls: None) -> Path:
    """The template, filled by the real first crawl."""
    return template.ensure(tmp_path_factory.mktemp("correction"), ROOT, print)


def play(places: Places, package: Path, notebooks: list[str]) -> list[dict[str, object]]:
    given = {"places": str(places.root), "root": str(ROOT), "package": str(package),
             "notebooks": notebooks, "timeout": 900.0, "memory": 3000, "check": 60.0,
             "services": True}  # fmt: skip
    with cage.cage(TASKS + 64) as group:
        given["group"] = str(group or "")
        done = subprocess.run(
            [*sandbox.outside(places.root, group), sys.executable, "-m", "lab.grading.house"],
            input=json.dumps(given) + "\n",
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(sandbox.SOURCE), "PYTHONSAFEPATH": "1"},
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def places(tmp_path: Path, stores: Path) -> Places:
    made = Places(tmp_path / "eleve")
    made.ensure()
    template.copy(stores, made)
    for folder in registry.FOLDERS.values():
        shutil.copytree(ROOT / folder, made.work / folder)
    shutil.copy(ROOT / "Dockerfile", made.work)
    return made


@pytest.mark.parametrize("chapter", list(registry.FOLDERS.values()))
def test_solutions_pass_and_wrong_answers_do_not(
    places: Places, package: Path, tmp_path: Path, chapter: str
) -> None:
    ours = tmp_path / "paquet"  # garbage is a part of the course that students do not have
    shutil.copytree(package, ours)
    (ours / "lab/course").mkdir()
    (ours / "lab/course/__init__.py").touch()
    shutil.copy(ROOT / "src/lab/course/garbage.py", ours / "lab/course")
    todo = []
    for one in sources.find(ROOT):
        if one.chapter == chapter:
            text = build.solved(one, [one], with_wrong=True)
            (places.work / f"{one.name}.ipynb").write_text(text, encoding="utf-8")
            todo.append(f"{one.name}.ipynb")
    tried = defaultdict(list)
    for event in play(places, ours, todo):
        if event["event"] == "result":
            tried[event["exercise"]].append(event["status"])
    (key,) = (key for key, folder in registry.FOLDERS.items() if folder == chapter)
    asked = {name for name, found in tried.items() if found}
    assert asked == {one.id for one in registry.chapter(key)}
    for name, (first, *trials, last) in tried.items():
        if first == "unverified":
            continue
        assert (name, first, last) == (name, "right", "right")
        assert (name, set(trials)) == (name, {"wrong"})


def test_the_truth_is_not_the_students_to_change(places: Places, package: Path) -> None:
    import nbformat

    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(VANDAL)])
    (places.work / "Mongo/01_documents.ipynb").write_text(nbformat.writes(made), encoding="utf-8")
    events = play(places, package, ["Mongo/01_documents.ipynb"])
    told = [(e["exercise"], e["status"]) for e in events if e["event"] == "result"]
    assert told == [("intro-01", "wrong"), ("mongo-01", "wrong"), ("intro-01", "right")]
    assert [one["name"] for one in events if one["event"] == "died"] == ["Redis"]
