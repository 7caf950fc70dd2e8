"""Try one project: clone, refuse or rewrite, build, start, look, keep the logs, remove all."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from lab.review import fetching
from lab.review.git import GitFailed, OutOfTime, Repository
from lab.review.model import Review, quote
from lab.review.outcome import Page, Ran, Stock, Trial
from lab.review.sources import Source
from lab.review.trial import asking, clean, composing, engine, logs, rules, safe, settling
from lab.review.trial.engine import Engine, Stopped

if TYPE_CHECKING:
    from docker.models.containers import Container

IMAGE = "image_drio"  # the lab's own, of its docker-compose.yml
MOST_DISK = 12 * 2**30  # bytes: pulled and built images, volumes, logs
BUILD_LOG = "construction.txt"
START_LOG = "demarrage.txt"
PAGE_SECONDS = 40.0
CRAWL_SECONDS = 60.0
STILL = 4.0  # seconds without a new document after which a crawl is over
Say = Callable[[str], None]


@dataclass(frozen=True)
class Setting:
    """What the trials of a batch share. `home`: our own folder, which the engine can mount."""

    engine: Engine
    home: Path
    clones: Path
    seconds: float = 600.0
    offline: bool = False
    proxies: Mapping[str, str] = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()  # objects of the course: its compose file is not theirs


@dataclass
class _Running:
    """One trial under way."""

    setting: Setting
    project: str
    place: Path
    logs: Path
    deadline: float
    say: Say
    halt: threading.Event = field(default_factory=threading.Event)
    notes: list[str] = field(default_factory=list)
    made: safe.Safe | None = None
    model: Mapping[str, Any] = field(default_factory=dict)

    @property
    def left(self) -> float:
        return self.deadline - time.monotonic()

    def compose(self, *words: str, log: str) -> int:
        file = str(self.place / "compose.yml")
        base = ("--project-name", self.project, "--file", file)
        folder = self.place / "depot"
        path = self.logs / log
        run = self.setting.engine.compose
        return run([*base, *words], folder, path, self.deadline, self.halt)


def attempt(source: Source, review: Review, setting: Setting, kept: Path, say: Say) -> Trial:
    """Return what came out of it; nothing of it is left, whatever happened."""
    begun = time.monotonic()
    project = f"lab-essai-{uuid.uuid4().hex[:12]}"
    place = setting.home / project
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    place.mkdir(parents=True)
    result = Trial("impossible", "l'essai s'est arrêté net")
    run = _Running(setting, project, place, kept, begun + setting.seconds, say)
    try:
        with engine.guarded(setting.engine, MOST_DISK) as run.halt:
            result = _whole(source, review, run)
    except (Stopped, OutOfTime) as stopped:
        why = str(stopped) or "le temps accordé (--run-timeout) est écoulé"
        result = Trial("stopped", f"L'essai a été arrêté : {why}.", services=tuple(_services(run)))
    except (fetching.CannotFetch, GitFailed, clean.TooBig, OSError) as error:
        result = Trial("impossible", f"L'essai n'a pas pu se faire : {quote(str(error))}.")
    finally:
        with engine.unhurried():
            say("rangement")
            run.notes += [
                f"n'a pas pu être retiré : {one}" for one in setting.engine.remove(project)
            ]
            settling.erase(setting.engine, place, IMAGE)
    names = tuple(sorted(path.name for path in kept.iterdir() if path.stat().st_size))
    seconds = round(time.monotonic() - begun, 1)
    return replace(
        result, commit=review.commit, notes=tuple(run.notes), logs=names, seconds=seconds
    )


def _whole(source: Source, review: Review, run: _Running) -> Trial:
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


def _started(run: _Running, root: Path) -> Trial:
    labels = {safe.LABEL: run.project, engine.OWNER: engine.owner()}
    terms = safe.Terms(run.project, root, run.place / "binds", IMAGE, labels, run.setting.proxies)
    run.made = made = safe.rewrite(run.model, terms)
    run.notes += made.notes
    text = yaml.safe_dump(made.model, allow_unicode=True, sort_keys=False)
    (run.place / "compose.yml").write_text(text, encoding="utf-8")
    run.say("construction des images")
    built = [name for name, one in made.model["services"].items() if one.get("build")]
    if built and run.compose("build", *built, log=BUILD_LOG):
        return _unbuilt(_tail(run.logs / BUILD_LOG), made)
    return _looked(run, made)


def _looked(run: _Running, made: safe.Safe) -> Trial:
    """Start the stores and count, start the rest, wait, look, count again."""
    run.say("démarrage")
    words = ("up", "--detach", "--no-build", "--wait", "--wait-timeout")
    first = [safe.HELPER, *made.stores]
    run.compose(*words, str(int(max(5, run.left * 0.4))), *first, log=START_LOG)
    containers = run.setting.engine.containers(run.project)
    _check_helper(containers, _tail(run.logs / START_LOG))
    before = _counted(run, containers)
    run.compose(*words, str(int(max(5, run.left * 0.5))), log=START_LOG)
    containers = run.setting.engine.containers(run.project)
    if missing := made.model["services"].keys() - containers.keys():
        said = logs.last_words(_tail(run.logs / START_LOG))
        return Trial("stopped", f"Docker n'a pas pu créer {', '.join(sorted(missing))} : {said}.")
    run.say("attente des services")
    settling.wait(run.setting.engine, run.project, run.deadline, run.halt)
    containers = run.setting.engine.containers(run.project)
    _crawled(run, containers)
    run.say("lecture des pages")
    found = _pages(run, containers)
    after = _counted(run, containers)
    return Trial(
        "ran",
        "Le projet a été lancé.",
        services=tuple(_services(run)),
        pages=tuple(found),
        stores=tuple(_stocks(made, before, after)),
    )


def _crawled(run: _Running, containers: Mapping[str, Container]) -> None:
    """Wait while documents arrive, for CRAWL_SECONDS at most: some crawls never end."""
    end = min(time.monotonic() + CRAWL_SECONDS, run.deadline - PAGE_SECONDS)
    last = _counted(run, containers)
    while last and time.monotonic() < end:
        run.halt.wait(STILL)
        now = _counted(run, containers)
        if now == last:
            return
        last = now


def _check_helper(containers: Mapping[str, Container], log: str) -> None:
    """Nothing can be said without our own container: that is no fault of the project's."""
    helper = containers.get(safe.HELPER)
    if helper is None or helper.status != "running":
        raise Stopped(f"le laboratoire n'a pas pu démarrer son conteneur ({logs.last_words(log)})")


def _unbuilt(log: str, made: safe.Safe) -> Trial:
    """A build that failed; when it asked an address in vain, that is not the project's doing."""
    if host := logs.lacks_internet(log, settling.own_names(made.model["services"])):
        return Trial("stopped", f"La construction n'a pas pu joindre {host} : réessayez.")
    return Trial(
        "unbuilt", f"La construction a échoué : {logs.last_words(log) or 'sans rien dire'}."
    )


def _tail(path: Path) -> str:
    with contextlib.suppress(OSError):
        path.write_text(logs.bounded(path.read_bytes()), encoding="utf-8")
        return path.read_text(encoding="utf-8")
    return ""


def _kinds(run: _Running) -> Mapping[str, str]:
    return run.made.stores if run.made else {}


def _counted(run: _Running, containers: Mapping[str, Container]) -> dict[str, asking.Held]:
    helper = containers.get(safe.HELPER)
    if helper is None or run.made is None:
        return {}
    services = run.made.model["services"]
    return asking.stores(run.setting.engine, services, _kinds(run), containers, helper)


def _pages(run: _Running, containers: Mapping[str, Container]) -> list[Page]:
    helper = containers.get(safe.HELPER)
    if helper is None or run.made is None:
        return []
    services = {
        name: one
        for name, one in run.made.model["services"].items()
        if name != safe.HELPER and containers[name].status == "running"
    }
    engine = run.setting.engine
    said, guessed = asking.candidates(engine, services, _kinds(run), run.made.ports)
    found = asking.pages(engine, helper, said, max(5.0, min(PAGE_SECONDS, run.left)))
    if not any(one.status for one in found):  # of guesses, only what answers is worth saying
        tried = asking.pages(engine, helper, guessed, max(5.0, min(PAGE_SECONDS, run.left)))
        found += [one for one in tried if one.status]
    return found


def _services(run: _Running) -> list[Ran]:
    """The state of every service, its log kept; nothing when none was started."""
    made = run.made
    if made is None:
        return []
    containers = run.setting.engine.containers(run.project)
    names = [name for name in made.model["services"] if name != safe.HELPER]
    own = settling.own_names(names)
    return [
        settling.ended(
            name,
            containers.get(name),
            run.logs / f"{_file_name(name)}.txt",
            own,
            {"store": made.stores.get(name), "built": made.model["services"][name].get("build")},
        )
        for name in names
    ]


def _file_name(service: str) -> str:
    return "service-" + "".join(char if char.isalnum() or char in "-_" else "-" for char in service)


def _stocks(
    made: safe.Safe, before: Mapping[str, asking.Held], after: Mapping[str, asking.Held]
) -> list[Stock]:
    found = []
    for name, kind in made.stores.items():
        old, new = before.get(name), after.get(name)
        held = sorted((new or {}).items(), key=lambda one: -one[1])
        detail = ", ".join(f"{quote(key)} : {count}" for key, count in held[:5])
        total = None if new is None else sum(new.values())
        found.append(Stock(name, kind, sum(old.values()) if old else 0, total, quote(detail)))
    return found
