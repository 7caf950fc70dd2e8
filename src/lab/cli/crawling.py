"""Commands that crawl and re-store."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from lab.errors import CrawlFailed, LabError, StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from lab.scraping.runner import CrawlResult
    from lab.settings import Paths


def _pairs(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for value in values:
        key, sign, text = value.partition("=")
        if not sign or not key:
            raise click.BadParameter(f"« {value} » n'est pas de la forme clé=valeur.")
        pairs[key] = text
    return pairs


def _settings(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> dict[str, str]:
    pairs = _pairs(context, parameter, values)
    for name in pairs:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
            raise click.BadParameter(f"« {name} » n'est pas un réglage de Scrapy.")
    return pairs


@click.command(short_help="Lance un spider et range ce qu'il trouve dans les quatre bases.")
@click.argument("spider", required=False)
@click.option(
    "-a",
    "arguments",
    multiple=True,
    metavar="CLÉ=VALEUR",
    callback=_pairs,
    help="Argument du spider, par exemple -a rubrique=sport (répétable).",
)
@click.option(
    "-s",
    "options",
    multiple=True,
    metavar="NOM=VALEUR",
    callback=_settings,
    help="Réglage de Scrapy, par exemple -s LOG_LEVEL=DEBUG (répétable).",
)
@click.option("--pages", type=click.IntRange(min=1), help="Nombre de pages au plus.")
@click.option(
    "--workers",
    type=click.IntRange(min=1, max=64),
    default=1,
    metavar="N",
    help="Nombre de processus qui se partagent la récolte.",
)
@click.option("--strict", is_flag=True, help="Un avertissement donne le code de sortie 1.")
@click.option("--list", "listing", is_flag=True, help="Montre les spiders du projet.")
@click.option("--replay", is_flag=True, help="Range ce qu'une base en panne avait refusé.")
@click.option("--json", "as_json", is_flag=True, help="Sortie stable, pour un programme.")
@click.pass_obj
def crawl(
    engine: str | None,
    spider: str | None,
    arguments: dict[str, str],
    options: dict[str, str],
    pages: int | None,
    workers: int,
    strict: bool,
    listing: bool,
    replay: bool,
    as_json: bool,
) -> None:
    """Lance un spider du projet Scrapy/newscrawler : gazette, boutique, ou le vôtre.

    \b
    ./lab crawl --list                        les spiders, et ce que chacun montre
    ./lab crawl gazette -a rubrique=sport     une seule rubrique
    ./lab crawl gazette --workers 2           à deux processus

    À la fin, un bilan (une page HTML) reste dans .lab/reports/ et dans le bucket :
    ./lab open bilan. Un champ qui n'est plus rempli y est signalé, et sur le terminal.

    \b
    --json donne {"spider", "pages", "items", "seconds",
                  "stored": {"mongo", "elasticsearch", "redis", "s3"}, "errors"}
    stored : fiches de cette récolte confirmées dans chaque base.
    """
    from lab import crawls, services
    from lab.settings import Paths

    if (spider is not None) + replay + listing != 1:
        raise click.UsageError(
            "Donnez le nom d'un spider, ou --replay, ou --list, mais pas les deux."
        )
    paths = Paths.find()
    if listing:
        _list(paths, as_json)
        return
    environment = crawls.prepare(services.detect(paths, engine), paths, bucket=False)
    if replay:
        _replay(as_json)
        return
    asked = (str(spider), arguments, pages or 0, workers, options)
    result = _crawl(paths, environment, asked, as_json)
    _tell(result, as_json)
    if result.reason == crawls.STOPPED:
        raise KeyboardInterrupt
    if strict and result.alerts:
        raise LabError(
            "La récolte est finie, mais avec ce qui est signalé ci-dessus (--strict).",
            "./lab open bilan",
        )


def _crawl(
    paths: Paths,
    environment: dict[str, str],
    asked: tuple[str, dict[str, str], int, int, dict[str, str]],
    as_json: bool,
) -> CrawlResult:
    """Run the crawl under its board; what is known is printed even when it fails."""
    from lab import crawls
    from lab.cli import live

    spider, arguments, pages, workers, options = asked
    try:
        with live.crawling(spider, pages, workers) as update:
            return crawls.crawl(
                paths,
                environment,
                spider,
                arguments,
                pages,
                update,
                workers=workers,
                options=options,
            )
    except (CrawlFailed, StoreUnavailable) as error:
        partial, report = getattr(error, "result", None), getattr(error, "report", None)
        if partial is not None and as_json:
            click.echo(json.dumps(partial.as_dict(), ensure_ascii=False))
        if report is not None:
            click.echo(f"Bilan : {_near(report)}", err=True)
        raise


def _tell(result: CrawlResult, as_json: bool) -> None:
    """Print the result; warnings, and the report's place when a program reads, go aside."""
    from lab.cli import display

    for text in result.alerts:
        click.secho(f"Attention, {text}", err=True, fg="yellow")
    if as_json:
        click.echo(json.dumps(result.as_dict(), ensure_ascii=False))
    else:
        display.screen().print(display.crawl_line(result))
    if result.report is not None:
        click.echo(f"Bilan : {_near(result.report)}", err=as_json)
    elif result.report_url:
        click.echo(f"Bilan : {result.report_url}", err=as_json)


def _near(path: Path) -> str:
    """The path as it can be typed from here, when that is shorter."""
    from pathlib import Path as _Path

    here = _Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _list(paths: Paths, as_json: bool) -> None:
    """Print the spiders of the project."""
    import os
    from dataclasses import asdict

    from lab import crawls
    from lab.cli import display

    cards = crawls.spiders(paths, dict(os.environ))
    if as_json:
        click.echo(json.dumps([asdict(card) for card in cards], ensure_ascii=False, indent=1))
    else:
        display.screen().print(display.spiders_table(cards))


def _replay(as_json: bool) -> None:
    import os

    from lab import crawls
    from lab.cli import display
    from lab.settings import Paths

    with display.steps() as steps:
        steps.say("rangement de ce qui attendait")
        result = crawls.replay(Paths.find(), dict(os.environ))
    if as_json:
        click.echo(json.dumps(result.as_dict(), ensure_ascii=False))
    elif not result.stored and not result.remain:
        click.echo("Rien n'attendait : toutes les fiches sont déjà rangées.")
    else:
        for store, count in result.stored.items():
            click.echo(f"{store} : {count} fiches rangées.")
    if result.remain:
        reasons = "; ".join(sorted(set(result.reasons.values())))
        raise StoreUnavailable(
            f"{sum(result.remain.values())} fiches restent à ranger ({reasons}).",
            hint="./lab status",
        )


@click.command(short_help="Reconstruit Elasticsearch à partir de MongoDB.")
@click.option("--json", "as_json", is_flag=True, help="Sortie stable, pour un programme.")
@click.pass_obj
def reindex(engine: str | None, as_json: bool) -> None:
    """Reconstruit les index d'Elasticsearch à partir de MongoDB, qui fait référence.

    \b
    --json donne {"articles": nombre, "products": nombre}
    """
    from lab import crawls, services
    from lab.cli import display
    from lab.settings import Paths

    paths = Paths.find()
    environment = crawls.prepare(services.detect(paths, engine), paths, bucket=False)
    with display.steps() as steps:
        done = crawls.reindex(
            environment, lambda name, count, total: steps.say(f"{name} : {count} sur {total}")
        )
    if as_json:
        click.echo(json.dumps(done, ensure_ascii=False))
    else:
        for name, count in done.items():
            click.echo(f"{name} : {count} documents indexés.")


COMMANDS = (crawl, reindex)
