"""The course's own history: what a student inherited is neither credited nor blamed."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.review.decoding import decode
from lab.review.git import GitFailed, Repository, run

USUAL = ("upstream", "basestream")  # remotes of the course: a habit's name, and the README's
FETCHED, DISOWNED = "refs/lab/upstream", "refs/lab/disowned"  # where `lab sync` keeps it

_DERIVED = 0.5  # share of a course file found again in a student's: it was copied, then changed
_BIGGEST = 2_000_000  # bytes of a course file compared line by line
_VERSIONS = 40  # of one file name, the newest first


@dataclass(frozen=True)
class Upstream:
    """Every object of the course's history; empty when no upstream is known."""

    git_dirs: tuple[Path, ...] = ()
    oids: frozenset[str] = frozenset()
    commits: frozenset[str] = frozenset()
    names: dict[str, tuple[tuple[Path, str], ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.commits)


@dataclass(frozen=True)
class Place:
    """One history of the course: a git directory, and which of its references are the course's."""

    git_dir: Path
    refs: tuple[str, ...] = ("--all",)


@dataclass(frozen=True)
class Followed:
    """What `lab sync` takes updates from (LAB_UPSTREAM, LAB_UPSTREAM_BRANCH)."""

    remote: str  # its name, or an address
    branch: str


NOTHING = Followed("", "")


def places(
    given: Sequence[str],
    root: Path,
    reviewed: Sequence[str],
    deadline: float,
    followed: Followed = NOTHING,
) -> list[Place]:
    """Return where the course is: what is given, else the lab this code runs from.

    When that lab is itself under review (a student in their own fork), only what was fetched from
    the course is: what `lab sync` follows, and the remotes of `USUAL` names. Raises GitFailed when
    a folder given is no repository.
    """
    if given:
        return [Place(_common(Path(one).expanduser(), deadline)) for one in given]
    try:
        ours = _common(root, deadline)
    except GitFailed:
        return []
    for address in reviewed:
        try:
            if Path(address).is_dir() and _common(Path(address), deadline) == ours:
                return [*_beside(followed, deadline), *_fetched(ours, followed, deadline)]
        except GitFailed:
            continue
    return [*_beside(followed, deadline), Place(ours)]


def _beside(followed: Followed, deadline: float) -> list[Place]:
    """The course as a folder of this machine, when `lab sync` follows one."""
    folder = Path(followed.remote).expanduser()
    if not folder.is_absolute() or not folder.is_dir():
        return []
    try:
        ours = _common(folder, deadline)
    except GitFailed:
        return []
    branch = f"refs/heads/{followed.branch}"
    return [Place(ours, (branch,))] if _exists(ours, branch, deadline) else []


def _fetched(ours: Path, followed: Followed, deadline: float) -> list[Place]:
    """What a fork holds of the course, without asking the network."""
    refs = [f"--remotes={name}" for name in USUAL]
    # Of another remote, its branch only: ``origin`` has the student's own as well.
    branch = f"refs/remotes/{followed.remote}/{followed.branch}"
    refs += [one for one in (branch, FETCHED) if _exists(ours, one, deadline)]
    return [Place(ours, (*refs, f"--glob={DISOWNED}"))]


def _exists(git_dir: Path, ref: str, deadline: float) -> bool:
    words = ["--git-dir", str(git_dir), "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"]
    try:
        return bool(run(words, deadline=deadline).strip())
    except GitFailed:
        return False


def _common(folder: Path, deadline: float) -> Path:
    said = run(["-C", str(folder), "rev-parse", "--git-common-dir"], deadline=deadline)
    return (folder / said.decode("utf-8", "surrogateescape").rstrip("\n")).resolve()


def read(found: Sequence[Place], deadline: float) -> Upstream:
    """Index the histories of the course. Raises GitFailed, OutOfTime."""
    oids: set[str] = set()
    commits: set[str] = set()
    names: dict[str, list[tuple[Path, str]]] = defaultdict(list)
    for place in found:
        git_dir = place.git_dir
        with Repository(git_dir, deadline) as repository:
            commits.update(repository.git("rev-list", *place.refs).decode().split())
            listing = repository.git("rev-list", "--objects", *place.refs).decode(
                "utf-8", "replace"
            )
        for line in listing.splitlines():
            oid, _, path = line.partition(" ")
            if path:
                oids.add(oid)
                names[posixpath.basename(path)].append((git_dir, oid))
    bounded = {name: tuple(versions[:_VERSIONS]) for name, versions in names.items()}
    return Upstream(
        tuple(one.git_dir for one in found), frozenset(oids), frozenset(commits), bounded
    )


def inherited_lines(upstream: Upstream, path: str, content: str, deadline: float) -> frozenset[str]:
    """The lines of a student's file that come from the course (stripped), if it was copied.

    A file is a copy when it holds `_DERIVED` of the lines of a course file of the same name.
    """
    candidates = upstream.names.get(posixpath.basename(path), ())
    mine = {line.strip() for line in content.split("\n")} - {""}
    known: set[str] = set()
    for git_dir in upstream.git_dirs:
        with Repository(git_dir, deadline) as repository:
            for place, oid in candidates:
                if place != git_dir:
                    continue
                data = repository.read(oid)
                if len(data) > _BIGGEST or not data:
                    continue
                theirs = {line.strip() for line in decode(data).content.split("\n")} - {""}
                if theirs and len(theirs & mine) >= _DERIVED * len(theirs):
                    known |= theirs
    return frozenset(known)
