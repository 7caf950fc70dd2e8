"""The vocabulary of judges: each raises `Wrong` with one French sentence, or returns the value.

Nothing here ever writes the expected value in a message: it says what was given and how it
differs in kind, size or place.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lab.exercises.registry import Wrong

KINDS = {
    "NoneType": "None (rien)",
    "str": "un texte",
    "int": "un entier",
    "float": "un nombre à virgule",
    "bool": "un booléen",
    "list": "une liste",
    "tuple": "un tuple",
    "dict": "un dictionnaire",
    "set": "un ensemble",
    "function": "une fonction",
    "generator": "un générateur (mettez-le dans list(…))",
    "Cursor": "un curseur (mettez-le dans list(…))",
    "CommandCursor": "un curseur (mettez-le dans list(…))",
    "DataFrame": "un DataFrame",
    "bytes": "des octets",
}


def kind(value: Any) -> str:
    """Return the French name of a value's type."""
    name = type(value).__name__
    return KINDS.get(name, f"un objet « {name} »")


def shown(value: Any, limit: int = 60) -> str:
    """Return a short picture of the student's own value."""
    text = " ".join(repr(value).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def integer(answer: Any, expected: int, hint: str = "") -> int:
    """The answer must be this whole number."""
    if isinstance(answer, bool) or not isinstance(answer, numbers.Integral):
        raise Wrong(f"On attend un nombre entier, vous donnez {kind(answer)}.", hint)
    if int(answer) != expected:
        raise Wrong(f"Ce n'est pas le bon nombre : vous trouvez {shown(answer)}.", hint)
    return int(answer)


def number(answer: Any, expected: float, hint: str = "", *, tolerance: float = 0.005) -> float:
    """The answer must be this number, within an absolute tolerance."""
    if isinstance(answer, bool) or not isinstance(answer, numbers.Real):
        raise Wrong(f"On attend un nombre, vous donnez {kind(answer)}.", hint)
    if not math.isfinite(answer):
        raise Wrong(f"On attend un nombre fini, vous donnez {shown(answer)}.", hint)
    if abs(float(answer) - expected) > tolerance:
        raise Wrong(f"Ce n'est pas la bonne valeur : vous trouvez {shown(answer)}.", hint)
    return float(answer)


def text(answer: Any, expected: str | Iterable[str], hint: str = "") -> str:
    """The answer must be this text (or one of these), blanks at the ends aside."""
    if not isinstance(answer, str):
        raise Wrong(f"On attend un texte, vous donnez {kind(answer)}.", hint)
    accepted = {expected} if isinstance(expected, str) else set(expected)
    if answer.strip() not in {one.strip() for one in accepted}:
        raise Wrong(f"Ce n'est pas le bon texte : vous donnez {shown(answer)}.", hint)
    return answer


def truth(answer: Any, expected: bool, hint: str = "") -> bool:
    """The answer must be this boolean (numpy's too)."""
    answer = _plain(answer)
    if not isinstance(answer, bool):
        raise Wrong(f"On attend True ou False, vous donnez {kind(answer)}.", hint)
    if answer is not expected:
        raise Wrong("Ce n'est pas la bonne réponse.", hint)
    return expected


def sequence(answer: Any, expected: Sequence[Any], hint: str = "") -> list[Any]:
    """The answer must be a list (or tuple) of these values, in this order."""
    values = _listed(answer, hint)
    _length(values, expected, hint)
    for place, (mine, right) in enumerate(zip(values, expected, strict=True)):
        if not same(mine, right):
            raise Wrong(f"Ça diffère à partir de l'élément n° {place} : {shown(mine)}.", hint)
    return values


def unordered(answer: Any, expected: Iterable[Any], hint: str = "") -> list[Any]:
    """The answer must hold these values, each as many times, in any order."""
    if isinstance(answer, set | frozenset):
        answer = list(answer)
    values, left = _listed(answer, hint), list(expected)
    _length(values, left, hint)
    for mine in values:
        for place, right in enumerate(left):
            if same(mine, right):
                del left[place]
                break
        else:
            raise Wrong(f"Une valeur est de trop : {shown(mine)}.", hint)
    return values


def mapping(answer: Any, expected: Mapping[Any, Any], hint: str = "") -> dict[Any, Any]:
    """The answer must be a dictionary with these keys and values."""
    if not isinstance(answer, Mapping):
        raise Wrong(f"On attend un dictionnaire, vous donnez {kind(answer)}.", hint)
    extra = [key for key in answer if key not in expected]
    if extra:
        raise Wrong(f"Cette clé n'est pas attendue : {shown(extra[0])}.", hint)
    if len(answer) < len(expected):
        raise Wrong(f"Il manque des clés : vous en donnez {len(answer)}.", hint)
    for key, right in expected.items():
        if not same(answer[key], right):
            raise Wrong(f"La valeur de la clé {shown(key)} n'est pas la bonne.", hint)
    return dict(answer)


def function(answer: Any, cases: Iterable[tuple[tuple[Any, ...], Any]], hint: str = "") -> None:
    """The answer must be a function that gives these results: ``[((arguments), result)]``."""
    call = callable_(answer, hint)
    for arguments, right in cases:
        given = ", ".join(shown(argument, 40) for argument in arguments)
        try:
            mine = call(*arguments)
        except Exception as error:
            raise Wrong(
                f"Appelée avec ({given}), elle lève {type(error).__name__}.", hint
            ) from None
        if not same(mine, right):
            raise Wrong(f"Appelée avec ({given}), elle rend {shown(mine)}.", hint)


def callable_(answer: Any, hint: str = "") -> Callable[..., Any]:
    """The answer must be something that can be called."""
    if not callable(answer):
        raise Wrong(f"On attend une fonction, vous donnez {kind(answer)}.", hint)
    return answer  # type: ignore[no-any-return]


def same(mine: Any, right: Any) -> bool:
    """Equality that forgives what teaches nothing: list or tuple, 2 or 2.0, the 1e-6 of floats."""
    if isinstance(right, Mapping):
        return (
            isinstance(mine, Mapping)
            and set(mine) == set(right)
            and all(same(mine[key], value) for key, value in right.items())
        )
    if isinstance(right, list | tuple):
        return (
            isinstance(mine, list | tuple)
            and len(mine) == len(right)
            and all(same(a, b) for a, b in zip(mine, right, strict=True))
        )
    mine = _plain(mine)
    if isinstance(right, bool) or isinstance(mine, bool):
        return mine is right
    if isinstance(right, numbers.Real) and isinstance(mine, numbers.Real):
        return math.isclose(mine, right, rel_tol=1e-6, abs_tol=1e-9)
    equal = mine == right
    return equal if isinstance(equal, bool) else False


def _plain(value: Any) -> Any:
    """Return numpy's booleans as Python's; whatever else as it is."""
    return bool(value) if type(value).__name__ in ("bool_", "bool") else value


def _listed(answer: Any, hint: str) -> list[Any]:
    if not isinstance(answer, list | tuple):
        raise Wrong(f"On attend une liste, vous donnez {kind(answer)}.", hint)
    return list(answer)


def _length(values: Sequence[Any], expected: Sequence[Any], hint: str) -> None:
    if len(values) != len(expected):
        said = "Il y a trop" if len(values) > len(expected) else "Il n'y a pas assez"
        raise Wrong(f"{said} d'éléments : vous en donnez {len(values)}.", hint)
