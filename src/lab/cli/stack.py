"""Commands that start, stop and show the services."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from lab import catalogue
from lab.errors import NotRunning

if TYPE_CHECKING:
    from lab.runtimes.base import Runtime
    from lab.services import Status
    from lab.settings import Paths

FIRST_CRAWL = ("gazette", "boutique")


@click.command(short_help="Démarre les services et remplit les bases une première fois.")
@click.option("--docker", is_flag=True, help="Avec Docker, au lieu du moteur local.")
@click.option("--only", multiple=True, metavar="SERVICE", help="Ce service seulement (répétable).")
@click.option("--no-crawl", is_flag=True, help="Sans la première récolte.")
@click.pass_obj
def up(engine: str | None, docker: bool, only: Sequence[str], no_crawl: bool) -> None:
    """Démarre les services, attend qu'ils répondent, lance une première récolte du web
    d'entraînement dans les quatre bases, et montre le résultat.

    Taper la commande deux fois ne change rien à ce qui tourne.
    """
    from lab import services
    from lab.cli import display
    from lab.settings import Paths
    from lab.sync import driver
    from lab.sync.git import Repository

    names = [name for value in only for name in value.split(",") if name] or [*catalogue.BY_NAME]
    catalogue.ordered(names)
    paths = Paths.find()
    runtime = services.runtime(paths, "docker" if docker else engine or "local")
    driver.configure(Repository(paths.root))
    with display.steps() as steps:
        rows = services.up(runtime, paths, names, steps.say, steps.health)
        lines = []
        if not no_crawl and {*catalogue.STORES, "practice"} <= set(names):
            lines = _first_crawl(runtime, paths, steps)
    for line in lines:
        display.screen().print(line)
    _show(runtime, paths, rows)
    for line in _moved(rows):
        click.echo(line)
    if "notebook" in names:
        click.echo(f"\nNotebook : {_notebook_link(runtime)}")
        click.echo("L'ouvrir : ./lab open      Tout arrêter : ./lab down")


def _moved(rows: Sequence[Status]) -> list[str]:
    """One line per service that could not have its usual port, with who holds that port."""
    from urllib.parse import urlsplit

    from lab.runtimes.local.ports import owner

    lines = []
    for row in rows:
        usual = catalogue.find(row.name).port
        if row.engine == "local" and (got := urlsplit(row.url).port) and got != usual:
            lines.append(f"Le port {usual} est pris par {owner(usual)} : {row.name} est sur {got}.")
    return lines


def _first_crawl(runtime: Runtime, paths: Paths, steps: Any) -> list[str]:
    """Fill the stores once: nothing when they hold documents already. Docker does it itself."""
    if runtime.name == "docker":
        return []
    from lab import crawls
    from lab.cli.display import crawl_line

    environment = crawls.prepare(runtime, paths)
    if not crawls.stores_are_empty():
        return []
    results = []
    for spider in FIRST_CRAWL:
        steps.say(f"première récolte : {spider}")
        results.append(crawls.crawl(paths, environment, spider, {}, 0, steps.crawl))
        if results[-1].reason == crawls.STOPPED:  # by Ctrl-C: the next one is not wanted either
            raise KeyboardInterrupt
    return [crawl_line(result) for result in results]


def _show(runtime: Runtime, paths: Paths, rows: Sequence[Status]) -> None:
    from lab.cli import display

    display.screen().print(display.services_table(rows, _contents(runtime, paths, rows)))


def _contents(runtime: Runtime, paths: Paths, rows: Sequence[Status]) -> dict[str, str]:
    """What each healthy store holds, in words; a store that fails meanwhile shows why."""
    from lab import crawls, inventory

    healthy = [r.name for r in rows if r.state == "healthy" and r.name in catalogue.STORES]
    if not healthy:
        return {}
    crawls.prepare(runtime, paths, bucket="s3" in healthy)
    contents = {}
    for name in healthy:
        try:
            contents[name] = f"{inventory.count(name):,} {inventory.UNITS[name]}".replace(",", " ")
        except Exception as error:  # the table must show, whatever a dying store raises
            contents[name] = f"illisible ({type(error).__name__})"
    return contents


@click.command(short_help="Arrête tout ; les données restent.")
@click.pass_obj
def down(engine: str | None) -> None:
    """Arrête tous les services de ce dossier. Les données restent."""
    from lab import services
    from lab.cli import display
    from lab.settings import Paths

    paths = Paths.find()
    names = [engine] if engine else services.ENGINES
    if not paths.home.exists() and engine != "docker":
        names = [name for name in names if name != "local"]
    with display.steps() as steps:
        for name in names:
            runtime = services.runtime(paths, name)
            if name == "local" or runtime.up():
                runtime.stop(steps.say)
    click.echo("Tout est arrêté. Les données sont gardées ; pour repartir : ./lab up")


@click.command(short_help="Montre l'état de chaque service.")
@click.option("--json", "as_json", is_flag=True, help="Sortie stable, pour un programme.")
@click.pass_obj
def status(engine: str | None, as_json: bool) -> None:
    """Montre l'état de chaque service, vérifié à l'instant.

    \b
    --json donne une liste de
    {"name", "state", "url", "engine", "product", "real"}
    state : healthy, starting, unhealthy, failed ou stopped.
    Code de sortie : 0 si tout ce qui est lancé répond, 3 si rien n'est lancé, 6 sinon.
    """
    from lab import services
    from lab.settings import Paths

    paths = Paths.find()
    runtime = services.detect(paths, engine)
    rows = services.status(runtime)
    if as_json:
        click.echo(json.dumps([row.as_dict() for row in rows], ensure_ascii=False, indent=1))
    else:
        _show(runtime, paths, rows)
    launched = [row for row in rows if row.state != "stopped"]
    if not launched:
        raise NotRunning("Aucun service n'est lancé.", hint="./lab up")
    if any(row.state != "healthy" for row in launched):
        raise click.exceptions.Exit(6)


@click.command(short_help='Variables du laboratoire : eval "$(./lab env)".')
@click.pass_obj
def env(engine: str | None) -> None:
    """Affiche les variables d'environnement du laboratoire, à évaluer dans un terminal.

    \b
    eval "$(./lab env)"
    python mon_programme.py

    Elles contiennent des mots de passe : ne les copiez pas dans un fichier suivi par git.
    """
    import shlex

    from lab import services
    from lab.settings import Paths

    paths = Paths.find()
    for key, value in services.environment(services.detect(paths, engine), paths).items():
        click.echo(f"export {key}={shlex.quote(value)}")


@click.command(short_help="Montre le journal d'un service.")
@click.argument("service")
@click.option("-f", "--follow", is_flag=True, help="Continue jusqu'à Ctrl-C.")
@click.option("-n", "--lines", default=50, show_default=True, help="Nombre de lignes.")
@click.pass_obj
def logs(engine: str | None, service: str, follow: bool, lines: int) -> None:
    """Montre les dernières lignes du journal d'un service."""
    from lab import services
    from lab.settings import Paths

    catalogue.find(service)
    runtime = services.detect(Paths.find(), engine)
    for line in runtime.logs(service, follow=follow, lines=lines):
        click.echo(line, nl=False)


@click.command("open", short_help="Ouvre le notebook, le web d'entraînement ou un bilan.")
@click.argument("what", type=click.Choice(["notebook", "practice", "bilan"]), default="notebook")
@click.pass_obj
def open_page(engine: str | None, what: str) -> None:
    """Ouvre dans le navigateur le notebook, le web d'entraînement (practice) ou le bilan de la
    dernière récolte (bilan), et affiche le lien."""
    from lab import services
    from lab.settings import Paths

    paths = Paths.find()
    if what == "bilan":
        from lab import crawls

        link = crawls.last_report(paths).as_uri()
    else:
        runtime = services.detect(paths, engine)
        link = _notebook_link(runtime) if what == "notebook" else _url(runtime, what)
    click.echo(link)
    import webbrowser

    try:
        webbrowser.get()
    except webbrowser.Error:  # a machine without a screen: the link is enough
        return
    click.launch(link)


def _url(runtime: Runtime, name: str) -> str:
    url = next(row.url for row in runtime.running() if row.name == name)
    if not url:
        raise NotRunning(f"Le service « {name} » n'est pas lancé.", hint="./lab up")
    return url


def _notebook_link(runtime: Runtime) -> str:
    return f"{_url(runtime, 'notebook')}?token={runtime.secrets().notebook_token}"


COMMANDS = (up, down, status, env, logs, open_page)
