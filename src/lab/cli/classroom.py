"""The options of the commands that take a whole class: which forks, and where the results go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def of_a_class(columns: str, written: str) -> Callable[[Command], Command]:
    """Add addresses, --class, --html, --json, --csv and --offline to a command.

    `columns`: those that the list may have besides `depot`; `written`: what --html writes.
    """
    decorators = (
        click.argument("addresses", nargs=-1, metavar="[DOSSIER|ADRESSE_GIT]..."),
        click.option(
            "--class",
            "class_list",
            type=click.Path(path_type=Path),
            help=f"Liste CSV de la classe : une colonne depot (et {columns}).",
        ),
        click.option(
            "--html",
            "html",
            type=click.Path(path_type=Path, file_okay=False),
            help=f"Dossier où écrire les pages{written}.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Sortie stable, pour un programme."),
        click.option("--csv", "as_csv", is_flag=True, help="Sortie pour un tableur."),
        click.option(
            "--offline", is_flag=True, help="Ne rien télécharger : les dépôts déjà lus suffisent."
        ),
    )

    def add(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return add
