"""Is a function still the one of the exercise, whose body is ``...``?"""

from __future__ import annotations

import types


def is_stub(function: types.FunctionType) -> bool:
    """Its code does nothing at all."""
    return function.__code__.co_code == _stub.__code__.co_code


def _stub() -> None: ...
