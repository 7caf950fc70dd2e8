"""Grade one student, from an address to results."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.exercises.result import Status
from lab.grading import cage, checkout, limits, sandbox, template
from lab.grading.model import Answer, Grade, Played, blank
from lab.grading.sandbox import Places
from lab.review import fetching
from lab.review.git import GitFailed, OutOfTime, Repository, soon
from lab.review.sources import Source

FETCH = 300.0  # seconds to bring a repository
CHECK = 60.0  # seconds for one check
START = 300.0  # seconds that servers and judge may take to start


@dataclass(frozen=True)
class Context:
    """What every grading of a batch shares; `timeout` in seconds per notebook, `memory` in MiB."""

    root: Path
    folder: Path
    template: Path
    package: Path
    chapters: tuple[str, ...]
    timeout: float
    memory: int
    offline: bool
    code: str  # digest of this package

    def key(self, source: Source, tree: str) -> str:
        """What a result depends on."""
        limits = f"{self.timeout:g}|{self.memory}|{','.join(self.chapters)}"
        people = ",".join(source.members)
        return "|".join((source.address, people, tree, limits, self.code, self.template.name))


def grade(
    source: Source, context: Context, kept: Callable[[str], Grade | None]
) -> tuple[Grade, str]:
    """Return the grade and its key; whatever is wrong with the repository is its `fault`.

    `kept` gives the grade of an earlier run when nothing moved.
    """
    begun = time.monotonic()
    found = Grade(source.name, source.address, source.members, chapters=context.chapters)
    key = ""
    try:
        deadline = soon(FETCH)
        with (
            fetching.fetched(source, context.folder / "clones", context.offline, deadline) as got,
            Repository(got.git_dir, deadline) as repository,
        ):
            found.commit = repository.head()
            if not found.commit:
                found.fault = "Ce dépôt est vide."
                return found, ""
            tree = repository.git("rev-parse", f"{found.commit}^{{tree}}").decode().strip()
            key = context.key(source, tree)
            if (again := kept(key)) is not None:
                again.commit = found.commit
                return again, key
            with _places(context, source) as places:
                found.notes = checkout.extract(repository, found.commit, places.work)
                if got.pending:
                    found.notes.append(
                        f"{got.pending} fichiers modifiés ne sont pas dans un commit"
                    )
                _play(found, places, context)
    except fetching.CannotFetch as error:
        found.fault = f"Ce dépôt n'a pas été lu : {error}."
    except OutOfTime:
        found.fault = f"La lecture de ce dépôt a dépassé {FETCH:.0f} s."
    except GitFailed as error:
        found.fault = f"Ce dépôt est abîmé, git dit : {error}."
    found.seconds = round(time.monotonic() - begun, 1)
    return found, key


@contextlib.contextmanager
def _places(context: Context, source: Source) -> Iterator[Places]:
    (context.folder / "run").mkdir(exist_ok=True)
    # A new folder each time: an earlier run may have left what it made impossible to remove.
    places = Places(Path(tempfile.mkdtemp(prefix=f"{source.name}-", dir=context.folder / "run")))
    places.ensure()
    try:
        yield places
    finally:
        _remove(places.root)


def _remove(folder: Path) -> None:
    """Remove a folder that a student's code wrote in, closed sub-folders included."""
    for name, folders, _ in os.walk(folder):
        for one in folders:
            with contextlib.suppress(OSError):
                if not (path := Path(name, one)).is_symlink():
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _play(found: Grade, places: Places, context: Context) -> None:
    answers = {one.exercise: one for one in blank(context.chapters)}
    found.answers = list(answers.values())
    todo = checkout.notebooks(places.work, context.root, context.chapters)
    found.notebooks = [Played(one.path, same=one.same) for one in todo]
    if not todo:
        found.notes.append("aucun notebook du cours dans ce dépôt")
    changed = [one.path for one in todo if not one.same]
    if not changed:
        return
    template.copy(context.template, places)
    for event in _house(places, changed, context):
        _note(event, answers, found)
    _missed(found, answers, context)


def _house(places: Places, notebooks: list[str], context: Context) -> Iterator[dict[str, Any]]:
    """Run the house behind the outer wall, and give its events until it ends."""
    with cage.cage(limits.TASKS + 64) as group:
        yield from _ordered(places, notebooks, context, group)


def _ordered(
    places: Places, notebooks: list[str], context: Context, group: Path | None
) -> Iterator[dict[str, Any]]:
    orders = {
        "group": str(group or ""),
        "places": str(places.root),
        "root": str(context.root),
        "package": str(context.package),
        "notebooks": notebooks,
        "timeout": context.timeout,
        "memory": context.memory,
        "services": True,
        "check": CHECK,
    }
    words = [*sandbox.outside(places.root, group), sys.executable, "-m", "lab.grading.house"]
    with (places.root / "house.log").open("wb") as log:
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "PYTHONPATH": str(sandbox.SOURCE), "PYTHONSAFEPATH": "1"},
        )
    longest = START + len(notebooks) * (context.timeout + 30)
    watch = threading.Timer(longest, process.kill)  # the house is late: it hangs
    watch.start()
    try:
        if process.stdin and process.stdout:
            process.stdin.write(json.dumps(orders) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                yield json.loads(line)
    finally:
        watch.cancel()
        process.kill()
        process.communicate()


def _note(event: dict[str, Any], answers: dict[str, Answer], found: Grade) -> None:
    kind = event["event"]
    if kind == "result" and event["exercise"] in answers:
        one = answers[event["exercise"]]
        one.status, one.message = Status(event["status"]), event["message"]
        one.tries += 1
        one.doubt = found.doubt
        one.seconds = event["seconds"]
    elif kind == "notebook":
        played = next(one for one in found.notebooks if one.name == event["name"])
        played.stopped, played.error = event["stopped"], event["error"][:300]
        played.seconds = event["seconds"]
    elif kind == "died":
        found.doubt = f"{event['name']} s'est arrêté pendant l'exécution"
    elif kind == "broken":
        found.fault = event["message"]
    elif kind == "flood":
        found.notes.append("trop de vérifications demandées : le juge s'est arrêté")


def _missed(found: Grade, answers: dict[str, Answer], context: Context) -> None:
    """An exercise that its notebook was stopped before is no answer: a human decides."""
    for played in found.notebooks:
        if not played.stopped:
            continue
        for name in checkout.exercises(context.root / played.name):
            one = answers.get(name)
            if one is not None and one.tries == 0:
                one.status = Status.ERROR
                one.message = f"Jamais atteint : {played.name} {played.stopped}."
