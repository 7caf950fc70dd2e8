"""Values that answer no exercise: every judge must refuse them with a sentence."""

from __future__ import annotations

from typing import Any


class _Odd:
    """An object that knows nothing."""


def values() -> list[Any]:
    """Return the values; a DataFrame of the wrong shape among them when pandas is there."""
    plain: list[Any] = [
        None,
        "",
        [],
        {},
        float("nan"),
        -1,
        "n'importe quoi",
        b"\xff",
        [[[]]],
        _Odd(),
        len,
    ]
    try:
        import pandas
    except ImportError:
        return plain
    return [*plain, pandas.DataFrame({"x": [1, 2], "y": ["a", "b"]})]


VALUES = values()
