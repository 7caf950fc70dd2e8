"""Solutions between markers: what a student gets, what never reaches them."""

from __future__ import annotations

import pytest

from lab.course.markers import BadMarker, solutions, solve, strip

CELL = """avant = 1
# >>> solution
reponse = avant + 1
# <<< solution
check("mongo-01", reponse)"""


def test_a_solution_becomes_the_usual_stub() -> None:
    assert strip(CELL) == 'avant = 1\nreponse = ...\ncheck("mongo-01", reponse)'
    assert solve(CELL) == 'avant = 1\nreponse = avant + 1\ncheck("mongo-01", reponse)'
    assert solutions(CELL) == ["reponse = avant + 1"]


def test_a_stub_of_ones_own_keeps_its_indentation() -> None:
    cell = """class A:
    # >>> solution
    #: def f(self):
    #:     ...
    def f(self):
        return 1
    # <<< solution"""
    assert strip(cell) == "class A:\n    def f(self):\n        ..."
    assert solve(cell) == "class A:\n    def f(self):\n        return 1"


def test_several_solutions_in_one_cell() -> None:
    assert strip(f"{CELL}\n{CELL}").count("reponse = ...") == 2


@pytest.mark.parametrize(
    "cell",
    [
        "# >>> solution\nx = 1",
        "x = 1\n# <<< solution",
        "# >>> solution\n# >>> solution\nx = 1\n# <<< solution",
        "#>>> solution\nx = 1\n# <<< solution",
        "# >>> Solution\nx = 1\n# <<< solution",
        "# >> solution\nx = 1\n# << solution",
        "# solution\nx = 1",
        "# BEGIN SOLUTION\nx = 1\n# END SOLUTION",
    ],
)
def test_a_bad_marker_is_refused(cell: str) -> None:
    with pytest.raises(BadMarker):
        strip(cell)


def test_an_indented_marker_works() -> None:
    cell = "def f():\n    # >>> solution\n    return 1\n    # <<< solution\n"
    assert strip(cell) == "def f():\n    reponse = ..."
