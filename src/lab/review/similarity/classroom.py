"""Look for resemblances in a class that was just reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.review import notebooks
from lab.review.decoding import decode
from lab.review.git import GitFailed, OutOfTime, Repository, soon
from lab.review.grid import Likeness
from lab.review.model import Review
from lab.review.similarity import comparing, traces, weighing
from lab.review.similarity.matching import CannotCompare
from lab.review.similarity.traces import Trace, Unit
from lab.review.similarity.weighing import Resemblances
from lab.review.upstream import Upstream

COURSE = "le cours"
SECONDS = 120.0  # to compare a class; 50 projects take 2
READING = 30.0  # seconds to read the course
_VERSIONS = 3  # of one file name of the course, the newest
_LARGEST = 200_000  # bytes of one of its files
_MOST = 6_000_000  # … of them all


def examine(
    found: Sequence[Review], folder: Path, upstream: Upstream, asked: Likeness
) -> Resemblances | None:
    """Compare the projects whose traces are in `folder`; None when there are not two of them."""
    read = [one for one in (traces.kept(folder, review) for review in found) if one is not None]
    class_ = [one for one in read if one.units]
    if len(class_) < 2:
        return None
    course = Trace(COURSE, units=tuple(_course(upstream)))
    try:
        blocks = comparing.compare([*class_, course], asked.jetons, SECONDS, len(class_))
    except CannotCompare as error:
        return Resemblances(notes=[f"Ressemblances : {error}."])
    result = weighing.weigh([*class_, course], len(class_), blocks, asked)
    for one in class_:
        if one.left_out:
            s = "s" if one.left_out > 1 else ""
            result.notes.append(
                f"{one.name} : {one.left_out} fichier{s} non comparé{s}, trop gros."
            )
    return result


def _course(upstream: Upstream) -> Iterator[Unit]:
    """The course's code, wherever it is: a student copies it under another name."""
    spent = 0
    wanted = {
        (place, oid): name
        for name, versions in sorted(upstream.names.items(), key=lambda one: one[0][::-1])
        for place, oid in versions[:_VERSIONS]
        if name.endswith((".ipynb", ".py"))
    }
    try:
        for git_dir in upstream.git_dirs:
            with Repository(git_dir, soon(READING)) as repository:
                for (place, oid), name in wanted.items():
                    if place != git_dir or spent > _MOST:
                        continue
                    data = repository.read(oid)
                    if len(data) <= _LARGEST:
                        code = _python(name, decode(data).content)
                        spent += len(code)
                        yield Unit(name, "", code)
    except (GitFailed, OutOfTime):
        return


def _python(name: str, content: str) -> str:
    if not name.endswith(".ipynb"):
        return content
    cells = notebooks.read(content).cells
    return "\n".join(notebooks.python(one.source) for one in cells if one.kind == "code")
