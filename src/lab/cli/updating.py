"""The command that brings the course's updates in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lab.sync.update import Update


@click.command(short_help="Reçoit les mises à jour du cours, sans rien perdre de votre travail.")
@click.option("--dry-run", is_flag=True, help="Dire ce qui arriverait, sans toucher à rien.")
@click.option("--undo", is_flag=True, help="Revenir à l'état d'avant la dernière mise à jour.")
@click.option("--json", "as_json", is_flag=True, help="Sortie stable, pour un programme.")
def sync(dry_run: bool, undo: bool, as_json: bool) -> None:
    """Va chercher les nouveautés du cours et les réunit à votre travail, qui gagne toujours.

    \b
    ./lab sync --dry-run     voir d'abord
    ./lab sync               le faire : un repère est posé avant
    ./lab sync --undo        revenir en arrière
    Le dépôt du cours est le remote « basestream », branche « master » ; LAB_UPSTREAM et
    LAB_UPSTREAM_BRANCH (dans .env) en désignent un autre.
    --json donne {"current", "upstream", "tag", "changes": [{"path", "what", "origin",
        "beside", "detail"}]}
    """
    from lab import settings
    from lab.sync import act, driver, update
    from lab.sync.git import Repository
    from lab.sync.history import Source

    if undo and dry_run:
        raise click.UsageError("Choisissez --dry-run ou --undo, pas les deux.")
    paths = settings.Paths.find()
    repository = Repository(paths.root)
    if undo:
        last = act.undo(repository)
        if as_json:
            click.echo(json.dumps({"undone": last.tag}))
        else:
            click.echo("Tout est comme avant la mise à jour.")
            if repository.ask("branch", "--remotes", "--contains", last.result):
                click.echo("Elle est publiée : votre prochain git pull la ramènera.")
        return
    chosen = settings.load(paths)
    planned = update.prepare(repository, Source(chosen.lab_upstream, chosen.lab_upstream_branch))
    tag = "" if dry_run or planned.current else act.act(repository, planned)
    if tag:
        driver.configure(repository)
    if as_json:
        click.echo(json.dumps(_as_dict(planned, tag), ensure_ascii=True))
    else:
        _show(planned, tag)


def _as_dict(planned: Update, tag: str) -> dict[str, object]:
    return {
        "current": planned.current,
        "upstream": planned.upstream,
        "tag": tag,
        "changes": [change.as_dict() for change in planned.changes],
    }


def _show(planned: Update, tag: str) -> None:
    from lab.sync.report import by_kind

    if planned.current:
        click.echo("Vous êtes à jour : le cours n'a rien de nouveau.")
        return
    if planned.rewritten:
        click.echo("Le cours a réécrit son histoire ; vos modifications sont reportées dessus.")
    if planned.dirty:
        will = "est" if tag else "serait"
        click.echo(f"Votre travail en cours {will} d'abord enregistré (commit à votre nom).")
    for title, changes in by_kind(planned.changes):
        click.secho(f"{title} : {len(changes)}", bold=True)
        for change in changes:
            click.echo(f"  {_printable(str(change))}")
    if not planned.changes:
        click.echo("Vos fichiers ne changent pas.")
    if tag:
        click.echo(f"C'est fait. L'état d'avant : {tag} ; pour y revenir : ./lab sync --undo")
        click.echo("Rechargez les notebooks ouverts dans JupyterLab (Fichier, Recharger).")
    else:
        click.echo("Rien n'a été touché. Pour le faire : ./lab sync")


def _printable(text: str) -> str:
    """A name of file may hold bytes that no terminal can show."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


COMMANDS = (sync,)
