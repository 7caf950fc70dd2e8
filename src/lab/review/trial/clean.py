"""Write a commit into an empty folder, without git's own checkout.

git would run the filters and hooks of the machine's own settings (git-lfs downloads from an address
that the repository chooses), and would follow what a hostile tree names ``..`` or ``.git``. Here
only bytes are written, under names that were checked; a symbolic link is made when it stays inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lab.review.git import Entry, Repository

MOST_FILES = 20_000
LARGEST = 100 * 2**20  # bytes of one file
MOST_BYTES = 600 * 2**20
_LINK, _GITLINK, _PROGRAM = "120000", "160000", "100755"
_LONGEST_LINK = 4096


class TooBig(Exception):
    """The commit is too big to be tried; the message is one French sentence."""


def write(repository: Repository, commit: str, folder: Path) -> list[str]:
    """Fill `folder`; return what was left out, in French. Raises TooBig, GitFailed, OutOfTime."""
    left: list[str] = []
    links: list[Entry] = []
    spent = 0
    for count, entry in enumerate(repository.entries(commit, MOST_FILES + 1), 1):
        spent += entry.size
        if count > MOST_FILES or spent > MOST_BYTES:
            raise TooBig("le dépôt est trop gros pour être essayé (environnement virtuel publié ?)")
        if entry.mode == _GITLINK:
            left.append(f"{entry.path} est un sous-module : il n'est pas là")
        elif not _sound(entry.path) or entry.size > LARGEST:
            left.append(f"{entry.path[:80]} n'a pas été repris (nom ou taille)")
        elif entry.mode == _LINK:
            links.append(entry)
        else:
            try:
                _put(folder / entry.path, repository.read(entry.oid), entry.mode == _PROGRAM)
            except OSError:  # two names that are one here, a name too long
                left.append(f"{entry.path[:80]} n'a pas pu être écrit")
    for entry in _link(repository, links, folder):
        left.append(f"{entry.path[:80]} est un lien qui sort du dépôt : il n'est pas suivi")
    return left


def _sound(path: str) -> bool:
    parts = path.split("/")
    return not path.startswith("/") and not any(
        part in ("", ".", "..") or part.lower() == ".git" or "\0" in part for part in parts
    )


def _put(path: Path, data: bytes, program: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o755 if program else 0o644)


def _link(repository: Repository, links: list[Entry], folder: Path) -> Iterator[Entry]:
    """Make the links last, so that no file is written through one; yield those left out."""
    made: dict[Path, Entry] = {}
    for entry in links:
        target = ""
        if entry.size < _LONGEST_LINK:
            target = repository.read(entry.oid).decode("utf-8", "replace")
        path = folder / entry.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(target)
            made[path] = entry
        except (OSError, ValueError):
            yield entry
    # A link may lead outside through another one, made after it: look again until none does.
    while outside := [path for path in made if within(folder, path) is None]:
        for path in outside:
            path.unlink()
            yield made.pop(path)


def within(root: Path, path: Path) -> Path | None:
    """The real path when it lies in `root`, else None: links and ``..`` are resolved first."""
    try:
        real = path.resolve()
        real.relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):
        return None
    return real
