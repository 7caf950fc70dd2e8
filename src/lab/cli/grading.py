"""The command that grades the exercises of a class, in a sandbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.cli.classroom import of_a_class

if TYPE_CHECKING:
    from rich.table import Table

    from lab.grading.grading import Context
    from lab.grading.model import Grade
    from lab.settings import Paths


@click.command(short_help="Corrige les exercices d'une classe, dans un bac à sable.")
@of_a_class("nom, membres", " et exercices.csv")
@click.option(
    "--chapters", multiple=True, metavar="CHAPITRE", help="Ce chapitre seulement (répétable)."
)
@click.option(
    "--timeout",
    type=click.FloatRange(5, 3600),
    default=300.0,
    show_default=True,
    help="Secondes accordées à chaque notebook.",
)
@click.option(
    "--memory",
    type=click.IntRange(256, 65536),
    default=2048,
    show_default=True,
    help="Mio accordés au code de chaque étudiant.",
)
def grade(
    addresses: Sequence[str],
    class_list: Path | None,
    html: Path | None,
    as_json: bool,
    as_csv: bool,
    chapters: Sequence[str],
    timeout: float,
    memory: int,
    offline: bool,
) -> None:
    """Exécute les notebooks de chaque dépôt dans un bac à sable sans réseau, sur des bases neuves,
    et juge les réponses avec vos vérifications, hors de portée de l'étudiant.

    \b
    ./lab grade ../fork-de-louise                       un dépôt
    ./lab grade --class classe.csv --html notes         toute une classe, une page par étudiant
    ./lab grade --class classe.csv --chapters Mongo --csv > mongo.csv
    Est corrigé le dernier commit. Il faut bubblewrap (Debian : bubblewrap) ; le bac à sable est
    essayé avant tout. Un notebook identique à celui du cours n'est pas exécuté.
    --json donne une liste de {"name", "address", "members", "commit", "chapters", "stars",
        "answers": [{"exercise", "status", "message", "tries", "seconds"}], "notebooks", "notes",
        "fault", "seconds"}
    """
    from lab.course import progress
    from lab.exercises import registry
    from lab.review import sources
    from lab.settings import Paths

    wanted = [name for value in chapters for name in value.split(",") if name]
    keys = tuple(dict.fromkeys(map(progress.key_of, wanted))) or tuple(registry.FOLDERS)
    todo = sources.gather(addresses or (() if class_list else (".",)), class_list)
    limits = {"chapters": keys, "timeout": timeout, "memory": memory, "offline": offline}
    found = _grade_all(todo, Paths.find(), limits)
    if html:
        _write(html, found, quiet=as_json or as_csv)
    _say(found, as_json=as_json, as_csv=as_csv)
    _complain(found)


def _grade_all(todo: Sequence[Any], paths: Paths, limits: dict[str, Any]) -> list[Grade]:
    from lab.cli import display
    from lab.grading import batch

    with display.steps() as steps:
        context = _context(paths, limits, steps)
        steps.part("correction", 0, len(todo))
        return batch.run(todo, context, lambda one, count: steps.part(one.name, count, len(todo)))


def _context(paths: Paths, limits: dict[str, Any], steps: Any) -> Context:
    from lab.grading import probe, pupil, sandbox, template
    from lab.grading.grading import Context

    sandbox.program()
    paths.ensure()
    folder = paths.home / "grade"
    folder.mkdir(exist_ok=True, mode=0o700)
    package = pupil.package(folder)
    steps.say("essai du bac à sable")
    probe.probe(folder, paths.root, package)
    stores = template.ensure(folder, paths.root, steps.say)
    code = pupil.digest(sandbox.SOURCE / "lab")
    return Context(paths.root, folder, stores, package, code=code, **limits)


def _write(folder: Path, found: Sequence[Grade], quiet: bool) -> None:
    from lab.errors import DiskProblem
    from lab.grading.report import page

    try:
        written = page.write(folder, found)
    except OSError as error:
        raise DiskProblem(
            f"Les pages ne peuvent pas être écrites dans {folder} ({error.strerror}).",
            "./lab grade --html UN_AUTRE_DOSSIER …",
        ) from None
    if not quiet:
        click.echo(f"Pages écrites : {written}")


def _say(found: Sequence[Grade], *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        click.echo(json.dumps([one.as_dict() for one in found], ensure_ascii=False))
    elif as_csv:
        from lab.grading.report import table

        click.echo(table.render(found), nl=False)
    else:
        from lab.cli import display

        display.screen().print(_class_table(found))
        if len(found) == 1:
            _tell(found[0])


def _class_table(found: Sequence[Grade]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    from lab.exercises import registry
    from lab.exercises.result import Status

    keys = list(dict.fromkeys(key for one in found for key in one.chapters))
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Étudiant")
    for title in ("Justes", "Étoiles", *(registry.FOLDERS[key] for key in keys), "À trancher"):
        table.add_column(title, justify="right")
    for one in found:
        if one.fault:
            table.add_row(escape(one.shown), f"[red]{escape(one.fault)}[/]")
            continue
        counts = [f"{one.count(Status.RIGHT, key)}/{len(one.of(key))}" for key in keys]
        right, total = one.stars
        asks = f"[magenta]{one.asks}[/]" if one.asks else "0"
        table.add_row(
            escape(one.shown), str(one.count(Status.RIGHT)), f"{right}/{total}", *counts, asks
        )
    return table


def _tell(one: Grade) -> None:
    """What is not right, and why, for one student."""
    from lab.exercises.result import SIGNS, WORDS, Status

    for note in one.notes:
        click.echo(f"! {note}")
    for answer in one.answers:
        if answer.status not in (Status.RIGHT, Status.TODO):
            sign, word = SIGNS[answer.status], WORDS[answer.status]
            click.echo(f"{sign} {answer.exercise} : {word} — {answer.message}")
    for played in one.notebooks:
        if played.stopped:
            click.secho(f"{played.name} {played.stopped}", fg="red")


def _complain(found: Sequence[Grade]) -> None:
    from lab.errors import ReviewIncomplete

    failed = [one for one in found if one.fault]
    if failed:
        raise ReviewIncomplete(
            f"Dépôts non corrigés : {len(failed)} sur {len(found)} ; les autres l'ont été. "
            f"{failed[0].shown} : {failed[0].fault}",
            "corrigez l'adresse ou le dépôt, puis relancez la même commande",
        )


COMMANDS = (grade,)
