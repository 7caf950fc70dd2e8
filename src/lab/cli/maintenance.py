"""Commands that look after the lab itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from lab.errors import EngineConflict, LabError

# More than cores: whole labs spend much of their time waiting. See tests/conftest.py.
WORKERS = ("-n", "3", "--dist", "loadscope", "--no-loadscope-reorder", "--durations=20")
MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}


@click.command(short_help="Cherche ce qui pourrait gêner, et dit comment le réparer.")
@click.option("--json", "as_json", is_flag=True, help="Sortie stable, pour un programme.")
def doctor(as_json: bool) -> None:
    """Cherche ce qui pourrait gêner le laboratoire sur cette machine : version de Python,
    disque, mémoire, ports pris et par qui, Docker… et dit comment le réparer.

    \b
    --json donne une liste de {"check", "level", "text", "fix"} ; level : ok, warning, error.
    Code de sortie : 1 s'il y a au moins une erreur.
    """
    from rich.markup import escape

    from lab import doctor as examiner
    from lab.cli.display import screen
    from lab.settings import Paths

    findings = list(examiner.examine(Paths.find()))
    if as_json:
        click.echo(json.dumps([f.as_dict() for f in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            screen().print(f"{MARKS[finding.level]} {finding.check} : {escape(finding.text)}")
            if finding.fix:
                screen().print(f"    → {escape(finding.fix)}", soft_wrap=True)
    if any(finding.level == "error" for finding in findings):
        raise click.exceptions.Exit(1)


@click.command(short_help="Efface les données (demande d'abord).")
@click.option("--yes", is_flag=True, help="Sans demander.")
@click.pass_obj
def reset(engine: str | None, yes: bool) -> None:
    """Efface les données des bases, les bilans, les journaux et les mots de passe de ce dossier.

    C'est la seule commande qui efface. Vos notebooks, vos programmes et .lab/workspace restent.
    """
    from lab import services
    from lab.cli import display
    from lab.settings import Paths

    paths = Paths.find()
    runtime = services.detect(paths, engine)
    if runtime.up():
        raise EngineConflict("Arrêtez d'abord le laboratoire.", hint="./lab down")
    where = "les volumes Docker de ce dossier" if runtime.name == "docker" else str(paths.home)
    click.echo(f"Seront effacés, dans {where} :")
    click.echo("  - les données de MongoDB, Redis, Elasticsearch et S3 ;")
    click.echo("  - les fiches en attente, les bilans, les journaux et les mots de passe.")
    click.echo("Vos notebooks et vos programmes ne sont pas touchés.")
    if not yes and not _confirmed():
        click.echo("Rien n'a été effacé.")
        return
    with display.steps() as steps:
        runtime.erase(steps.say)
    click.echo("C'est effacé. Pour repartir : ./lab up")


def _confirmed() -> bool:
    try:
        answer: str = click.prompt("Tapez « oui » pour effacer", default="non")
    except click.Abort:  # no terminal to answer from
        raise LabError("Personne n'a répondu.", hint="./lab reset --yes") from None
    return answer.strip().lower() in ("oui", "o")


@click.command(
    short_help="Lance toutes les vérifications du laboratoire.",
    context_settings={"ignore_unknown_options": True},
)
@click.option("--long", "long_run", is_flag=True, help="Avec les campagnes longues.")
@click.option("--no-lint", is_flag=True, help="Les tests seulement.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(long_run: bool, no_lint: bool, pytest_arguments: Sequence[str]) -> None:
    """Installe ce que demandent les tests, vérifie le code, puis lance toute la suite.

    \b
    ./lab test                      tout (moins de 25 minutes)
    ./lab test --long               avec les campagnes longues
    ./lab test tests/test_settings.py -k secrets
    """
    from lab.settings import Paths

    root = Paths.find().root
    _run([sys.executable, str(root / "src/lab/bootstrap.py"), str(root), "--dev"], root)
    if not no_lint:
        for title, words in _linters(root):
            click.secho(f"── {title}", bold=True)
            _run(words, root)
    given = list(pytest_arguments)
    marks = [] if long_run or "-m" in given else ["-m", "not long"]
    # The long campaigns load the machine by themselves; a chosen test is read as it runs.
    workers = [] if long_run or given else WORKERS
    click.secho("── pytest", bold=True)
    _run([sys.executable, "-m", "pytest", *marks, *workers, *given], root)


def _linters(root: Path) -> list[tuple[str, list[str]]]:
    """The fast checks first: (title, command)."""
    programs = Path(sys.executable).parent
    return [
        ("ruff", [str(programs / "ruff"), "check", "."]),
        ("ruff format", [str(programs / "ruff"), "format", "--check", "."]),
        ("import-linter", [str(programs / "lint-imports"), "--no-logo"]),
        ("hadolint", [str(programs / "hadolint"), "--failure-threshold", "error", "Dockerfile"]),
        ("docker compose config", [str(programs / "docker-compose"), "config", "-q"]),
        ("mypy", [str(programs / "mypy")]),
    ]


def _run(command: Sequence[str], root: Path) -> None:
    done = subprocess.run(command, cwd=root, check=False)
    if done.returncode:
        raise click.exceptions.Exit(done.returncode)


@click.command(short_help="Renouvelle Pipfile.lock et requirements.txt (mainteneurs).")
def lock() -> None:
    """Renouvelle Pipfile.lock, sans aucune adresse d'index, et exporte requirements.txt."""
    from lab import lockfile
    from lab.cli import display
    from lab.settings import Paths

    with display.steps() as steps:
        steps.say("résolution des versions par pipenv")
        lockfile.renew(Paths.find().root)
    click.echo("Pipfile.lock et requirements.txt sont renouvelés. Pour installer : ./lab up")


@click.command("verify-images", short_help="Vérifie la pile Docker officielle (mainteneurs).")
def verify_images() -> None:
    """Télécharge les images officielles, lance la pile, et lit les quatre bases avec les clients
    ordinaires (tests/clients). À faire avant une version, sur une machine reliée au réseau.
    """
    from lab import services
    from lab.runtimes.compose import compose_command
    from lab.settings import Paths

    paths = Paths.find()
    compose = compose_command()
    profiles = ["--profile", "kibana", "--profile", "mongo-express"]
    _run([*compose, *profiles, "pull", "--ignore-buildable"], paths.root)
    _run([*compose, *profiles, "up", "-d", "--build", "--wait"], paths.root)
    runtime = services.runtime(paths, "docker")
    environment = {**os.environ, **services.environment(runtime, paths)}
    for script in sorted((paths.root / "tests" / "clients").glob("*_client.py")):
        click.secho(f"── {script.name}", bold=True)
        done = subprocess.run(
            [sys.executable, str(script)], cwd=paths.root, env=environment, check=False
        )
        if done.returncode:
            raise LabError(f"{script.name} n'a rien pu lire.", hint="docker compose ps -a")
    click.echo("Les images officielles conviennent. Pour arrêter : docker compose down")


COMMANDS = (doctor, reset, test, lock, verify_images)
