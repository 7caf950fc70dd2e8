"""The `lab` command: parses, calls, prints. Nothing imports it.

One module per family of commands; each imports what it needs inside the command, so that
`lab --help` is instant. This module alone turns errors into a sentence and an exit code.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from lab import __version__
from lab.cli import (
    crawling,
    grading,
    learning,
    maintenance,
    releasing,
    reviewing,
    stack,
    updating,
)
from lab.errors import LabError

UNEXPECTED = 70  # sysexits.h: EX_SOFTWARE
INTERRUPTED = 130


class FrenchGroup(click.Group):
    """Click's group with the words that a student reads in French."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, command.get_short_help_str(90)) for name, command in self.commands.items()]
        with formatter.section("Commandes"):
            formatter.write_dl(rows)


HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=FrenchGroup, context_settings=HELP)
@click.option(
    "--engine",
    type=click.Choice(["local", "docker"]),
    help="Moteur à interroger quand les deux sont lancés.",
)
@click.version_option(__version__, message="lab %(version)s", help="Affiche la version.")
@click.pass_context
def cli(ctx: click.Context, engine: str | None) -> None:
    """Le laboratoire de data engineering : quatre bases, un web à récolter, des notebooks.

    Pour commencer :  ./lab up
    """
    ctx.obj = engine


for _command in (
    *stack.COMMANDS,
    *crawling.COMMANDS,
    *learning.COMMANDS,
    *updating.COMMANDS,
    *reviewing.COMMANDS,
    *grading.COMMANDS,
    *maintenance.COMMANDS,
):
    cli.add_command(_command)
learning.course.add_command(releasing.release)


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 2 bad words, 130 interrupted, else the error's."""
    try:
        code = cli.main(prog_name="./lab", standalone_mode=False)
    except LabError as error:
        _complain(error.message, error.hint)
        sys.exit(error.exit_code)
    except click.UsageError as error:
        _complain(_in_french(error), _help_of(error))
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        _complain("Interrompu.", "./lab status")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # `./lab env | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        _complain(
            f"Erreur inattendue ({type(error).__name__}) ; détail dans {_keep_traceback()}.",
            "./lab doctor",
        )
        sys.exit(UNEXPECTED)
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str, hint: str) -> None:
    click.secho(message, err=True, fg="red")
    if hint:
        click.echo(f"  → {hint}", err=True)


def _help_of(error: click.UsageError) -> str:
    return f"{error.ctx.command_path if error.ctx else './lab'} --help"


def _in_french(error: click.UsageError) -> str:
    """Click's own messages, in French."""
    match error:
        case click.NoSuchOption():
            return f"L'option {error.option_name} n'existe pas."
        case click.MissingParameter():
            name = error.param.human_readable_name if error.param else ""
            return f"Il manque l'argument {name}."
        case click.BadOptionUsage():
            return f"L'option {error.option_name} attend une valeur."
        case click.BadParameter():
            name = error.param.opts[0] if error.param else ""
            if isinstance(error.param and error.param.type, click.Choice):
                choices = ", ".join(error.param.type.choices)  # type: ignore[union-attr]
                return f"Valeur refusée pour {name} : choisissez parmi {choices}."
            return f"Valeur refusée pour {name} : {error.message}"
    if "No such command" in error.message:
        return f"Cette commande n'existe pas ({error.message.split(chr(39))[1]})."
    if "Got unexpected extra argument" in error.message:
        return "Il y a un argument de trop."
    return error.message


def _keep_traceback() -> str:
    """Append the traceback to a log for whoever helps the student; return where."""
    import tempfile
    import traceback
    from datetime import datetime
    from pathlib import Path

    from lab.settings import Paths

    text = f"--- {datetime.now().isoformat()} {sys.argv}\n{traceback.format_exc()}"
    for folder in (Paths.find().logs, Path(tempfile.gettempdir())):
        path = folder / "lab-erreurs.log"
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            continue
        return str(path)
    return "aucun fichier : rien n'est inscriptible"
