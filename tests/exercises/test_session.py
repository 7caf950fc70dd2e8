"""`check` answers one `Result` whatever it is given, and remembers it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.exercises import check, expect, registry, session
from lab.exercises.registry import Exercise, Unverified, Wrong
from lab.exercises.result import Status


@pytest.fixture(autouse=True)
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "report.jsonl"
    monkeypatch.setenv(session.REPORT, str(path))
    return path


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Register judges of exercises that do not exist in the course."""

    def add(name: str, judge: Any, *, stateful: bool = False) -> None:
        monkeypatch.setitem(registry._known, name, Exercise(name, judge, 1, stateful))

    return add


def test_right_wrong_and_not_yet(judged: Any, report: Path) -> None:
    judged("mongo-98", lambda answer: expect.integer(answer, 42))
    assert check("mongo-98").status is Status.TODO
    assert check("mongo-98", ...).status is Status.TODO
    assert check("mongo-98", 41).status is Status.WRONG
    assert check("mongo-98", 42).status is Status.RIGHT
    assert check("mongo-98", 42) == check("mongo-98", 42), "a re-run notebook does not change"
    assert session.progress(report) == {"mongo-98": Status.RIGHT}


def test_the_stub_of_a_function_is_not_an_answer(judged: Any) -> None:
    def stub(notes: list[int]) -> Any: ...

    judged("mongo-98", lambda answer: expect.function(answer, [((2,), 4)]))
    assert check("mongo-98", stub).status is Status.TODO
    assert check("mongo-98", lambda x: x).status is Status.WRONG
    assert check("mongo-98", lambda x: 2 * x).status is Status.RIGHT


def test_work_in_a_store(judged: Any) -> None:
    store: list[int] = []

    def judge() -> None:
        if not store:
            raise session.NotDone
        if store != [1]:
            raise Wrong("Pas cela.")

    judged("redis-98", judge, stateful=True)
    assert check("redis-98").status is Status.TODO
    store.append(2)
    assert check("redis-98").status is Status.WRONG
    store[:] = [1]
    assert check("redis-98").status is Status.RIGHT


def test_a_gap_of_the_local_engine_is_never_a_success(judged: Any) -> None:
    def judge(answer: Any) -> None:
        raise Unverified("Ce moteur ne connaît pas les synonymes.")

    judged("elastic-98", judge)
    result = check("elastic-98", 1)
    assert result.status is Status.UNVERIFIED
    assert "synonymes" in result.message


def test_a_judge_taken_by_surprise_gives_a_sentence(judged: Any) -> None:
    judged("mongo-98", lambda answer: answer["a"]["b"])
    result = check("mongo-98", 3)
    assert result.status is Status.WRONG
    assert "int" in result.message


def test_a_store_that_is_down_is_not_the_students_fault(judged: Any) -> None:
    from pymongo.errors import ServerSelectionTimeoutError

    def judge(answer: Any) -> None:
        raise ServerSelectionTimeoutError("secret-host:27017")

    judged("mongo-98", judge)
    result = check("mongo-98", 3)
    assert result.status is Status.ERROR
    assert "./lab status" in result.message
    assert "secret-host" not in result.message


@pytest.mark.parametrize("name", ["mongo-99", "nada", "", "mongo", None, 12])
def test_an_unknown_exercise(name: Any) -> None:
    assert check(name, 1).status is Status.ERROR


def test_a_result_is_shown_in_a_notebook_without_injection(judged: Any) -> None:
    judged("mongo-98", lambda answer: expect.text(answer, "x"))
    page = check("mongo-98", "<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in page
    assert "pas encore juste" in page


def test_a_memory_that_cannot_be_written_costs_nothing(
    judged: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(session.REPORT, str(tmp_path / "absent" / "report.jsonl"))
    judged("mongo-98", lambda answer: expect.integer(answer, 42))
    assert check("mongo-98", 42).status is Status.RIGHT


def test_a_torn_memory_is_read(report: Path) -> None:
    report.write_text('{"exercise": "mongo-01", "status": "right"}\n{"exerc', encoding="utf-8")
    assert session.progress(report) == {"mongo-01": Status.RIGHT}
