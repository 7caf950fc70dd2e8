"""Plan an update, then do it. Planning writes nothing that the student can see."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lab.errors import LabError
from lab.sync import contents, history, journal, obstacles
from lab.sync.git import LINK, MODULE, REGULAR, Entry, Repository, Tree
from lab.sync.history import Source
from lab.sync.paths import Choice, Fate, Places, Renames, parents, plan
from lab.sync.report import Change, What

LIKE = 60  # % of likeness from which a file that left and one that came are the same, renamed
AGAIN = "./lab sync"


@dataclass
class Update:
    """A planned update: from `saved` (a tree: the student's work as it stands) to `files`."""

    branch: str
    head: str
    upstream: str
    source: Source
    stamp: str
    current: bool  # nothing to bring in; what follows is then empty
    index: str = ""
    saved: str = ""
    files: Tree = field(default_factory=dict)
    dirty: bool = False
    rewritten: bool = False
    changes: list[Change] = field(default_factory=list)
    laid: dict[str, Entry] = field(default_factory=dict)  # upstream's versions, to lay beside
    renamed: dict[str, str] = field(default_factory=dict)  # untracked, in the way: old name to new
    covered: dict[str, str] = field(default_factory=dict)  # untracked, and git holds that blob


def prepare(repository: Repository, source: Source, now: float | None = None) -> Update:
    """Fetch upstream and plan the update. `now`: seconds since 1970, for the names it gives.

    Raises LabError when the checkout is in no state to be updated; nothing was touched then.
    """
    branch, head = _check(repository)
    upstream, known = history.fetch(repository, source)
    update = Update(
        branch=branch,
        head=head,
        upstream=upstream,
        source=source,
        stamp=time.strftime("%Y%m%d-%H%M%S", time.localtime(now)),
        current=repository.precedes(upstream, head),
    )
    if update.current:
        return update
    update.index = repository.line("write-tree")
    update.saved = repository.work_tree()
    update.dirty = update.saved != repository.tree_of(head)
    update.files = repository.tree(update.saved)
    start = history.start(repository, head, upstream, known)
    update.rewritten = start.rewritten
    _decide(repository, update, start.tree)
    _clear(repository, update)
    return update


def _check(repository: Repository) -> tuple[str, str]:
    """Return the branch and its commit. Raises LabError unless this can be updated."""
    if repository.place("--is-inside-work-tree") != "true":
        raise LabError(
            "Ce dossier n'est pas un clone git : rien à mettre à jour.",
            hint="git clone <adresse de votre copie du cours>",
        )
    if repository.place("--show-prefix"):
        raise LabError("Le dossier du laboratoire n'est pas la racine du clone.", hint="git status")
    if not (head := repository.commit("HEAD")):
        raise LabError("Ce clone n'a encore aucun commit.", hint="git pull basestream master")
    branch = repository.ask("symbolic-ref", "--short", "--quiet", "HEAD")
    if not branch:
        raise LabError("Vous n'êtes sur aucune branche.", hint="git checkout master")
    if way_out := repository.ongoing():
        raise LabError("Une fusion commencée avec git n'est pas terminée.", hint=way_out)
    if not repository.ask("var", "GIT_AUTHOR_IDENT"):
        raise LabError(
            "git ne connaît pas votre nom.",
            hint='git config user.name "Prénom Nom" && git config user.email vous@exemple.fr',
        )
    return branch, head


def _decide(repository: Repository, update: Update, base: str) -> None:
    """Fill the files to come, the report, and what must lie beside."""
    theirs = f"{update.upstream}^{{tree}}"
    renames = Renames(
        repository.renames(base, update.saved, LIKE), repository.renames(base, theirs, LIKE)
    )
    fates = plan(repository.tree(base), update.files, repository.tree(theirs), renames)
    both = [fate for fate in fates if fate.choice is Choice.BOTH]
    sides = [one for fate in both for one in (fate.base, fate.ours, fate.theirs)]
    repository.hold(one.oid for one in sides if one and one.mode in REGULAR)
    files: Tree = {}
    for fate in fates:
        whole, detail = True, ""
        entry = fate.ours if fate.choice is Choice.OURS else fate.theirs
        if fate.choice is Choice.BOTH:
            outcome = contents.combine(repository, fate)
            entry, whole, detail = outcome.entry, outcome.whole, outcome.detail
        if fate.choice is not Choice.NOTHING and not fate.blocked and entry:
            files[fate.dest] = entry
        change = _change(fate, entry, whole, detail)
        if change:
            update.changes.append(change)
    update.files, places = files, Places(files)
    for change, fate in _lying(update.changes, fates):
        if fate.theirs and fate.theirs.mode not in (MODULE, LINK):
            change.beside = _beside(change.path, places)
            update.laid[change.beside] = fate.theirs


def _change(fate: Fate, entry: Entry | None, whole: bool, detail: str) -> Change | None:
    """The line of the report for a file, if it has one."""
    path, origin = fate.dest or fate.origin, fate.origin
    if fate.blocked:
        return Change(path, What.BLOCKED)
    if fate.ours is None:
        what = What.NEW if fate.base is None else What.BACK
        return Change(path, what) if fate.choice is Choice.THEIRS else None
    if fate.choice is Choice.NOTHING:
        return Change(path, What.REMOVED)
    if fate.choice is Choice.BOTH:
        same = whole and entry == fate.ours
        if not same:
            return Change(path, What.MERGED if whole else What.YOURS, origin, detail=detail)
    elif fate.choice is Choice.THEIRS:
        return Change(path, What.UPDATED, origin)
    elif fate.base and fate.theirs is None:
        return Change(path, What.KEPT, origin)
    return Change(path, What.MOVED, origin) if fate.moved else None


def _lying(changes: list[Change], fates: list[Fate]) -> list[tuple[Change, Fate]]:
    """The changes whose upstream version must lie beside the student's."""
    by_place = {(fate.dest, fate.blocked): fate for fate in fates if fate.dest}
    wanted = (What.YOURS, What.BLOCKED)
    return [(c, by_place[c.path, c.what is What.BLOCKED]) for c in changes if c.what in wanted]


def _beside(path: str, places: Places) -> str:
    """A free name beside a file; beside its folder's name, where that is a file of the student's"""
    for folder in reversed(parents(path)):
        if not places.free(f"{folder}/x"):
            rest = PurePosixPath(path).relative_to(folder)
            path = f"{folder}{obstacles.MARK}/{rest}"
            break
    else:
        path = obstacles.beside(path)
    return obstacles.free_name(path, lambda name: not places.free(name))


def _clear(repository: Repository, update: Update) -> None:
    """Find the untracked files that stand where the update, or what lies beside, must go."""
    tracked = obstacles.Followed(
        repository.tracked(), any_case=repository.ask("config", "core.ignoreCase") == "true"
    )
    ours = {path: oid for done in journal.read(repository) for path, oid in done.laid.items()}
    for path, entry in sorted({**update.files, **update.laid}.items()):
        found = obstacles.in_the_way(repository.root, path, tracked)
        if not found or found in update.renamed:
            continue
        place = repository.root / found
        if found == path and place.is_file() and not place.is_symlink():
            oid = repository.line("hash-object", "--no-filters", "--", found)
            if oid in (entry.oid, ours.get(path)):
                update.covered[found] = oid
                continue
        new = obstacles.free_name(
            obstacles.stamped(found, update.stamp),
            lambda name: os.path.lexists(repository.root / name) or name in update.files,
        )
        update.renamed[found] = new
        update.changes.append(Change(new, What.RENAMED, found))
