"""Commands that crawl and re-store."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from lab.errors import CrawlFailed, StoreUnavailable


def _pairs(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for value in values:
        key, sign, text = value.partition("=")
        if not sign or not key:
            raise click.BadParameter(f"« {value} » n'est pas de la forme clé=valeur.")
        pairs[key] = text
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
@click.option("--pages", type=click.IntRange(min=1), help="Nombre de pages au plus.")
@click.option("--replay", is_flag=True, help="Range ce qu'une base en panne avait refusé.")
@click.option("--json", "as_json", is_flag=True, help="Sortie stable, pour un programme.")
@click.pass_obj
def crawl(
    engine: str | None,
    spider: str | None,
    arguments: dict[str, str],
    pages: int | None,
    replay: bool,
    as_json: bool,
) -> None:
    """Lance un spider du projet Scrapy/newscrawler : gazette, boutique, ou le vôtre.

    \b
    --json donne {"spider", "pages", "items", "seconds",
                  "stored": {"mongo", "elasticsearch", "redis", "s3"}, "errors"}
    stored : fiches de cette récolte confirmées dans chaque base.
    """
    from lab import crawls, services
    from lab.cli import display
    from lab.settings import Paths

    if (spider is None) is not replay:
        raise click.UsageError("Donnez le nom d'un spider, ou --replay, mais pas les deux.")
    paths = Paths.find()
    environment = crawls.prepare(services.detect(paths, engine), paths, bucket=False)
    if replay:
        _replay(as_json)
        return
    with display.steps() as steps:
        steps.say(f"récolte {spider}")
        try:
            result = crawls.crawl(
                paths, environment, str(spider), arguments, pages or 0, steps.crawl
            )
        except (CrawlFailed, StoreUnavailable) as error:
            partial = getattr(error, "result", None)
            if partial is not None and as_json:
                click.echo(json.dumps(partial.as_dict(), ensure_ascii=False))
            raise
    if as_json:
        click.echo(json.dumps(result.as_dict(), ensure_ascii=False))
    else:
        display.screen().print(display.crawl_line(result))
    if result.reason == crawls.STOPPED:
        raise KeyboardInterrupt


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
