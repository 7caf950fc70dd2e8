"""What `lab review` says of the projects of a class that resemble each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lab.cli import display

if TYPE_CHECKING:
    from lab.review.grid import Grid
    from lab.review.model import Review
    from lab.review.reviewing import Context
    from lab.review.similarity.weighing import Resemblances


def look(ruler: Grid, found: Sequence[Review], context: Context) -> Resemblances | None:
    """Compare the projects just read; None when there is nothing to compare."""
    if len(found) < 2 or context.traces is None:
        return None
    from lab.review.similarity import classroom

    with display.steps() as steps:
        steps.part("ressemblances", len(found), len(found))
        return classroom.examine(found, context.traces, context.upstream, ruler.ressemblances)


def data(alike: Resemblances | None, name: str) -> list[dict[str, Any]]:
    """The pairs of one project, for ``--json``."""
    from lab.review.similarity import table

    return table.of(alike, name)


def tell(alike: Resemblances | None) -> None:
    """The pairs, the most alike first: questions, whose answers are in the class page."""
    from rich.markup import escape

    screen = display.screen()
    for note in alike.notes if alike else ():
        screen.print(f"[yellow]! {escape(note)}[/]")
    if not alike or not alike.projects:
        return
    screen.print(f"[bold]Ressemblances à regarder, sans rien conclure : {len(alike.projects)}[/]")
    for pair in alike.projects[:10]:
        where = f"{pair.passages[0].a.where} et {pair.passages[0].b.where}"
        screen.print(
            f"? {escape(pair.a)} et {escape(pair.b)} : {pair.lines} lignes,"
            f" {100 * pair.share:.0f} % du plus petit [dim]({escape(where)})[/]"
        )
