"""A course and a student's fork of it, as real git repositories in a temporary folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.sync import act, update
from lab.sync.git import Repository
from lab.sync.history import Source
from lab.sync.report import Change, What

NOW = 1_795_284_300.0  # the clock of the tests
MARKERS = ("<<<<<<< ", ">>>>>>> ")
# Nobody's own configuration: neither the developer's nor the machine's.
PEOPLE = {"HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


def git(folder: Path, *words: str, given: bytes | None = None) -> str:
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        input=given,
        env={**os.environ, **PEOPLE},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout.decode(errors="surrogateescape")


def init(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "master")
    identify(folder, name)
    return folder


def identify(folder: Path, name: str) -> None:
    with (folder / ".git" / "config").open("a") as file:
        file.write(f"[user]\n\tname = {name}\n\temail = {name.lower()}@exemple.fr\n")


@dataclass
class World:
    """`course`: what the instructor publishes; `fork`: the student's clone."""

    course: Path
    fork: Path
    now: float = NOW

    @classmethod
    def make(cls, folder: Path, files: Mapping[str, str | bytes]) -> World:
        """A course with these files, cloned by Zoé, who declared it as `basestream`."""
        world = cls(init(folder / "cours", "Prof"), folder / "fork de Zoé")
        world.publish(files)
        git(folder, "clone", "-q", "-o", "basestream", str(world.course), str(world.fork))
        identify(world.fork, "Zoé")
        return world

    @classmethod
    def copy(cls, template: World, folder: Path) -> World:
        """The same course and the same fork elsewhere: one copy instead of six commands."""
        samples = shutil.ignore_patterns("*.sample")
        shutil.copytree(template.course.parent, folder, ignore=samples, dirs_exist_ok=True)
        world = cls(folder / template.course.name, folder / template.fork.name)
        config = world.fork / ".git" / "config"
        config.write_text(config.read_text().replace(str(template.course), str(world.course)))
        return world

    def publish(self, files: Mapping[str, str | bytes | None] | None = None) -> str:
        """The instructor writes files (None: removes them) and commits all."""
        put(self.course, files or {})
        return commit(self.course, "maj du cours")

    def work(self, files: Mapping[str, str | bytes | None], *, save: bool = True) -> None:
        """The student writes files and, unless told otherwise, commits all."""
        put(self.fork, files)
        if save:
            commit(self.fork, "mon travail")

    def plan(self) -> update.Update:
        return update.prepare(Repository(self.fork), Source("basestream", "master"), self.now)

    def sync(self, *, twice: bool = True) -> dict[str, Change]:
        """Sync; return the report by path. What every sync promises is checked at once.

        `twice`: check that a second one has nothing to do.
        """
        repository = Repository(self.fork)
        planned = update.prepare(repository, Source("basestream", "master"), self.now)
        if not planned.current:
            act.act(repository, planned)
            assert self.fork.joinpath(".git/lab-sync.json").exists()
            assert self.status() == "", "all is saved, and no merge is left half-way"
        assert not (self.fork / ".git" / "MERGE_HEAD").exists()
        assert not twice or self.plan().current, "a second sync is a no-op"
        return {change.path: change for change in planned.changes}

    def undo(self) -> None:
        act.undo(Repository(self.fork))

    def read(self, path: str) -> str:
        return (self.fork / path).read_bytes().decode()

    def status(self) -> str:
        return git(self.fork, "status", "--porcelain", "--untracked-files=no")


def put(folder: Path, files: Mapping[str, str | bytes | None]) -> None:
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD").strip()


def files(folder: Path) -> dict[str, bytes]:
    """Everything in a checkout, git's own folder left out: what `--undo` must give back."""
    found = {}
    for place, folders, names in os.walk(folder):
        if ".git" in folders:
            folders.remove(".git")
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for path in (Path(place) / name for name in (*names, *links)):
            content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(folder))] = content
    return found


def state(folder: Path) -> tuple[object, ...]:
    """All that `--undo` must give back: files, index, branch."""
    index = git(folder, "ls-files", "-s")
    branches = git(
        folder, "for-each-ref", "--format=%(HEAD) %(objectname) %(refname)", "refs/heads"
    )
    return files(folder), index, branches


def cell(text: str, name: str = "", kind: str = "code", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": text}
    if name:
        made["id"] = name
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    return {**made, **more}


def notebook(*cells: dict[str, Any] | str) -> str:
    """A notebook of these cells; a string "name: text" is a code cell with that id and text."""
    made = [
        cell(one.partition(": ")[2], one.partition(": ")[0]) if isinstance(one, str) else one
        for one in cells
    ]
    content = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def texts(content: str | bytes) -> list[str]:
    """The texts of a notebook's cells; the notebook must be valid."""
    import nbformat

    nbformat.validate(nbformat.reads(content, as_version=4))
    return ["".join(one["source"]) for one in json.loads(content)["cells"]]


def kinds(report: Mapping[str, Change]) -> dict[str, What]:
    return {path: change.what for path, change in report.items()}
