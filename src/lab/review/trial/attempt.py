"""Try one project: clone, refuse or rewrite, build, start, look, keep the logs, remove all."""

from __future__ import annotations

import shutil
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from lab.review import fetching
from lab.review.git import GitFailed, OutOfTime, Repository
from lab.review.model import Review, quote
from lab.review.outcome import Ran, Trial
from lab.review.sources import Source
from lab.review.trial import clean, composing, engine, logs, looking, rules, safe, settling
from lab.review.trial.engine import Stopped
from lab.review.trial.stage import BUILD_LOG, IMAGE, Running, Say, Setting

MOST_DISK = 12 * 2**30  # bytes: pulled and built images, volumes, logs


def attempt(source: Source, review: Review, setting: Setting, kept: Path, say: Say) -> Trial:
    """Return what came out of it; nothing of it is left, whatever happened."""
    begun = time.monotonic()
    project = f"lab-essai-{uuid.uuid4().hex[:12]}"
    place = setting.home / project
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    place.mkdir(parents=True)
    result = Trial("impossible", "l'essai s'est arrêté net")
    run = Running(setting, project, place, kept, begun + setting.seconds, say)
    try:
        with engine.guarded(setting.engine, MOST_DISK) as run.halt:
            result = _whole(source, review, run)
    except (Stopped, OutOfTime) as stopped:
        why = str(stopped) or "le temps accordé (--run-timeout) est écoulé"
        result = Trial("stopped", f"L'essai a été arrêté : {why}.", services=_last_look(run))
    except (fetching.CannotFetch, GitFailed, clean.TooBig, OSError) as error:
        result = Trial("impossible", f"L'essai n'a pas pu se faire : {quote(str(error))}.")
    except Exception as error:  # one bad project never costs the batch
        said = quote(f"{type(error).__name__} : {error}")
        result = Trial("impossible", f"L'essai n'a pas pu se faire ({said}).")
    finally:
        with engine.unhurried():
            say("rangement")
            _tidy(run)
    names = tuple(sorted(path.name for path in kept.iterdir() if path.stat().st_size))
    seconds = round(time.monotonic() - begun, 1)
    return replace(
        result, commit=review.commit, notes=tuple(run.notes), logs=names, seconds=seconds
    )


def _last_look(run: Running) -> tuple[Ran, ...]:
    """The logs of a trial that was stopped, while its containers are still there."""
    try:
        return tuple(looking.services(run))
    except Exception:  # the engine may be what is wrong
        return ()


def _tidy(run: Running) -> None:
    """Remove everything; a second time when the engine was too busy."""
    left: list[str] = []
    for _ in range(2):
        try:
            left = run.setting.engine.remove(run.project)
        except Exception as error:
            left = [quote(f"{type(error).__name__} : {error}")]
        if not left:
            break
    run.notes += [f"n'a pas pu être retiré : {one}" for one in left]
    settling.erase(run.setting.engine, run.place, IMAGE)


def _whole(source: Source, review: Review, run: Running) -> Trial:
    run.say("clone")
    root = run.place / "depot"
    root.mkdir()
    with (
        fetching.fetched(source, run.setting.clones, run.setting.offline, run.deadline) as fetched,
        Repository(fetched.git_dir, run.deadline) as repository,
    ):
        run.notes += clean.write(repository, review.commit, root)
        folder = review.location.folder if review.location else ""
        file = composing.find(root, folder)
        if (
            file is not None
            and _oid(repository, review.commit, file, root) in run.setting.inherited
        ):
            file = None
    if file is None:
        return Trial("absent", "Le projet n'a pas de fichier compose à lancer.")
    shown = str(file.relative_to(root))
    try:
        reading = composing.read(root, file)
        if reading.refusals:
            return _refused(shown, reading.refusals)
        run.notes += reading.notes
        command = run.setting.engine.command
        run.model = composing.resolve(command, file, file.parent, run.left)
    except composing.Unreadable as error:
        return Trial("unreadable", f"Compose n'accepte pas ce fichier : {error}.", compose=shown)
    refusals = rules.broken(run.model, root, reading.lines)
    if refusals:
        return _refused(shown, refusals)
    return replace(_started(run, root), compose=shown)


def _oid(repository: Repository, commit: str, file: Path, root: Path) -> str:
    path = file.relative_to(root).as_posix()
    return repository.git("rev-parse", f"{commit}:{path}").decode().strip()


def _refused(shown: str, refusals: list[Any]) -> Trial:
    count = len(refusals)
    said = f"Rien n'a été lancé : {count} demande{'s' * (count > 1)} refusée{'s' * (count > 1)}."
    return Trial("refused", said, compose=shown, refusals=tuple(refusals))


def _started(run: Running, root: Path) -> Trial:
    labels = {safe.LABEL: run.project, engine.OWNER: engine.owner()}
    terms = safe.Terms(run.project, root, run.place / "binds", IMAGE, labels, run.setting.proxies)
    run.made = made = safe.rewrite(run.model, terms)
    run.notes += made.notes
    text = yaml.safe_dump(made.model, allow_unicode=True, sort_keys=False)
    (run.place / "compose.yml").write_text(text, encoding="utf-8")
    run.say("construction des images")
    built = [name for name, one in made.model["services"].items() if one.get("build")]
    if built and run.compose("build", *built, log=BUILD_LOG):
        return _unbuilt(run.tail(BUILD_LOG), made)
    return looking.look(run, made)


def _unbuilt(log: str, made: safe.Safe) -> Trial:
    """A build that failed; when it asked an address in vain, that is not the project's doing."""
    if host := logs.lacks_internet(log, settling.own_names(made.model["services"])):
        return Trial("stopped", f"La construction n'a pas pu joindre {host} : réessayez.")
    return Trial(
        "unbuilt", f"La construction a échoué : {logs.last_words(log) or 'sans rien dire'}."
    )
