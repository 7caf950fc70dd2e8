"""What each sync did, kept in git's own folder, so that `lab sync --undo` can go back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from lab.settings import write_private
from lab.sync.git import Repository

NAME = "lab-sync.json"
TAG = "lab-sync/"  # the safety tags: lab-sync/20261121-170500


@dataclass(frozen=True)
class Entry:
    """One sync. `head` and `index` (a tree): where the student was; `saved`: the commit of their
    work, under the safety tag; `result`: where the sync left them; `renamed`: untracked files, old
    name to new; `covered`: untracked files (path to blob) that were replaced, for git holds that
    very content: upstream brought the same, or we had laid it; `laid`: upstream's versions beside
    the student's (path to blob).
    """

    tag: str
    branch: str
    head: str
    index: str
    saved: str
    result: str
    renamed: dict[str, str] = field(default_factory=dict)
    laid: dict[str, str] = field(default_factory=dict)
    covered: dict[str, str] = field(default_factory=dict)


def read(repository: Repository) -> list[Entry]:
    """Return the syncs that were not undone, the oldest first."""
    path = repository.git_path(NAME)
    if not path.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return [Entry(**row) for row in rows]


def write(repository: Repository, entries: list[Entry]) -> None:
    """Replace the journal, at once."""
    rows = [asdict(entry) for entry in entries]
    # Names of files may hold bytes that are not UTF-8: JSON escapes them.
    write_private(repository.git_path(NAME), json.dumps(rows, indent=1))
