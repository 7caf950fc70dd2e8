"""What a person sees while a crawl runs: a live board on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from lab.cli.display import side
from lab.scraping.coverage import percent
from lab.scraping.summary.wording import clock, duration, number, plural, rate, size

Line = Mapping[str, Any]
NOW = 5.0  # seconds over which the present throughput is taken
EVERY = 5.0  # seconds between two plain lines
NARROW, SHORT, TINY = 64, 18, 10  # columns, rows, rows below which the board says less
WIDEST = 100  # columns of the board: beyond, the eye loses the line
SLOW = 2.0  # seconds of lag from which a store is shown as late


class Board:
    """The state of one crawl, drawn anew at each refresh."""

    def __init__(self, spider: str, pages: int, workers: int, console: Console) -> None:
        self._spider, self._budget, self._workers = spider, pages, workers
        self._console, self._start = console, time.monotonic()
        self._line: Line = {}
        self._recent: deque[tuple[float, int, int]] = deque(maxlen=64)

    def update(self, line: Line) -> None:
        """Take a progress line (see lab.scraping.progress)."""
        self._line = line
        now = line["elapsed"]
        self._recent.append((now, line["pages"], line["items"]))
        while len(self._recent) > 2 and now - self._recent[0][0] > NOW:
            self._recent.popleft()

    def rates(self) -> tuple[float, float, float]:
        """Return pages per second now, items per second now, and the mean of the pages."""
        if len(self._recent) < 2:
            return 0.0, 0.0, 0.0
        (t0, pages0, items0), (t1, pages1, items1) = self._recent[0], self._recent[-1]
        span = max(t1 - t0, 0.1)
        return (pages1 - pages0) / span, (items1 - items0) / span, pages1 / max(t1, 0.1)

    def plain(self) -> str:
        """The same in one line."""
        line = self._line
        return (
            f"{self._spider} : {plural(line['pages'], 'page')} ({rate(self.rates()[0])}/s), "
            f"{plural(line['items'], 'fiche')}, {plural(line['errors'], 'erreur')}, "
            f"{clock(line['elapsed'])}"
        )

    def __rich__(self) -> RenderableType:
        parts: list[RenderableType] = [self._title()]
        if not self._line:
            return Group(*parts, Text("démarrage…", style="dim"))
        if self._budget:
            parts.append(self._bar())
        parts.append(self._counts())
        if self._console.height >= SHORT and self._line.get("stored"):
            parts += [Text(), self._stores()]
        return Constrain(Group(*parts), WIDEST)

    def _title(self) -> RenderableType:
        title = Table.grid(expand=True)
        title.add_column(no_wrap=True, overflow="ellipsis")
        title.add_column(justify="right", no_wrap=True)
        title.add_row(
            Text.assemble("Récolte ", (self._spider, "bold")),
            Text(clock(time.monotonic() - self._start), style="dim"),
        )
        return title

    def _bar(self) -> RenderableType:
        pages = self._line["pages"]
        bar = Table.grid(expand=True, padding=(0, 1, 0, 0))
        bar.add_column(ratio=1)
        bar.add_column(justify="right", no_wrap=True)
        drawn = ProgressBar(self._budget, min(pages, self._budget))
        bar.add_row(drawn, f"{percent(pages / self._budget)} de {number(self._budget)}")
        return bar

    def _counts(self) -> RenderableType:
        line = self._line
        pages, items, mean = self.rates()
        wide = self._console.width >= NARROW
        table = Table.grid(padding=(0, 2, 0, 0), expand=True)
        table.add_column(no_wrap=True, min_width=9)
        table.add_column(justify="right", no_wrap=True, style="bold", min_width=9)
        table.add_column(justify="right", no_wrap=True, min_width=8)
        if wide:
            table.add_column(ratio=1, no_wrap=True, overflow="ellipsis", style="dim")

        def row(name: str, value: str, more: str = "", detail: str = "", style: str = "") -> None:
            cells = [name, value, more, detail] if wide else [name, value, more]
            table.add_row(*cells, style=style)

        row("Pages", number(line["pages"]), f"{rate(pages)}/s", f"{rate(mean)}/s en moyenne")
        row("Fiches", number(line["items"]), f"{rate(items)}/s", dropped(line))
        if line.get("queue") is not None:
            row("File", number(line["queue"]), "", f"{number(line['in_flight'])} en cours")
        row("Erreurs", number(line["errors"]), "", troubles(line), "red" if line["errors"] else "")
        if self._console.height < TINY:
            return table
        row("Réponses", number(sum(line.get("status", {}).values())), "", codes(line))
        row("Mémoire", size(line.get("memory", 0)), "", self._crowd())
        return table

    def _crowd(self) -> str:
        if self._workers < 2:
            return ""
        alive = self._line.get("workers", self._workers)
        return f"{number(alive)} travailleurs sur {number(self._workers)}"

    def _stores(self) -> RenderableType:
        line = self._line
        table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 3, 0, 0))
        table.add_column("Base", no_wrap=True)
        for title in ("Rangées", "En attente", "Retard"):
            table.add_column(title, justify="right", no_wrap=True)
        for store, stored in line["stored"].items():
            late = line.get("lag", {}).get(store, 0.0)
            pending = line["pending"].get(store, 0)
            # S3 takes whole objects of a thousand items: waiting is its way, not a delay.
            style = "yellow" if late > SLOW and store != "s3" else ""
            table.add_row(store, number(stored), number(pending), duration(late), style=style)
        return table


def dropped(line: Line) -> str:
    """Why items were dropped, the most frequent first, in few words."""
    reasons = sorted(line.get("dropped", {}).items(), key=lambda one: -one[1])
    if not reasons:
        return ""
    words = {"duplicate": "déjà vues", "other": "par le projet"}
    said = [
        f"{number(count)} {words.get(why, why.replace('invalid/', 'champ '))}"
        for why, count in reasons
    ]
    return f"écartées : {', '.join(said)}"


def troubles(line: Line) -> str:
    """What went wrong and was coped with."""
    found = []
    if line.get("retries"):
        found.append(plural(line["retries"], "nouvelle tentative", "nouvelles tentatives"))
    if line.get("blocked"):
        found.append(plural(line["blocked"], "page de blocage", "pages de blocage"))
    if line.get("paused"):
        found.append(f"{duration(line['paused'])} de pause demandée")
    found += [f"{number(count)} {name}" for name, count in line.get("failures", {}).items()]
    return ", ".join(found)


def codes(line: Line) -> str:
    """The answers by status."""
    return "   ".join(f"{c} : {number(n)}" for c, n in sorted(line.get("status", {}).items()))


@contextmanager
def crawling(spider: str, pages: int = 0, workers: int = 1) -> Iterator[Callable[[Line], None]]:
    """Show a crawl; yields what takes its progress lines. The board vanishes at the end."""
    console = side()
    board = Board(spider, pages, workers, console)
    if console.is_terminal and not console.is_dumb_terminal:
        with Live(board, console=console, refresh_per_second=2, transient=True):
            yield board.update
        return
    said = time.monotonic()
    console.print(f"· récolte {spider}")

    def update(line: Line) -> None:
        nonlocal said
        board.update(line)
        if time.monotonic() - said >= EVERY:
            said = time.monotonic()
            console.print(f"· {board.plain()}")

    yield update
