"""The judges' vocabulary: right values pass; wrong ones are told apart without the answer."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.course.garbage import VALUES
from lab.exercises import expect
from lab.exercises.registry import Wrong

RIGHT: list[tuple[Any, Any, Any]] = [
    (expect.integer, 12, 12),
    (expect.number, 12.501, 12.5),
    (expect.text, " Brest ", "Brest"),
    (expect.text, "b", ["a", "b"]),
    (expect.truth, True, True),
    (expect.truth, numpy.bool_(True), True),
    (expect.sequence, [numpy.False_, numpy.int64(2)], [False, 2]),
    (expect.sequence, (1, 2.0), [1, 2]),
    (expect.sequence, [{"a": 0.1 + 0.2}], [{"a": 0.3}]),
    (expect.unordered, {3, 1}, [1, 3]),
    (expect.unordered, [{"a": 1}, {"a": 1}], [{"a": 1}, {"a": 1}]),
    (expect.mapping, {"a": (1, 2)}, {"a": [1, 2]}),
]
WRONG: list[tuple[Any, Any, Any, str]] = [
    (expect.integer, 12.0, 12, "nombre entier"),
    (expect.integer, True, 1, "un booléen"),
    (expect.integer, 13, 12, "13"),
    (expect.number, float("nan"), 12, "fini"),
    (expect.number, "12", 12, "un texte"),
    (expect.number, 12.6, 12.5, "12.6"),
    (expect.text, None, "x", "None"),
    (expect.text, "y", "x", "'y'"),
    (expect.truth, 1, True, "un entier"),
    (expect.truth, False, True, "pas la bonne"),
    (expect.sequence, [1, 2], [2, 1], "n° 0"),
    (expect.sequence, [1], [1, 2], "pas assez"),
    (expect.sequence, [1, 2, 3], [1, 2], "trop"),
    (expect.sequence, "ab", ["a", "b"], "un texte"),
    (expect.unordered, [1, 1], [1, 2], "de trop"),
    (expect.mapping, {"b": 1}, {"a": 1}, "'b'"),
    (expect.mapping, {}, {"a": 1}, "manque"),
    (expect.mapping, {"a": 2}, {"a": 1}, "'a'"),
    (expect.mapping, [1], {"a": 1}, "dictionnaire"),
]


@pytest.mark.parametrize(("judge", "answer", "right"), RIGHT)
def test_right_answers_pass(judge: Any, answer: Any, right: Any) -> None:
    judge(answer, right)


@pytest.mark.parametrize(("judge", "answer", "right", "said"), WRONG)
def test_wrong_answers_are_told(judge: Any, answer: Any, right: Any, said: str) -> None:
    with pytest.raises(Wrong, match="Un indice") as found:
        judge(answer, right, "Un indice.")
    assert said in str(found.value)


@given(st.integers(10_000, 10**12), st.integers(-100, 9_999))
def test_a_message_never_holds_the_answer(right: int, answer: int) -> None:
    with pytest.raises(Wrong) as found:
        expect.integer(answer, right)
    assert str(right) not in str(found.value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(
    ("judge", "right"),
    [
        (expect.integer, 12),
        (expect.number, 12.5),
        (expect.text, "x"),
        (expect.truth, True),
        (expect.sequence, [1, 2]),
        (expect.unordered, [1, 2]),
        (expect.mapping, {"a": 1}),
    ],
)
def test_garbage_is_refused(judge: Any, right: Any, value: Any) -> None:
    with pytest.raises(Wrong):
        judge(value, right)


def test_a_function_is_tried_on_cases() -> None:
    cases = [((2,), 4), ((3,), 9)]
    expect.function(lambda x: x * x, cases)
    with pytest.raises(Wrong, match=r"Appelée avec \(3\), elle rend 6"):
        expect.function(lambda x: x + x, cases)
    with pytest.raises(Wrong, match="lève ZeroDivisionError"):
        expect.function(lambda x: x / 0, cases)
    with pytest.raises(Wrong, match="On attend une fonction"):
        expect.function(4, cases)
