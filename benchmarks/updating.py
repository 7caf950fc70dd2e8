"""An update by `lab sync`, by `git pull` and by nbgitpuller: python benchmarks/updating.py [N]

N random histories (100 unless told), the same for all: a student's edits and upstream's on two
notebooks, two programs and a text (the generator of tests/sync/test_histories.py). Everything that
is written bears its author's mark, so that what is lost can be counted. nbgitpuller (pip install
nbgitpuller) is left out when it is not there.
"""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "sync"))

import forks
import test_histories as histories

from lab.sync import act, driver, update
from lab.sync.contents import read
from lab.sync.git import GitFailed, Repository
from lab.sync.history import Source

MARKERS = (b"<<<<<<< ", b">>>>>>> ")


def sync(fork: Path) -> bool:
    """`lab sync`"""
    repository = Repository(fork)
    try:
        act.act(repository, update.prepare(repository, Source("basestream", "master")))
    except GitFailed:
        return False
    return True


def pull(fork: Path) -> bool:
    """`git pull`"""
    done = Repository(fork).attempt(
        "pull", "-q", "--no-rebase", "--no-edit", "basestream", "master"
    )
    return done.returncode == 0


def commit_pull(fork: Path) -> bool:
    """`git commit -a`, `git pull`"""
    Repository(fork).attempt("commit", "-q", "-a", "-m", "mon travail")
    return pull(fork)


def driven_pull(fork: Path) -> bool:
    """de même, avec le pilote de `lab up`"""
    driver.configure(Repository(fork))
    return commit_pull(fork)


def nbgitpuller(fork: Path) -> bool:
    """nbgitpuller"""
    from nbgitpuller.pull import GitPuller

    forks.git(fork, "remote", "rename", "basestream", "origin")
    url = forks.git(fork, "remote", "get-url", "origin").strip()
    try:
        for _ in GitPuller(url, str(fork), branch="master").pull():
            pass
    except subprocess.CalledProcessError:
        return False
    return True


WAYS: tuple[Callable[[Path], bool], ...] = (sync, pull, commit_pull, driven_pull, nbgitpuller)
COLUMNS = ("à la main", "lignes perdues", "marqueurs", "notebook cassé", "non reçu", "secondes")


def make(folder: Path, seed: int) -> forks.World:
    """Make a course and a fork that went their ways."""
    chance = random.Random(seed)
    names = histories.NAMES
    start = {
        n: histories.whole_book(n) if n.endswith("ipynb") else histories.whole_text(n)
        for n in names
    }
    world = forks.World.make(folder, start)
    for place, author in ((world.fork, "moi"), (world.course, "cours")):
        who = histories.Author(author)
        for _ in range(chance.randint(1, 4)):
            action = chance.choice([a for a in histories.ACTIONS if a != "break"])
            edit = histories.Edit(action, chance.randrange(10), chance.randrange(10))
            histories.do(place, edit, who)
    world.publish()
    return world


def judge(fork: Path, course: Path, mine: dict[str, int], broken: set[bytes]) -> list[bool]:
    """Tell what went wrong: lines lost, markers, broken notebooks, upstream's not received."""
    files = forks.files(fork)
    now, theirs = histories.written_by("moi", fork), histories.written_by("cours", course)
    got = histories.written_by("cours", fork)
    notebooks = [c for n, c in files.items() if n.endswith(".ipynb") and c not in broken]
    return [
        any(now.get(mark, 0) < count for mark, count in mine.items()),
        any(marker in content for content in files.values() for marker in MARKERS),
        any(read(content) is None for content in notebooks),
        not theirs.keys() <= got.keys(),
    ]


def main() -> None:
    """Measure and print."""
    os.environ.update(forks.PEOPLE)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    ways = [w for w in WAYS if w is not nbgitpuller or importlib.util.find_spec("nbgitpuller")]
    wrong: dict[str, list[list[bool]]] = {str(way.__doc__): [] for way in ways}
    seconds: dict[str, list[float]] = {str(way.__doc__): [] for way in ways}
    for seed in range(count):
        with tempfile.TemporaryDirectory() as name:
            world = make(Path(name), seed)
            mine = histories.written_by("moi", world.fork)
            both = [*forks.files(world.fork).values(), *forks.files(world.course).values()]
            broken = {content for content in both if read(content) is None}
            for way in ways:
                fork = Path(name) / way.__name__
                shutil.copytree(world.fork, fork, symlinks=True)
                before = time.perf_counter()
                alone = way(fork)
                seconds[str(way.__doc__)].append(time.perf_counter() - before)
                wrong[str(way.__doc__)].append(
                    [not alone, *judge(fork, world.course, mine, broken)]
                )
    print(f"{count} histoires".ljust(52), *(column.rjust(14) for column in COLUMNS))
    for title, rows in wrong.items():
        shares = [f"{100 * sum(column) / count:.0f} %" for column in zip(*rows, strict=True)]
        shares.append(f"{statistics.median(seconds[title]):.2f}")
        print(title.ljust(52), *(share.rjust(14) for share in shares))


if __name__ == "__main__":
    main()
