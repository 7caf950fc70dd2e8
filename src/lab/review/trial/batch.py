"""Try projects one after the other: two cores hold one stack; what was tried is kept.

A trial is kept with the commit and the code that made it, as reviews are; one that was stopped, or
that could not be made, is made again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

from lab.review.model import Review
from lab.review.outcome import Trial
from lab.review.sources import Source
from lab.review.trial import settling, weighing
from lab.review.trial.attempt import attempt
from lab.review.trial.engine import interruptible
from lab.review.trial.stage import IMAGE, Setting

_FINAL = ("ran", "refused", "unreadable", "absent")
LOGS = "journaux"


def run(
    sources: Sequence[Source],
    reviews: Sequence[Review],
    setting: Setting,
    root: Path,
    say: Callable[[str, int], None],
) -> list[Review]:
    """Return the reviews with their trials. `root`: the lab whose image helps; raises Stopped."""
    found = []
    setting.home.mkdir(parents=True, exist_ok=True)
    with interruptible():
        for project in setting.engine.sweep():  # of a power cut, a kill -9
            settling.erase(setting.engine, setting.home / project, IMAGE)
        say("image du laboratoire", 0)
        setting.engine.ensure_image(IMAGE, root)
        for count, (source, review) in enumerate(zip(sources, reviews, strict=True)):
            told = partial(_told, say, source.name, count)
            found.append(_one(source, review, setting, told))
    return found


def _told(say: Callable[[str, int], None], name: str, count: int, what: str) -> None:
    say(f"{name} : {what}", count)


def _one(source: Source, review: Review, setting: Setting, say: Callable[[str], None]) -> Review:
    if review.fault or not review.commit:
        return review
    kept = setting.home / source.name
    trial = _kept(kept, _key(source, review, setting))
    if trial is None:
        trial = attempt(source, review, setting, kept / LOGS, say)
        data = {"key": _key(source, review, setting), "trial": asdict(trial)}
        (kept / "essai.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return weighing.weigh(review, trial)


def _kept(folder: Path, key: str) -> Trial | None:
    try:
        data: Mapping[str, object] = json.loads((folder / "essai.json").read_text(encoding="utf-8"))
        trial = Trial.from_dict(data["trial"])  # type: ignore[arg-type]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return trial if data.get("key") == key and trial.state in _FINAL else None


def _key(source: Source, review: Review, setting: Setting) -> str:
    folder = review.location.folder if review.location else ""
    return "|".join((source.address, review.commit, folder, f"{setting.seconds:g}", _code()))


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def copy_logs(reviews: Sequence[Review], home: Path, folder: Path) -> None:
    """Put the logs beside the pages of the report."""
    for review in reviews:
        if review.trial and review.trial.logs:
            target = folder / f"{review.name}-{LOGS}"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(home / review.name / LOGS, target)
