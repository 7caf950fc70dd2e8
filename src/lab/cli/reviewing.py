"""The command that reviews projects: for a student before handing in, for a grader over a class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab.cli.classroom import of_a_class

if TYPE_CHECKING:
    from lab.review.grid import Grid, Mark
    from lab.review.model import Review
    from lab.review.reviewing import Context
    from lab.review.similarity.weighing import Resemblances
    from lab.review.sources import Source
    from lab.settings import Paths

ASIDE = Path("corrections.yml")


@click.command(short_help="Relit un projet avec la grille, ou toute une classe.")
@of_a_class("projet, membres", ", notes.csv et similarites.csv")
@click.option(
    "--grid",
    "grid_file",
    type=click.Path(path_type=Path),
    help="Autre grille que Evaluation/grille.yml.",
)
@click.option(
    "--corrections",
    "corrected",
    type=click.Path(path_type=Path),
    help="Vos décisions (par défaut : corrections.yml du dossier --html).",
)
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    help="Dépôt du cours (dossier), dont le code est écarté.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(1, 3600),
    default=60.0,
    show_default=True,
    help="Secondes accordées à chaque dépôt.",
)
@click.option("--run", "tried", is_flag=True, help="Lancer aussi chaque projet, dans Docker.")
@click.option(
    "--run-timeout",
    "run_seconds",
    type=click.FloatRange(10, 7200),
    default=600.0,
    show_default=True,
    help="Secondes accordées à chaque lancement.",
)
def review(
    addresses: Sequence[str],
    class_list: Path | None,
    html: Path | None,
    as_json: bool,
    as_csv: bool,
    offline: bool,
    grid_file: Path | None,
    corrected: Path | None,
    upstreams: Sequence[str],
    timeout: float,
    tried: bool,
    run_seconds: float,
) -> None:
    """Relit des projets sans rien exécuter : un niveau, ses preuves et un conseil par critère.

    \b
    ./lab review                                    votre dossier, avant de rendre
    ./lab review --class classe.csv --html bilan    toute une classe, une page par projet
    ./lab review https://…/fork.git --json          un dépôt, pour un programme
    Est lu le dernier commit. Ce que l'outil ne sait pas dire est « à trancher » : vos décisions
    vont dans corrections.yml, qu'il ne réécrit pas. --run lance ensuite chaque projet par son
    fichier compose, dans des conteneurs sans Internet ni accès à votre machine, puis retire tout.
    D'une classe, les projets qui se ressemblent sont montrés : à l'enseignant d'en juger.
    --json donne une liste de {"name", "address", "commit", "location", "verdicts": […], "mark",
        "notes", "similar": […], "fault", "trial"}
    """
    from lab.cli import marking, resembling, trying
    from lab.review import corrections, grid, sources
    from lab.review.criteria import CRITERIA
    from lab.settings import Paths

    paths = Paths.find()
    ruler = grid.read(grid_file or paths.root / grid.PLACE, CRITERIA)
    todo = sources.gather(addresses or (() if class_list else (".",)), class_list)
    decided_in = corrected or (html / ASIDE if html else ASIDE)
    names, known = [one.name for one in todo], [one.id for one in ruler.criteres]
    decided = corrections.read(decided_in, names, known)
    docker = trying.engine() if tried else None
    context = _context(paths, todo, upstreams, offline, timeout)
    found = _read_all(todo, context, paths.home / "review")
    if docker:
        found = trying.run(todo, found, context, paths, run_seconds, docker, html)
    rows = [(one, grid.mark(ruler, one, decided.get(one.name, {}))) for one in found]
    alike = resembling.look(ruler, found, context)
    if html:
        _write(html, ruler, rows, alike, decided_in, quiet=as_json or as_csv)
    marking.say(ruler, rows, alike, as_json=as_json, as_csv=as_csv)
    _complain([one for one in found if one.fault], len(found))


def _read_all(todo: Sequence[Source], context: Context, store: Path) -> list[Review]:
    from lab.cli import display
    from lab.review import batch

    with display.steps() as steps:
        steps.part("lecture des dépôts", 0, len(todo))
        return batch.run(
            todo,
            context,
            store / "results",
            lambda one, count: steps.part(one.name, count, len(todo)),
        )


def _complain(failed: Sequence[Review], total: int) -> None:
    from lab.errors import ReviewIncomplete

    if failed:
        raise ReviewIncomplete(
            f"Dépôts non lus : {len(failed)} sur {total} ; les autres l'ont été. "
            f"{failed[0].shown} : {failed[0].fault}",
            "corrigez l'adresse ou le dépôt, puis relancez la même commande",
        )


def _context(
    paths: Paths,
    todo: Sequence[Source],
    upstreams: Sequence[str],
    offline: bool,
    timeout: float,
) -> Context:
    from lab import settings
    from lab.errors import LabError
    from lab.review import upstream
    from lab.review.git import GitFailed, OutOfTime, soon
    from lab.review.reviewing import Context

    deadline = soon(120)
    chosen, reviewed = settings.load(paths), [one.address for one in todo]
    followed = upstream.Followed(chosen.lab_upstream, chosen.lab_upstream_branch)
    try:
        places = upstream.places(upstreams, paths.root, reviewed, deadline, followed)
        course = upstream.read(places, deadline)
    except (GitFailed, OutOfTime) as error:
        raise LabError(
            f"L'historique du cours ne peut pas être lu ({error or 'trop long'}).",
            "./lab review --upstream DOSSIER_DU_COURS …",
        ) from None
    store = paths.home / "review"
    traces = store / "code" if len(todo) > 1 else None
    return Context(course, store / "clones", offline, timeout, traces)


def _write(
    folder: Path,
    ruler: Grid,
    rows: Sequence[tuple[Review, Mark]],
    alike: Resemblances | None,
    decided_in: Path,
    quiet: bool,
) -> None:
    from lab.errors import DiskProblem
    from lab.review import corrections
    from lab.review.report import page

    try:
        written = page.write(folder, ruler, rows, alike)
        corrections.ensure(decided_in)
    except OSError as error:
        raise DiskProblem(
            f"Les pages ne peuvent pas être écrites dans {folder} ({error.strerror}).",
            "./lab review --html UN_AUTRE_DOSSIER …",
        ) from None
    if not quiet:
        click.echo(f"Pages écrites : {written} ; vos décisions : {decided_in}")


COMMANDS = (review,)
