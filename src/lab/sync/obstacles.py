"""Files that git does not follow: those in the way, and upstream's versions laid beside."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

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


def in_the_way(root: Path, path: str, tracked: Iterable[str]) -> str:
    """Return what stands where a new file must go: itself, or a parent that is no folder; or "".

    `tracked`: names that git follows, which are its own business.
    """
    followed = set(tracked)
    parts = PurePosixPath(path).parts
    for count in range(1, len(parts)):
        name = "/".join(parts[:count])
        place = root / name
        if place.is_symlink() or (os.path.lexists(place) and not place.is_dir()):
            return "" if name in followed else name
        if not os.path.lexists(place):
            return ""
    if not os.path.lexists(root / path) or path in followed:
        return ""
    if (root / path).is_dir() and any(one.startswith(f"{path}/") for one in followed):
        return ""  # a folder of git's, that it will empty; what remains makes it refuse
    return path
