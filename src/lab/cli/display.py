"""What a person sees on the terminal: steps with progress, and the table of services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.table import Table

if TYPE_CHECKING:
    from lab.crawls import SpiderCard
    from lab.scraping.runner import CrawlResult
    from lab.services import Status

HARDEST = 4  # the highest level of a scenario
WIDE = 115  # columns from which full addresses fit

STATES = {
    "healthy": "[green]● marche[/]",
    "starting": "[yellow]◐ démarre[/]",
    "unhealthy": "[red]✗ muet[/]",
    "failed": "[red]✗ en échec[/]",
    "stopped": "[dim]○ arrêté[/]",
}


def screen() -> Console:
    """Results go to the standard output."""
    return Console(highlight=False)


def side() -> Console:
    """Progress goes to the error output, so that `--json` and `env` stay clean."""
    return Console(stderr=True, highlight=False)


class Steps:
    """A progress bar on a terminal; one line per step elsewhere (a log, CI)."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress = progress
        self._console = console
        self._task = progress.add_task("", total=None)
        self._said = ""

    def say(self, text: str) -> None:
        """Show what is being done."""
        self._progress.update(self._task, description=text)
        if not self._console.is_terminal and text != self._said:
            self._console.print(f"· {text}")
        self._said = text

    def health(self, rows: Sequence[Status]) -> None:
        """Show how many services are healthy and which are awaited."""
        late = [row.name for row in rows if row.state != "healthy"]
        self._progress.update(self._task, completed=len(rows) - len(late), total=len(rows))
        self.say(f"en attente de {', '.join(late)}" if late else "tous les services répondent")

    def part(self, text: str, done: int, total: int) -> None:
        """Show the part of a known whole that is being done."""
        self._progress.update(self._task, completed=done, total=total)
        self.say(text)

    def crawl(self, line: Mapping[str, object]) -> None:
        """Show one progress line of a crawl (see lab.scraping.progress)."""
        pages, items = line.get("pages", 0), line.get("items", 0)
        self._progress.update(
            self._task,
            description=f"récolte {line.get('spider', '')} : {pages} pages, {items} fiches",
        )


@contextmanager
def steps() -> Iterator[Steps]:
    """A :class:`Steps` that vanishes at the end: the result says the rest."""
    console = side()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        Elapsed(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Steps(progress, console)


def services_table(rows: Sequence[Status], contents: Mapping[str, str]) -> Table:
    """The table of `lab up` and `lab status`; it fits in 80 columns."""
    wide = screen().width >= WIDE
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for title in ("Service", "État", "Adresse"):
        table.add_column(title, no_wrap=True)
    table.add_column("Ce qui tourne")
    table.add_column("Contenu", no_wrap=True)
    for row in rows:
        address = row.url if wide else row.url.partition("://")[2].partition("/")[0]
        table.add_row(
            row.name,
            STATES[row.state],
            address,
            row.product,
            contents.get(row.name, ""),
        )
    return table


def crawl_line(result: CrawlResult) -> str:
    """One line for one crawl."""
    counts = set(result.stored.values())
    where = (
        f"{counts.pop()} dans chacune des quatre bases"
        if len(counts) == 1 and len(result.stored) == 4
        else ", ".join(f"{store} : {count}" for store, count in result.stored.items())
    )
    seconds = f"{result.seconds:.1f}".replace(".", ",")
    return (
        f"{result.spider} : {_some(result.pages, 'page')}, {_some(result.items, 'fiche')} "
        f"en {seconds} s ({where}), {_some(result.errors, 'erreur')}."
    )


def _some(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count > 1 else ''}"


def spiders_table(cards: Sequence[SpiderCard]) -> Table:
    """The table of `lab crawl --list`."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Spider", no_wrap=True)
    table.add_column("Niveau", no_wrap=True)
    table.add_column("Ce qu'il montre")
    for card in cards:
        level = "●" * card.level + "○" * (HARDEST - card.level) if card.level else ""
        table.add_row(card.name, level, card.doc or ", ".join(card.scenarios))
    return table
