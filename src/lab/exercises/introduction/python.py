"""Judges of notebook 02: functions tried on small cases, and a generator on an endless source."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise

FEW = 50  # elements that the first batches may read from an endless source


@exercise("intro-06")
def price_in_euros(answer: Any) -> None:
    hint = "Les blancs d'un prix ne sont pas tous l'espace du clavier ; un échec rend None."
    cases: list[tuple[tuple[Any, ...], Any]] = [
        (("88,95 €",), 88.95),
        (("1\u202f269,99\u00a0€",), 1269.99),
        (("  12 EUR ",), 12.0),
        (("1 234 567,50 €",), 1234567.5),
        (("sur demande",), None),
        (("",), None),
        ((None,), None),
        (("0,00 €",), 0.0),
    ]
    expect.function(answer, cases, hint)


@exercise("intro-07")
def titles_by_section(answer: Any) -> None:
    hint = "setdefault(clé, []) ou defaultdict(list), puis un tri de chaque liste."
    records = [
        {"section": "Sport", "title": "Un marathon sous la pluie"},
        {"section": "Culture", "title": "Le musée rouvre"},
        {"section": "Sport", "title": "L'équipe gagne"},
        {"title": "Sans rubrique"},
    ]
    right = {
        "Sport": ["L'équipe gagne", "Un marathon sous la pluie"],
        "Culture": ["Le musée rouvre"],
        "(aucune)": ["Sans rubrique"],
    }
    expect.function(answer, [((records,), right), (([],), {}), ((records[:1],),
                    {"Sport": ["Un marathon sous la pluie"]})], hint)  # fmt: skip


class _Endless:
    """An endless source of numbers that complains when too many are read."""

    def __init__(self) -> None:
        self.read = 0

    def __iter__(self) -> Iterator[int]:
        while True:
            if self.read >= FEW:
                raise Wrong(
                    "Pour donner ses deux premiers lots, elle lit toute la source.",
                    "Un générateur (yield) donne chaque lot dès qu'il est plein.",
                )
            self.read += 1
            yield self.read


@exercise("intro-08", stars=2)
def batches(answer: Any) -> None:
    hint = "yield le lot quand il est plein, et ne pas oublier le dernier, s'il n'est pas vide."
    call = expect.callable_(answer, hint)

    def listed(elements: Any, size: int) -> list[Any]:
        return [list(batch) for batch in call(elements, size)]

    expect.function(
        listed,
        [
            (([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]),
            (("abcd", 2), [["a", "b"], ["c", "d"]]),
            ((iter(range(3)), 5), [[0, 1, 2]]),
            (([], 3), []),
        ],
        hint,
    )
    lazy = iter(call(_Endless(), 3))
    first = [list(next(lazy)), list(next(lazy))]
    if first != [[1, 2, 3], [4, 5, 6]]:
        raise Wrong(f"Sur une source sans fin, elle commence par {expect.shown(first)}.", hint)


@exercise("intro-09", stars=2)
def hours_between(answer: Any) -> None:
    hint = "La différence de deux dates est un timedelta : total_seconds() en dit toute la durée."
    cases: list[tuple[tuple[Any, ...], Any]] = [
        (("2026-09-15T08:00:00+02:00", "2026-09-15T09:30:00+02:00"), 1.5),
        (("2026-09-15T08:00:00+02:00", "2026-09-15T08:00:00+00:00"), 2.0),
        (("2026-09-01T00:00:00+00:00", "2026-09-03T12:00:00+00:00"), 60.0),
        (("2026-10-24T12:00:00+02:00", "2026-10-25T12:00:00+01:00"), 25.0),
        (("2026-09-02T00:00:00+00:00", "2026-09-01T18:00:00+00:00"), -6.0),
    ]
    expect.function(answer, cases, hint)


@exercise("intro-10", stars=3)
def read_records(answer: Any) -> None:
    hint = (
        "Une ligne blanche n'est rien ; json.JSONDecodeError ne vaut que pour la ligne en cause ; "
        "et l'encodage se dit : encoding='utf-8'."
    )
    call = expect.callable_(answer, hint)
    good = [{"titre": "Été à Béziers", "prix": 12.5}, {"titre": "Œuvre", "prix": None}]
    first, second = (json.dumps(one, ensure_ascii=False) for one in good)
    texts = [
        (f"{first}\n\n{second}\n", (good, 0)),
        (f'{first}\n{{"titre": "coup\n   \n{second}\npas du JSON\n', (good, 2)),
        ("", ([], 0)),
    ]
    with tempfile.TemporaryDirectory(prefix="lab-intro-") as folder:
        path = Path(folder) / "fiches.jsonl"
        for text, right in texts:
            path.write_text(text, encoding="utf-8")
            expect.function(call, [((path,), right)], hint)
