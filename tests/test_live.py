"""The board of `lab crawl`: what it says at several sizes of terminal, and without one."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from lab.cli import live
from lab.cli.live import Board
from lab.scraping.summary import wording

NARROW = "\u202f"


def line(**more: Any) -> dict[str, Any]:
    return {
        "elapsed": 10.0,
        "pages": 3000,
        "items": 2800,
        "errors": 2,
        "stored": {"mongo": 2750, "elasticsearch": 1900, "redis": 2800, "s3": 2000},
        "pending": {"mongo": 50, "elasticsearch": 900, "redis": 0, "s3": 800},
        "lag": {"mongo": 0.25, "elasticsearch": 3.2, "redis": 0.0, "s3": 2.7},
        "queue": 1204,
        "in_flight": 16,
        "status": {"200": 2990, "404": 3, "503": 12},
        "retries": 12,
        "blocked": 1,
        "failures": {"TimeoutError": 2},
        "dropped": {"duplicate": 7, "invalid/title": 2},
        "memory": 123_000_000,
        **more,
    }


def drawn(width: int, height: int, pages: int = 0, workers: int = 1, **more: Any) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, height=height)
    board = Board("gazette", pages, workers, console)
    board.update(line(elapsed=8.0, pages=2400, items=2300))
    board.update(line(**more))
    console.print(board)
    return out.getvalue()


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 24), (64, 18), (50, 15), (30, 8)])
def test_it_fits_the_terminal(width: int, height: int) -> None:
    rows = drawn(width, height, pages=10_000).splitlines()
    assert len(rows) < height
    assert max(map(len, rows)) <= width


def test_everything_is_told_on_an_ordinary_terminal() -> None:
    text = drawn(100, 24, pages=10_000, workers=4)
    for said in (
        f"30 % de 10{NARROW}000",
        "300/s",
        f"3{NARROW}000",
        "écartées : 7 déjà vues, 2 champ title",
        f"1{NARROW}204",
        "16 en cours",
        "12\xa0nouvelles tentatives, 1\xa0page de blocage, 2 TimeoutError",
        f"200 : 2{NARROW}990   404 : 3   503 : 12",
        "123\xa0Mo",
        "4 travailleurs sur 4",
        "elasticsearch",
        "3,2\xa0s",
        "250\xa0ms",
    ):
        assert said in text, said


def test_before_the_first_line() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, height=24)
    console.print(Board("gazette", 0, 1, console))
    assert "démarrage" in out.getvalue()


def test_a_frontier_that_cannot_say_its_size_shows_none() -> None:
    assert "File" not in drawn(80, 24, queue=None)


def test_without_a_terminal_plain_lines_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "EVERY", 0.0)
    with live.crawling("gazette") as update:
        update(line(elapsed=8.0, pages=2400))
        update(line())
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "· récolte gazette",
        f"· gazette : 2{NARROW}400\xa0pages (0/s), 2{NARROW}800\xa0fiches, 2\xa0erreurs, 00:00:08",
        f"· gazette : 3{NARROW}000\xa0pages (300/s), 2{NARROW}800\xa0fiches, 2\xa0erreurs, "
        "00:00:10",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.0123, "12 ms"),
        (1.25, "1,2 s"),
        (59.94, "59,9 s"),
        (184, "3 min 04 s"),
        (180, "3 min"),
        (7500, "2 h 05"),
        (None, "—"),
    ],
)
def test_durations(seconds: float | None, said: str) -> None:
    assert wording.duration(seconds).replace("\xa0", " ") == said


def test_numbers_and_sizes() -> None:
    assert wording.number(1234567.891, 1) == f"1{NARROW}234{NARROW}567,9"
    assert wording.size(1_500_000) == "2\xa0Mo"
    assert wording.size(1_600_000_000) == "1,6\xa0Go"
    assert [wording.plural(n, "page") for n in (0, 1, 2)] == [
        "0\xa0page",
        "1\xa0page",
        "2\xa0pages",
    ]
    assert wording.clock(3723.9) == "01:02:03"
