"""The command that publishes the students' branch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from lab.release.publish import Release
    from lab.release.rehearsal import Outcome


@click.command(short_help="Publie la branche des étudiants.")
@click.option("--version", default="", metavar="X.Y.Z", help="Sinon, celle de src/lab/__init__.py.")
@click.option("--branch", default="master", show_default=True, help="La branche des étudiants.")
@click.option("--dry-run", is_flag=True, help="Tout vérifier et tout montrer, ne rien publier.")
@click.option("--push", "remote", default="", metavar="REMOTE", help="Envoyer aussi à ce dépôt.")
def release(version: str, branch: str, dry_run: bool, remote: str) -> None:
    """Fait du commit présent une version pour les étudiants : sans course/, sans solutions, sans
    la partie du corrigé que seuls les tests lisent.

    \b
    ./lab course release --dry-run                           vérifier et voir
    ./lab course release --version 1.2.0 --push origin       publier
    Refuse ce qui ferait perdre une ligne à un étudiant : la mise à jour est d'abord essayée, par
    lab sync et par git pull, sur des copies simulées de la version précédente.
    """
    from lab.cli import display
    from lab.release import publish, rehearsal
    from lab.settings import Paths
    from lab.sync.git import Repository

    repository = Repository(Paths.find().root)
    with display.steps() as steps:
        steps.say("vérification du cours et recherche des solutions")
        planned = publish.prepare(repository, version, branch, remote)
        made = publish.commit(repository, planned)
        before = planned.previous
        found = rehearsal.rehearse(repository, before, made, steps.say) if before else []
    _show(planned, found)
    _refuse(found)
    if dry_run:
        click.echo("Rien n'a été publié. Pour le faire : la même commande sans --dry-run")
        return
    publish.publish(repository, planned, made, remote)
    click.echo(f"{planned.tag} est sur la branche {branch}.")
    if not remote:
        click.echo(f"Pour l'envoyer : git push --atomic origin {branch} {planned.tag}")


def _show(planned: Release, found: Sequence[Outcome]) -> None:
    from lab.cli.display import screen

    after = f", après {planned.previous[:12]}" if planned.previous else ", la première"
    click.secho(f"Version {planned.version} (branche {planned.branch}{after})", bold=True)
    if planned.news:
        click.echo(f"{planned.news}\n")
    if found:
        screen().print(_table(found))


def _table(found: Sequence[Outcome]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    ways = list(dict.fromkeys(one.way for one in found))
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Copie d'étudiant", *ways):
        table.add_column(title)
    for fork in dict.fromkeys(one.fork for one in found):
        cells = [
            f"[red]✗ {escape(one.faults[0])}[/]" if one.faults else f"[green]✓[/] {one.result}"
            for one in found
            if one.fork == fork
        ]
        table.add_row(fork, *cells)
    return table


def _refuse(found: Sequence[Outcome]) -> None:
    """Raise LabError when a copy would lose something."""
    from lab.errors import LabError

    bad = [one for one in found if one.faults]
    if not bad:
        return
    for one in bad:
        for fault in one.faults:
            click.secho(f"{one.fork}, {one.way} : {fault}", err=True, fg="red")
    raise LabError(
        f"Cette version abîmerait {len({one.fork for one in bad})} copies d'étudiants : "
        "rien n'est publié. Réparez ces fichiers, ou publiez-les sous un autre nom.",
        hint="./lab course release --dry-run",
    )
