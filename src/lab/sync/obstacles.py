"""Files that git does not follow: those in the way, and upstream's versions laid beside."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from lab.sync.paths import parents

MARK = ".upstream"


def beside(path: str) -> str:
    """Return the name of upstream's version of a file: X.ipynb gives X.upstream.ipynb."""
    return _insert(path, MARK)


def stamped(path: str, stamp: str) -> str:
    """Return a name with a timestamp: notes.txt gives notes.20261121-170500.txt."""
    return _insert(path, f".{stamp}")


def _insert(path: str, word: str) -> str:
    pure = PurePosixPath(path)
    return str(pure.with_name(f"{pure.stem}{word}{pure.suffix}"))


def free_name(path: str, used: Callable[[str], bool]) -> str:
    """Return `path`, or the first numbered variant that is not in use."""
    name, count = path, 1
    while used(name):
        count += 1
        name = _insert(path, f"-{count}")
    return name


class Followed:
    """The names that git follows. `any_case`: this disk (macOS) does not tell a from A."""

    def __init__(self, paths: Iterable[str], *, any_case: bool = False) -> None:
        self._fold: Callable[[str], str] = str.casefold if any_case else str
        self._files = {self._fold(path) for path in paths}
        self._folders = {self._fold(one) for path in self._files for one in parents(path)}

    def file(self, path: str) -> bool:
        """Tell whether git follows a file of this name."""
        return self._fold(path) in self._files

    def folder(self, path: str) -> bool:
        """Tell whether git follows something in a folder of this name."""
        return self._fold(path) in self._folders


def in_the_way(root: Path, path: str, followed: Followed) -> str:
    """Return what stands where a new file must go: itself, or a parent that is no folder; or "".

    What git follows is git's own business.
    """
    for name in reversed(parents(path)):
        place = root / name
        if place.is_symlink() or (os.path.lexists(place) and not place.is_dir()):
            return "" if followed.file(name) else name
        if not os.path.lexists(place):
            return ""
    if not os.path.lexists(root / path) or followed.file(path):
        return ""
    # A folder of git's, that it will empty; if something remains, git refuses.
    return "" if (root / path).is_dir() and followed.folder(path) else path
