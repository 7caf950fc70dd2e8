"""A notebook of each store's chapter, solved, checked in a terminal of the notebook's container."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from docker_stack import ROOT, Stack

from lab.course import build, sources

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
# One of each chapter on a store, where engines differ. The others are checked without Docker.
CHOSEN = (
    "Mongo/03_agregation",
    "Redis/01_structures",
    "Elasticsearch/01_index_et_analyse",
    "S3/02_parquet",
)


@pytest.fixture
def only_chosen(stack: Stack) -> Iterator[None]:
    """Without the other notebooks of the chapters: `lab check` runs a chapter whole."""
    chapters = {name.partition("/")[0] for name in CHOSEN}
    aside = {
        path: path.read_bytes()
        for chapter in chapters
        for path in (stack.folder / chapter).glob("*.ipynb")
    }
    for path in aside:
        path.unlink()
    yield
    for path, content in aside.items():
        path.write_bytes(content)


@pytest.mark.usefixtures("only_chosen")
def test_the_course_is_right_on_the_docker_stack(stack: Stack) -> None:
    every = sources.find(ROOT)
    exercises: set[str] = set()
    for source in every:
        if source.name not in CHOSEN:
            continue
        path = stack.folder / f"{source.name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.parent.chmod(0o777)  # the container's user runs it there
        path.write_text(build.solved(source, every), encoding="utf-8")
        exercises |= {
            name for cell in source.notebook().cells if (name := sources.exercise_of(cell))
        }
    chapters = " ".join(dict.fromkeys(name.partition("/")[0] for name in CHOSEN))
    inside = f'eval "$(python -m lab.container env)"; lab check --json {chapters}'
    done = stack.compose("exec", "-T", "notebook", "bash", "-c", inside, check=False, timeout=600)
    checked = json.loads(done.stdout)
    assert [chapter["faults"] for chapter in checked] == [[]] * len(CHOSEN), (
        done.stdout + done.stderr
    )
    reached = {
        result["exercise"]: result
        for chapter in checked
        for result in chapter["results"]
        if result["exercise"] in exercises
    }
    wrong = [one for one in reached.values() if one["status"] not in ("right", "unverified")]
    assert wrong == []
    assert len(reached) == len(exercises) > 15
