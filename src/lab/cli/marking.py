"""What `lab review` says of its verdicts: a table on the terminal, JSON, CSV."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from lab.cli import display, resembling

if TYPE_CHECKING:
    from rich.table import Table

    from lab.review.grid import Grid, Mark
    from lab.review.model import Review
    from lab.review.similarity.weighing import Resemblances


def say(
    ruler: Grid,
    rows: Sequence[tuple[Review, Mark]],
    alike: Resemblances | None,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Print the verdicts, as a person or a program asked for them."""
    if as_json:
        data = [
            {
                **one.as_dict(),
                "mark": {
                    "low": mark.low,
                    "high": mark.high,
                    "points": ruler.points,
                    "levels": {row.item.id: row.level for row in mark.rows},
                },
                "similar": resembling.data(alike, one.name),
            }
            for one, mark in rows
        ]
        click.echo(json.dumps(data, ensure_ascii=False))
    elif as_csv:
        from lab.review.report import table

        click.echo(table.render(ruler, rows), nl=False)
    elif len(rows) == 1:
        _tell(ruler, *rows[0])
    else:
        display.screen().print(_class_table(rows))
        resembling.tell(alike)


def _tell(ruler: Grid, one: Review, mark: Mark) -> None:
    """One project on the terminal: the grid, then what to do, the heaviest first."""
    from rich.markup import escape

    from lab.review.grid import number
    from lab.review.locating import KINDS

    screen = display.screen()
    if one.fault:
        return
    if one.location:
        screen.print(f"Projet : {escape(one.location.folder or '.')} ({KINDS[one.location.kind]})")
    for note in one.notes:
        screen.print(f"[yellow]! {escape(note)}[/]")
    if one.trial:
        screen.print(f"Lancement : {escape(one.trial.summary)}")
    screen.print(_grid_table(ruler, mark))
    screen.print(f"[bold]Note proposée : {mark.text} / {number(ruler.points)}[/]")
    left = sorted(
        (row for row in mark.rows if row.level != 3), key=lambda row: row.low - row.item.points
    )
    for row in left:
        said = row.verdict.question or row.verdict.advice
        if said and not row.correction:
            proof = next((f" ({found.where})" for found in row.verdict.evidence if found.path), "")
            screen.print(
                f"→ [bold]{escape(row.item.titre)}[/] : {escape(said)}[dim]{escape(proof)}[/]"
            )


def _grid_table(ruler: Grid, mark: Mark) -> Table:
    from rich.table import Table

    from lab.review.grid import number

    colours = ("red", "yellow", "green", "bold green")
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Critère", "Niveau"):
        table.add_column(title)
    table.add_column("Points", justify="right")
    for row in mark.rows:
        level = (
            "[magenta]à trancher[/]"
            if row.level is None
            else f"[{colours[row.level]}]{ruler.niveaux[row.level]}[/]"
        )
        points = number(row.low) if row.low == row.high else f"{number(row.low)}–{number(row.high)}"
        table.add_row(row.item.titre, level, f"{points} / {number(row.item.points)}")
    return table


def _class_table(rows: Sequence[tuple[Review, Mark]]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Projet")
    table.add_column("Note", justify="right")
    table.add_column("À trancher", justify="right")
    table.add_column("Emplacement")
    for one, mark in rows:
        if one.fault:
            table.add_row(escape(one.name), "—", "—", f"[red]{escape(one.fault)}[/]")
            continue
        place = one.location.folder or "." if one.location else ""
        table.add_row(
            escape(one.name), mark.text, str(sum(row.ask for row in mark.rows)), escape(place)
        )
    return table
