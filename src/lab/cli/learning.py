"""Commands of the course: a student checks the exercises, a teacher builds the notebooks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from lab.course.progress import Chapter

BAR = 12  # characters: with it the table holds in a terminal of 80 columns


@click.command(short_help="Vérifie les exercices de vos notebooks.")
@click.argument("chapters", nargs=-1, metavar="[CHAPITRE]...")
@click.option("--json", "as_json", is_flag=True, help="Sortie stable, pour un programme.")
@click.pass_obj
def check(engine: str | None, chapters: Sequence[str], as_json: bool) -> None:
    """Exécute vos notebooks, chacun dans un noyau neuf, et compte vos réponses.

    \b
    ./lab check                 tous les chapitres
    ./lab check Mongo Redis     deux chapitres
    --json donne une liste de {"chapter", "exercises", "todo", "right", "wrong",
        "unverified", "error", "faults": […],
        "results": [{"exercise", "status", "message"}]}
    """
    from lab import services
    from lab.cli import display
    from lab.course import progress
    from lab.settings import Paths

    paths = Paths.find()
    todo = progress.notebooks(paths.root, chapters)
    environment = services.child_environment(services.detect(paths, engine), paths)
    with display.steps() as steps:
        count = iter(range(len(todo)))
        found = progress.check(
            todo, environment, lambda path: steps.part(path.stem, next(count), len(todo))
        )
    if as_json:
        click.echo(json.dumps([chapter.as_dict() for chapter in found], ensure_ascii=False))
        return
    display.screen().print(_table(found))
    for chapter in found:
        for fault in chapter.faults:
            click.secho(f"{chapter.name}/{fault}", err=True, fg="red")
        for result in chapter.results.values():
            if result.status in ("wrong", "error"):
                click.echo(str(result))


def _table(chapters: Sequence[Chapter]) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    from lab.exercises.result import Status

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Chapitre", no_wrap=True)
    table.add_column("Avancement", width=BAR)
    columns = (
        ("Justes", Status.RIGHT, "green"),
        ("À faire", Status.TODO, ""),
        ("À revoir", Status.WRONG, "yellow"),
        ("Non vérifiés", Status.UNVERIFIED, "magenta"),
        ("Erreurs", Status.ERROR, "red"),
    )
    for title, _, _ in columns:
        table.add_column(title, justify="right")
    for chapter in chapters:
        counts = [chapter.count(status) for _, status, _ in columns]
        cells = [
            f"[{colour}]{count}[/]" if colour and count else str(count)
            for count, (_, _, colour) in zip(counts, columns, strict=True)
        ]
        total = len(chapter.results) or 1
        bar = ProgressBar(total=total, completed=counts[0], width=BAR)
        table.add_row(chapter.name, bar, *cells)
    return table


@click.group(short_help="Fabrique les notebooks du cours (enseignants).")
def course() -> None:
    """Les notebooks naissent dans course/ ; les étudiants n'y touchent pas."""


@course.command(short_help="Écrit les notebooks à partir de course/.")
@click.option("--check", "only_check", is_flag=True, help="Ne rien écrire ; échouer s'il le faut.")
def build(only_check: bool) -> None:
    """Fait de chaque source de course/ le notebook que les étudiants ouvrent.

    Avec --check : échoue si un notebook n'est plus à jour, si un marqueur de solution n'est pas
    fermé, si une solution subsiste, ou si un exercice n'a pas ses deux réponses fausses.
    """
    from lab.course import build as builder
    from lab.course.markers import BadMarker
    from lab.course.sources import BadSource, find
    from lab.errors import LabError
    from lab.settings import Paths

    root = Paths.find().root
    again = "./lab course build"
    sources = find(root)
    if not sources:
        raise LabError("Il n'y a pas de dossier course/ ici : c'est une branche d'étudiants.")
    try:
        faults = [fault for source in sources for fault in builder.verify(source)]
        late = builder.stale(root) if only_check else []
        faults += [f"{path.relative_to(root)}: stale" for path in late]
        if not only_check and not faults:
            builder.write(root)
    except (BadMarker, BadSource) as error:
        raise LabError(f"Le cours ne peut pas être fabriqué : {error}.", hint=again) from None
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise LabError(f"{len(faults)} défauts dans le cours.", hint=again)
    click.echo(f"{len(sources)} notebooks sont à jour.")


COMMANDS = (check, course)
