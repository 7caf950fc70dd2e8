"""One file that both sides changed: the student's version, with what upstream can add to it."""

from __future__ import annotations

import json
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from lab.sync import cells
from lab.sync.git import REGULAR, Entry, Repository
from lab.sync.paths import Fate
from lab.sync.report import in_words

# Written by a program from another file: half of each would be neither.
GENERATED = {"Pipfile.lock": "à refaire avec : pipenv lock"}
# Lists that both sides lengthen at the same place: both additions stay, while the result is sound.
LISTS = ("Pipfile", ".gitignore")


@dataclass(frozen=True)
class Outcome:
    """The file to leave to the student.

    `whole`: all that upstream brings is in it. Else upstream's version must lie beside.
    `detail`: what to say of it, in French.
    """

    entry: Entry
    whole: bool
    detail: str = ""


def combine(repository: Repository, fate: Fate) -> Outcome:
    """Merge the two versions of a file. Writes blobs, nothing else."""
    ours, theirs, base = fate.ours, fate.theirs, fate.base
    if ours is None or theirs is None:
        raise ValueError(fate)
    if ours.mode not in REGULAR or theirs.mode not in REGULAR:
        return Outcome(ours, whole=False)
    mode = theirs.mode if base and ours.mode == base.mode else ours.mode
    if theirs.oid in (ours.oid, base.oid if base else ""):
        return Outcome(Entry(mode, ours.oid), whole=True)
    if base and ours.oid == base.oid:
        return Outcome(Entry(mode, theirs.oid), whole=True)
    if base is None or base.mode not in REGULAR:  # two files born apart: nothing says how to mix
        return Outcome(ours, whole=False)
    texts = [repository.blob(one.oid) for one in (base, ours, theirs)]
    if fate.origin.endswith(".ipynb"):
        return _notebook(repository, Entry(mode, ours.oid), *texts)
    name = PurePosixPath(fate.origin).name
    if name in GENERATED:
        return Outcome(ours, whole=False, detail=GENERATED[name])
    merged, whole = lines(texts[0], texts[1], texts[2], name)
    if not _sound(name, merged) and _sound(name, texts[1]):
        return Outcome(ours, whole=False)
    return Outcome(Entry(mode, repository.store(merged)), whole)


def lines(base: bytes, ours: bytes, theirs: bytes, name: str = "") -> tuple[bytes, bool]:
    """Merge texts by lines with git; where both changed the same lines, the student's stay (with
    upstream's after them in a file of that `name` which is a list).

    Return the text, and whether it holds all that upstream brings. What is not a text stays.
    """
    with tempfile.TemporaryDirectory(prefix="lab-sync-") as place:
        folder = Path(place)
        for title, content in (("ours", ours), ("base", base), ("theirs", theirs)):
            (folder / title).write_bytes(content)
        git = Repository(folder)
        sides = ("ours", "base", "theirs")
        if name in LISTS:
            done = git.attempt("merge-file", "-p", "--union", *sides)
            if done.returncode == 0 and _sound(name, done.stdout) >= _sound(name, ours):
                return done.stdout, True
        done = git.attempt("merge-file", "-p", *sides)
        if done.returncode == 0:
            return done.stdout, True
        done = git.attempt("merge-file", "-p", "--ours", *sides)
        return (ours if done.returncode else done.stdout), False  # binary: git cannot merge


def _sound(name: str, content: bytes) -> bool:
    """Tell whether a file that programs read can still be read; any other is."""
    try:
        if name.endswith((".json", ".lock")):
            json.loads(content)
        elif name.endswith(".toml") or name == "Pipfile":
            tomllib.loads(content.decode())
    except (ValueError, RecursionError):
        return False
    return True


def _notebook(
    repository: Repository, mine: Entry, base: bytes, ours: bytes, theirs: bytes
) -> Outcome:
    found = [read(content) for content in (base, ours, theirs)]
    was, here, there = found
    if was is None or here is None or there is None:
        whose = "le vôtre" if here is None else "celui du cours"
        return Outcome(mine, whole=False, detail=f"notebook illisible : {whose}")
    merged = cells.merge(was, here, there)
    if merged.notebook == here:  # nothing came in: not even the layout of the file may change
        return Outcome(mine, whole=not merged.kept, detail=in_words(merged))
    content = write(merged.notebook)
    if read(content) is None:  # never an invalid notebook, even if we were wrong
        return Outcome(mine, whole=False)
    entry = Entry(mine.mode, repository.store(content))
    return Outcome(entry, whole=not merged.kept, detail=in_words(merged))


def read(content: bytes) -> cells.Notebook | None:
    """Return a valid notebook of format 4, or None."""
    from nbformat.validator import iter_validate

    try:
        notebook: Any = json.loads(content)
        valid = notebook["nbformat"] == 4 and not any(
            # `validate` would mend the ids as it reads; a mended copy is not the student's file.
            True
            for _ in iter_validate(notebook, relax_add_props=True)  # type: ignore[no-untyped-call]
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    found: cells.Notebook | None = notebook if valid else None
    return found


def write(notebook: cells.Notebook) -> bytes:
    """Return a notebook as Jupyter writes it, but with the keys in the student's order."""
    try:
        text = json.dumps(notebook, indent=1, ensure_ascii=False)
        return f"{text}\n".encode()
    except UnicodeEncodeError:  # half a character in an output, which JSON can only escape
        return f"{json.dumps(notebook, indent=1)}\n".encode()
