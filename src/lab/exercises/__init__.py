"""Exercises that check themselves: ``check("mongo-07", reponse)`` at the end of a cell.

`check` returns a `Result`, which a notebook shows, and prints nothing. Judges stand in one module
per chapter; see `registry` for how to write one and `expect` for its vocabulary.
"""

from lab.exercises.result import Result, Status
from lab.exercises.session import check

__all__ = ["Result", "Status", "check"]
