"""Bring a repository where it can be read: its objects only, in a bare repository of ours."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.review import git
from lab.review.git import GitFailed
from lab.review.sources import Source


class CannotFetch(Exception):
    """One French sentence for the report."""


@dataclass(frozen=True)
class Fetched:
    """`asked`: the sub-folder the user named; `plain`: not under git; `pending`: uncommitted."""

    git_dir: Path
    asked: str = ""
    plain: bool = False
    pending: int = 0


@contextlib.contextmanager
def fetched(source: Source, clones: Path, offline: bool, deadline: float) -> Iterator[Fetched]:
    """Give the repository to read. Raises CannotFetch, OutOfTime."""
    if source.remote:
        yield Fetched(_clone(source, clones, offline, deadline))
        return
    place = Path(source.address)
    if not place.is_dir():
        raise CannotFetch(f"le dossier {place} n'existe pas")
    with tempfile.TemporaryDirectory(prefix="lab-review-") as folder:
        git_dir = Path(folder) / "git"
        git.run(["init", "--quiet", "--bare", "--template=", str(git_dir)], deadline=deadline)
        try:
            common = _ask(place, "--git-common-dir", deadline)
        except GitFailed:
            yield _import(place, git_dir, deadline)
            return
        yield _borrow(place, (place / common).resolve(), git_dir, deadline)


def _ask(place: Path, question: str, deadline: float) -> str:
    words = ["-C", str(place), "rev-parse", question]
    return git.run(words, deadline=deadline).decode("utf-8", "surrogateescape").rstrip("\n")


def _ask_path(place: Path, deadline: float) -> str:
    words = ["-C", str(place), "rev-parse", "--git-path", "index"]
    return git.run(words, deadline=deadline).decode("utf-8", "surrogateescape").rstrip("\n")


def _borrow(place: Path, common: Path, git_dir: Path, deadline: float) -> Fetched:
    """Read another repository's objects without obeying its configuration, and copy nothing."""
    (git_dir / "objects/info").mkdir(parents=True, exist_ok=True)
    (git_dir / "objects/info/alternates").write_text(f"{common / 'objects'}\n", encoding="utf-8")
    if (common / "shallow").is_file():
        shutil.copy(common / "shallow", git_dir / "shallow")
    with contextlib.suppress(GitFailed):  # an empty repository has no HEAD
        oid = _ask(place, "HEAD^{commit}", deadline)
        _git(git_dir, deadline, "update-ref", "--no-deref", "HEAD", oid)
    asked = ""
    with contextlib.suppress(GitFailed):  # a bare repository has no folder
        asked = _ask(place, "--show-prefix", deadline).rstrip("/")
    return Fetched(git_dir, asked, pending=_pending(place, git_dir, deadline))


def _pending(place: Path, git_dir: Path, deadline: float) -> int:
    """How many files differ from the commit: what is not committed is not reviewed.

    Asked with a copy of its index, so that no filter of the reviewed repository's settings runs.
    """
    try:
        top = _ask(place, "--show-toplevel", deadline)
        shutil.copy(place / _ask_path(place, deadline), git_dir / "index")
        words = ("--work-tree", top, "status", "--porcelain", "-z", "--untracked-files=normal")
        said = _git(git_dir, min(deadline, git.soon(2.0)), *words)
    except (GitFailed, git.OutOfTime, OSError):
        return 0
    return said.count(b"\0")


def _import(place: Path, git_dir: Path, deadline: float) -> Fetched:
    """A folder that is not under git (an unpacked archive) becomes one commit."""
    try:
        _git(
            git_dir,
            deadline,
            "--work-tree",
            str(place),
            "add",
            "--all",
            "--force",
            "--ignore-errors",
            ".",
        )
        tree = _git(git_dir, deadline, "write-tree").decode().strip()
        who = ("-c", "user.name=lab", "-c", "user.email=lab@localhost")
        oid = _git(git_dir, deadline, *who, "commit-tree", "-m", "import", tree).decode().strip()
        _git(git_dir, deadline, "update-ref", "--no-deref", "HEAD", oid)
    except GitFailed as error:
        raise CannotFetch(f"le dossier ne peut pas être lu : {error}") from None
    return Fetched(git_dir, plain=True)


def _git(git_dir: Path, deadline: float, *words: str) -> bytes:
    return git.run(["--git-dir", str(git_dir), "-c", "core.bare=false", *words], deadline=deadline)


def _clone(source: Source, clones: Path, offline: bool, deadline: float) -> Path:
    """Clone once, then only fetch what is new; the clone stays for the next run."""
    git_dir = clones / f"{source.name}.git"
    if offline:
        if git_dir.is_dir():
            return git_dir
        raise CannotFetch("jamais téléchargé, et --offline interdit le réseau")
    try:
        if git_dir.is_dir() and _origin(git_dir, deadline) == source.address:
            refs = "+refs/heads/*:refs/heads/*"
            words = [
                "--git-dir",
                str(git_dir),
                "fetch",
                "--quiet",
                "--prune",
                "--force",
                "--no-tags",
            ]
            git.run([*words, "origin", refs], deadline=deadline)
            return git_dir
        shutil.rmtree(git_dir, ignore_errors=True)
        clones.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=clones, prefix=".part-") as part:
            new = Path(part) / "git"
            words = ["clone", "--quiet", "--bare", "--template=", "--no-local", "--no-tags"]
            git.run([*words, "--", source.address, str(new)], deadline=deadline)
            new.rename(git_dir)
    except GitFailed as error:
        raise CannotFetch(f"git ne peut pas le télécharger : {error}") from None
    return git_dir


def _origin(git_dir: Path, deadline: float) -> str:
    words = ["--git-dir", str(git_dir), "config", "--get", "remote.origin.url"]
    try:
        return git.run(words, deadline=deadline).decode("utf-8", "replace").strip()
    except GitFailed:
        return ""
