"""The files of the reviewed commit: names and sizes of all, contents of those worth reading."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.review.git import Entry, Repository

MOST_ENTRIES = 60_000
LINK, GITLINK = "120000", "160000"

# Folders that machines write: never read, reported as junk.
GENERATED = frozenset(
    [
        "__pycache__",
        ".ipynb_checkpoints",
        "node_modules",
        ".venv",
        "venv",
        "env",
        ".env",
        "site-packages",
        ".idea",
        ".vscode",
        ".pytest_cache",
        ".mypy_cache",
        ".scrapy",
        ".git",
        "dist-packages",
        ".tox",
        ".eggs",
    ]
)
_ENVIRONMENT_PARTS = (
    "/lib/python",
    "/site-packages/",
    "/dist-packages/",
    "/scripts/",
    "/include/",
    "/bin/",
)


@dataclass
class Tree:
    """`environments`: folders that hold a ``pyvenv.cfg`` (or a site-packages): virtualenvs."""

    files: list[Entry] = field(default_factory=list)
    links: list[Entry] = field(default_factory=list)
    gitlinks: list[Entry] = field(default_factory=list)
    environments: tuple[str, ...] = ()
    cut: bool = False

    def within(self, folder: str) -> Iterable[Entry]:
        """The files under a folder; "" is the root."""
        return (one for one in self.files if is_under(one.path, folder))

    def generated(self, path: str) -> bool:
        """Was it written by a machine (a package of a virtualenv, a cache)?"""
        parts = path.split("/")[:-1]
        for home in self.environments:
            if is_under(path, home):
                inside = "/" + path[len(home) :].lstrip("/").lower()
                if inside.startswith(_ENVIRONMENT_PARTS) or "/site-packages/" in inside:
                    return True
                parts = inside.split("/")[1:-1]  # a project can live in a folder named venv
        return not GENERATED.isdisjoint(parts)


def is_under(path: str, folder: str) -> bool:
    """Is this path in this folder, or in one of its own?"""
    return not folder or path.startswith(folder + "/")


def read(repository: Repository, commit: str) -> Tree:
    """List the commit. Raises GitFailed, OutOfTime."""
    tree = Tree()
    homes = set()
    for count, entry in enumerate(repository.entries(commit, MOST_ENTRIES), 1):
        {LINK: tree.links, GITLINK: tree.gitlinks}.get(entry.mode, tree.files).append(entry)
        name = posixpath.basename(entry.path).lower()
        if name == "pyvenv.cfg":
            homes.add(posixpath.dirname(entry.path))
        elif "/site-packages/" in entry.path.lower():
            before = entry.path[: entry.path.lower().index("/site-packages/")]
            home = before.lower().rfind("/lib")
            if home > 0:
                homes.add(before[:home])
        tree.cut = count == MOST_ENTRIES
    tree.environments = tuple(sorted(home for home in homes if home))
    return tree
