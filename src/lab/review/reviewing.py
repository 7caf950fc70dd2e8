"""Review one repository, from its address to verdicts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lab.review import fetching, history, locating, project, secrets, tree
from lab.review import upstream as course
from lab.review.criteria import CRITERIA
from lab.review.git import GitFailed, OutOfTime, Repository, soon
from lab.review.locating import KINDS
from lab.review.model import Location, Review, Verdict
from lab.review.project import Project, in_project
from lab.review.similarity import traces
from lab.review.sources import Source
from lab.review.upstream import Upstream

_DERIVABLE = (".py", ".ipynb", ".md", ".rst", ".txt", ".yml", ".yaml", ".html", ".cfg", ".toml")
_NOTHING = "Rien n'a été publié que l'on puisse juger."
TRACING = 10.0  # seconds to get a project ready to be compared
_UNREADABLE = ("submodule", "archive", "nowhere")


@dataclass(frozen=True)
class Context:
    """What every review of a batch shares."""

    upstream: Upstream
    clones: Path
    offline: bool = False
    seconds: float = 60.0
    traces: Path | None = None  # where to keep what similarity compares


def review(source: Source, context: Context) -> Review:
    """Return the review; whatever is wrong with the repository becomes its `fault`."""
    begun = time.monotonic()
    found = Review(source.name, source.address, source.members)
    try:
        deadline = begun + context.seconds
        with (
            fetching.fetched(source, context.clones, context.offline, deadline) as fetched,
            Repository(fetched.git_dir, deadline) as repository,
        ):
            _fill(found, fetched, repository, context)
    except fetching.CannotFetch as error:
        found.fault = f"Ce dépôt n'a pas été lu : {error}."
    except OutOfTime:
        found.fault = too_long(context.seconds)
    except GitFailed as error:
        found.fault = f"Ce dépôt est abîmé, git dit : {error}."
    except MemoryError:
        found.fault = "Ce dépôt demande trop de mémoire."
    found.seconds = round(time.monotonic() - begun, 3)
    return found


def too_long(seconds: float) -> str:
    """What a review says when its time is spent."""
    return f"La lecture a dépassé {seconds:g} s : relancez avec --timeout plus grand."


def _fill(
    found: Review, fetched: fetching.Fetched, repository: Repository, context: Context
) -> None:
    found.commit = repository.head()
    if not found.commit:
        found.notes.append("Le dépôt est vide : aucun commit n'a été publié.")
        found.location = Location("", "nowhere", 1.0, "dépôt vide")
        found.verdicts = [Verdict(name, 0, 1.0) for name in CRITERIA]
        return
    found.date = repository.git("log", "-1", "--format=%cI", found.commit).decode().strip()
    seen = _look(found, fetched, repository, context)
    found.notes += list(_notes(seen, fetched, context))
    found.facts = {
        "files": len(seen.entries),
        "lines": sum(len(one.lines) for one in seen.python),
        "commits": len(seen.history.commits),
        "inherited": seen.inherited,
    }
    if context.traces:
        _trace(context.traces, found, seen, repository.deadline)
    for name, criterion in CRITERIA.items():
        found.verdicts.append(_judge(name, criterion(seen), seen))


def _trace(folder: Path, found: Review, seen: Project, deadline: float) -> None:
    try:
        traces.keep(folder, traces.of(found, seen, min(deadline, soon(TRACING))))
    except OSError as error:  # a full disk: the review itself is worth having
        found.notes.append(f"Ce projet n'a pas été comparé aux autres ({error.strerror}).")


def _look(
    found: Review, fetched: fetching.Fetched, repository: Repository, context: Context
) -> Project:
    listed = tree.read(repository, found.commit)
    own = [one for one in listed.files if one.oid not in context.upstream.oids]
    found.location = place = locating.locate(
        listed, own, fetched.asked, upstream_known=bool(context.upstream)
    )
    told = history.read(repository, found.commit, context.upstream, place.folder)
    if fetched.plain:
        told = history.History()
    seen = Project(
        listed, place, own, told, members=found.members, upstream_known=bool(context.upstream)
    )
    inside = [one for one in listed.files if in_project(place, one.path)]
    seen.inherited = len(inside) - len(seen.entries)

    def inherited(path: str, content: str) -> frozenset[str]:
        if not context.upstream or not path.lower().endswith(_DERIVABLE):
            return frozenset()
        return course.inherited_lines(context.upstream, path, content, repository.deadline)

    project.read_sources(repository, seen, inherited)
    if not fetched.plain and not listed.cut:
        try:
            _past(repository, found.commit, context.upstream, seen)
        except OutOfTime:
            found.notes.append("L'historique est trop lourd : il n'a pas été lu en entier.")
    return seen


def _past(repository: Repository, commit: str, upstream: Upstream, seen: Project) -> None:
    """Fill `past_secrets`, which keeps what was found when time runs out. Raises OutOfTime."""
    values = set()
    current = {one.oid for one in seen.tree.files}
    for added in history.added_lines(repository, commit, upstream, seen.location.folder):
        for secret in secrets.scan(added.path, [added.text]):
            if not secret.demo and secret.value not in values:
                values.add(secret.value)
                present = added.blob in current
                seen.past_secrets.append(project.PastSecret(added.oid, secret, present))


def _judge(name: str, verdict: Verdict, seen: Project) -> Verdict:
    """Where there is nothing to read, a level is a guess, and neatness earns nothing."""
    place = seen.location
    if place.kind not in _UNREADABLE or verdict.level is None:
        return verdict
    if place.kind == "nowhere" and not seen.unread:
        return replace(verdict, level=0, evidence=(), advice=verdict.advice or _NOTHING)
    if name in ("commits", "proprete"):
        return verdict
    why = f"Le projet est {KINDS[place.kind]} ({place.why})."
    return Verdict(name, None, 0.0, verdict.evidence, verdict.advice, why)


def _notes(seen: Project, fetched: fetching.Fetched, context: Context) -> Iterator[str]:
    if seen.location.kind == "nowhere":
        yield "Aucun projet n'a été trouvé : demandez à l'étudiant où il est."
    if not context.upstream:
        yield "L'amont du cours est inconnu : son code n'a pas pu être écarté (--upstream)."
    if fetched.plain:
        yield "Ce dossier n'est pas un dépôt git : il est lu tel quel, sans historique."
    if fetched.pending:
        yield f"{fetched.pending} fichiers modifiés hors de tout commit : ils ne comptent pas."
    if seen.tree.cut:
        yield f"Le dépôt a plus de {tree.MOST_ENTRIES} fichiers : la suite n'a pas été lue."
    outside = [one.path for one in seen.tree.links if in_project(seen.location, one.path)]
    if outside:
        yield f"{len(outside)} liens symboliques n'ont pas été suivis ({outside[0]}…)."
    if seen.unread:
        yield f"{len(seen.unread)} fichiers trop gros n'ont pas été lus ({seen.unread[0].path}…)."
    for link in seen.tree.gitlinks:
        if seen.location.folder != link.path:
            yield f"{link.path} est un sous-module : son contenu n'est pas dans ce dépôt."
    for source in seen.sources:
        if source.text.conflict:
            yield f"{source.path}:{source.text.conflict} : marqueurs de conflit laissés par git."
        elif source.name.endswith(".py") and source.facts.fault:
            yield f"{source.path} {source.facts.fault} : lu ligne à ligne, moins sûrement."
        elif source.text.encoding not in ("utf-8", "ascii"):
            yield f"{source.path} est en {source.text.encoding}, et non en UTF-8."
