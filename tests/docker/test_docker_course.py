"""A notebook of every chapter, solved, checked in a terminal of the notebook's container."""

from __future__ import annotations

import json

import pytest
from docker_stack import ROOT, Stack

from lab.course import build, sources

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
# The first of each chapter; the last of Elasticsearch and S3 too, where engines differ most.
CHOSEN = (
    "Introduction/04_http_html_api",
    "Scrapy/01_premier_spider",
    "Mongo/03_agregation",
    "Redis/01_structures",
    "Elasticsearch/01_index_et_analyse",
    "S3/01_objets",
    "S3/02_parquet",
)


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
    inside = 'eval "$(python -m lab.container env)"; lab check --json'
    done = stack.compose("exec", "-T", "notebook", "bash", "-c", inside, check=False, timeout=600)
    chapters = json.loads(done.stdout)
    assert [chapter["faults"] for chapter in chapters] == [[]] * 6, done.stdout + done.stderr
    reached = {
        result["exercise"]: result
        for chapter in chapters
        for result in chapter["results"]
        if result["exercise"] in exercises
    }
    wrong = [one for one in reached.values() if one["status"] not in ("right", "unverified")]
    assert wrong == []
    assert len(reached) == len(exercises) > 25
