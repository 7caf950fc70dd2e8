"""The same merge of notebooks for plain ``git pull``: a merge driver (gitattributes(5)).

``lab up`` declares it in this checkout only (``.git/config``, ``.git/info/attributes``); git then
runs ``python -m lab.sync.driver BASE OURS THEIRS PATH`` for each notebook that both sides changed.
nbdime's own driver would write conflict markers in the cells; here the student's cells win, and
upstream's version is laid beside, as ``lab sync`` does.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.sync import cells, contents, obstacles
from lab.sync.git import GitFailed, Repository

NAME = "lab-notebook"
ATTRIBUTE = f"*.ipynb merge={NAME}"
TITLE = "notebooks, cellule par cellule (./lab)"
# Without .venv, git keeps the student's notebook and says "conflict": nothing is lost, and this
# line says the way out.
ABSENT = "Notebooks non réunis : git merge --abort, puis ./lab up, puis recommencez."


def configure(repository: Repository) -> bool:
    """Declare the driver in a checkout; tell whether it could. Twice is as once."""
    command = _command(shlex.quote(sys.executable))
    try:
        if repository.ask("rev-parse", "--show-cdup") or not repository.commit("HEAD"):
            return False
        if repository.ask("config", "--local", f"merge.{NAME}.driver") != command:
            repository.run("config", "--local", f"merge.{NAME}.name", TITLE)
            repository.run("config", "--local", f"merge.{NAME}.driver", command)
        path = repository.git_path("info/attributes")
        known = path.read_text(encoding="utf-8") if path.exists() else ""
        if ATTRIBUTE not in known.splitlines():
            path.parent.mkdir(parents=True, exist_ok=True)
            before = f"{known.rstrip()}\n" if known.strip() else ""
            path.write_text(f"{before}{ATTRIBUTE}\n", encoding="utf-8")
    except (GitFailed, OSError):  # no git, a read-only folder: `lab up` goes on
        return False
    return True


def _command(python: str) -> str:
    """What git gives to a shell for each notebook that both sides changed."""
    usable = f"{python} -c 'import lab.sync.driver' 2>/dev/null"
    unable = f"{usable} || {{ echo '{ABSENT}' >&2; exit 1; }}"
    return f"{unable}; {python} -m lab.sync.driver %O %A %B %P"


def main(words: Sequence[str]) -> int:
    """Merge into OURS. 0: done; 1: to be settled by hand (git keeps the student's, unmarked)."""
    base, ours, theirs, path = words
    course = Path(theirs).read_bytes()
    found = [contents.read(Path(name).read_bytes()) for name in (base, ours)]
    was, here, there = *found, contents.read(course)
    if was is None or here is None or there is None:
        return 1
    done = cells.merge(was, here, there)
    content = contents.write(done.notebook)
    if contents.read(content) is None:
        return 1
    if done.kept:
        if Repository(Path()).ongoing().startswith("git rebase"):
            return 1  # git then calls "ours" what upstream wrote
        name = obstacles.free_name(obstacles.beside(path), os.path.lexists)
        Path(name).write_bytes(course)
        print(f"{path} : vos cellules ont gagné ; la version du cours est dans {name}")
    if done.notebook != here:
        Path(ours).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
