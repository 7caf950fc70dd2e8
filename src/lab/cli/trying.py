"""`lab review --run`: projects are tried one after the other, then their pages have the logs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.review.model import Review
    from lab.review.reviewing import Context
    from lab.review.sources import Source
    from lab.review.trial.engine import Engine
    from lab.review.trial.stage import Setting
    from lab.settings import Paths


def engine() -> Engine:
    """Ask for the engine before anything is read. Raises EngineUnavailable."""
    from lab.review.trial.engine import Engine

    return Engine()


def run(
    todo: Sequence[Source],
    found: Sequence[Review],
    context: Context,
    paths: Paths,
    seconds: float,
    docker: Engine,
    html: Path | None,
) -> list[Review]:
    """Return the reviews with what their trials showed. Raises LabError."""
    from lab.cli import display
    from lab.errors import DiskProblem, EngineUnavailable
    from lab.review.trial import batch
    from lab.review.trial.engine import Stopped

    setting = _setting(context, paths, seconds, docker)
    try:
        with display.steps() as steps:
            tried = batch.run(
                todo,
                found,
                setting,
                paths.root,
                lambda what, count: steps.part(what, count, len(todo)),
            )
        if html:
            batch.copy_logs(tried, setting.home, html)
    except Stopped as stopped:
        raise EngineUnavailable(
            f"Rien n'a été lancé : {stopped}.", "docker compose build"
        ) from None
    except OSError as error:
        raise DiskProblem(
            f"Les journaux ne peuvent pas être écrits ({error.strerror}).", "df -h"
        ) from None
    finally:
        docker.close()
    return tried


def _setting(context: Context, paths: Paths, seconds: float, docker: Engine) -> Setting:
    from lab.review.trial.composing import PROXIES
    from lab.review.trial.stage import Setting

    return Setting(
        docker,
        paths.home / "review" / "essais",
        context.clones,
        seconds,
        context.offline,
        {name: os.environ[name] for name in PROXIES if os.environ.get(name)},
        context.upstream.oids,
    )
