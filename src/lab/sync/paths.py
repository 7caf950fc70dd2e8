"""Which file follows whom: three lists of files in, one decision per file out. Pure.

A file has a life on three sides: the version that the student started from (base), the student's
(ours) and upstream's (theirs); renames tie the names together. Whatever the student has is placed
first, where the student left it, or where upstream moved it if nothing of the student's is there;
what upstream brings takes the places that are left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

from lab.sync.git import Entry, Tree


class Choice(Enum):
    """What becomes of a file."""

    OURS = "ours"  # the student's bytes
    THEIRS = "theirs"  # upstream's bytes
    BOTH = "both"  # to be merged by contents
    NOTHING = "nothing"  # it goes


@dataclass
class Fate:
    """One file through the update. Absent sides are None; `dest` is where it ends ("" if it goes).

    `origin` is its name before, on the student's side (or upstream's, if the student has it not).
    `blocked`: upstream brings it, but the student has something else at that place.
    """

    choice: Choice
    origin: str
    dest: str
    base: Entry | None = None
    ours: Entry | None = None
    theirs: Entry | None = None
    theirs_path: str = ""
    blocked: bool = False

    @property
    def moved(self) -> bool:
        """The student will find it at another place."""
        return self.ours is not None and self.dest not in ("", self.origin)


@dataclass(frozen=True)
class Renames:
    """{name in base: new name} on each side."""

    ours: Mapping[str, str]
    theirs: Mapping[str, str]


def plan(base: Tree, ours: Tree, theirs: Tree, renames: Renames) -> list[Fate]:
    """Decide for every file of the three trees."""
    fates = list(_lives(base, ours, theirs, renames))
    _settle([fate for fate in fates if fate.ours and fate.choice is not Choice.NOTHING])
    taken = Places(f.dest for f in fates if f.ours and f.choice is not Choice.NOTHING)
    for fate in fates:
        if fate.ours is None and fate.choice is Choice.THEIRS:
            fate.blocked = not taken.free(fate.dest)
            if not fate.blocked:
                taken.take(fate.dest)
    return fates


def _lives(base: Tree, ours: Tree, theirs: Tree, renames: Renames) -> Iterator[Fate]:
    """One fate per file, places not yet disputed."""
    here, there = _sides(base, ours, renames.ours), _sides(base, theirs, renames.theirs)
    new_here = {p: e for p, e in ours.items() if p not in set(here.values())}
    new_there = {p: e for p, e in theirs.items() if p not in set(there.values())}
    for path, was in base.items():
        mine, course = here.get(path, ""), there.get(path, "")
        fate = Fate(
            Choice.NOTHING,
            mine or course or path,
            "",
            was,
            ours.get(mine),
            theirs.get(course),
            course,
        )
        fate.choice = _choice(was, fate.ours, fate.theirs)
        if fate.choice is not Choice.NOTHING:
            fate.dest = mine if mine and (mine != path or not course) else course
        yield fate
    moves_here, moves_there = (
        _folders(renames.ours, ours),
        _folders(renames.theirs, theirs),
    )
    for path, entry in new_here.items():
        twin = new_there.pop(path, None)
        if twin is None:
            yield Fate(Choice.OURS, path, moves_there.follow(path), None, entry)
        else:
            choice = Choice.OURS if twin == entry else Choice.BOTH
            yield Fate(choice, path, path, None, entry, twin, path)
    for path, entry in new_there.items():
        yield Fate(Choice.THEIRS, path, moves_here.follow(path), None, None, entry, path)


def _sides(base: Tree, side: Tree, renames: Mapping[str, str]) -> dict[str, str]:
    """{name in base: name on that side}, for the files that are still there."""
    named = {path: renames.get(path, path) for path in base}
    return {path: now for path, now in named.items() if now in side}


def _choice(base: Entry, ours: Entry | None, theirs: Entry | None) -> Choice:
    if ours is None:  # the student deleted it: it comes back only if upstream changed it
        return Choice.NOTHING if theirs is None or theirs == base else Choice.THEIRS
    if theirs is None:  # upstream deleted it: it goes only if the student did not touch it
        return Choice.NOTHING if ours == base else Choice.OURS
    if theirs in (base, ours):
        return Choice.OURS
    return Choice.THEIRS if ours == base else Choice.BOTH


def _settle(fates: list[Fate]) -> None:
    """Make the places of the student's files distinct: those that cannot follow a move stay."""
    while True:
        crowd = Counter(fate.dest for fate in fates)
        folders = {folder for fate in fates for folder in parents(fate.dest)}
        stuck = [f for f in fates if f.moved and (crowd[f.dest] > 1 or f.dest in folders)]
        files = {fate.dest for fate in fates}
        stuck += [f for f in fates if f.moved and not files.isdisjoint(parents(f.dest))]
        if not stuck:
            return
        for fate in stuck:
            fate.dest = fate.origin


class Places:
    """The names in use: neither a file on a folder's name, nor the reverse."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()
        for path in paths:
            self.take(path)

    def take(self, path: str) -> None:
        """Mark a name as in use."""
        self._files.add(path)
        self._folders.update(parents(path))

    def free(self, path: str) -> bool:
        """Tell whether a file can stand there."""
        used = path in self._files or path in self._folders
        return not used and self._files.isdisjoint(parents(path))


def parents(path: str) -> list[str]:
    """Return the folders that hold a path, the nearest first, the root left out."""
    return [str(folder) for folder in PurePosixPath(path).parents][:-1]


class FolderMoves:
    """Folders that one side renamed: {old: new}."""

    def __init__(self, moves: Mapping[str, str]) -> None:
        self._moves = moves

    def follow(self, path: str) -> str:
        """Return where a file of the other side goes."""
        for folder in parents(path):
            if folder in self._moves:
                new = self._moves[folder]
                return (f"{new}/" if new else "") + path[len(folder) + 1 :]
        return path


def _folders(renames: Mapping[str, str], side: Tree) -> FolderMoves:
    """Find the folders that left their place whole; the most frequent destination wins."""
    votes: dict[str, Counter[str]] = {}
    for old, new in renames.items():
        was, now = PurePosixPath(old).parent, PurePosixPath(new).parent
        while was.parts and was != now:
            votes.setdefault(str(was), Counter())[str(now) if now.parts else ""] += 1
            if not now.parts or was.name != now.name:
                break
            was, now = was.parent, now.parent
    left = {folder for path in side for folder in parents(path)}
    return FolderMoves({d: c.most_common(1)[0][0] for d, c in votes.items() if d not in left})
