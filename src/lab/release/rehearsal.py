"""Update simulated students' copies with a release, before it is published.

Each copy is made from the previous release, then updated twice over: by the real `lab sync`, and by
plain ``git pull`` with the merge driver that `lab up` declares.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.release import forks
from lab.release.forks import SCENARIOS, Scenario
from lab.sync import act, contents, driver, update
from lab.sync.git import GitFailed, Repository
from lab.sync.history import Source

BRANCH = "master"
Way = Callable[[Repository], str]


@dataclass
class Outcome:
    """How one copy took the update, one way. `faults`: what a student would lose (French)."""

    fork: str
    way: str
    result: str  # what happened, in French
    faults: list[str] = field(default_factory=list)


def rehearse(
    repository: Repository,
    before: str,
    after: str,
    say: Callable[[str], None],
    scenarios: Sequence[Scenario] = SCENARIOS,
) -> list[Outcome]:
    """Bring `after` (a commit) into copies made at `before`. Writes in a temporary folder only."""
    found = []
    with tempfile.TemporaryDirectory(prefix="lab-release-") as name:
        folder = Path(name)
        for scenario in scenarios:
            say(f"répétition : {scenario.name}")
            origin = _origin(repository, folder / "cours.git", before)
            made = forks.make(scenario, origin.root, folder / "copie")
            origin.run("update-ref", f"refs/heads/{BRANCH}", after)
            for title, way in WAYS.items():
                copy = Repository(folder / "essai")
                shutil.copytree(made.root, copy.root, symlinks=True)
                found.append(_try(scenario, title, way, copy))
                shutil.rmtree(copy.root)
            shutil.rmtree(made.root)
    return found


def _origin(repository: Repository, place: Path, commit: str) -> Repository:
    """A bare repository that publishes a commit of ours, without copying any object."""
    origin = Repository(place)
    if not place.exists():
        repository.run("clone", "-q", "--bare", "-s", "--no-tags", str(repository.root), str(place))
        origin.run("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    origin.run("update-ref", f"refs/heads/{BRANCH}", commit)
    return origin


def _try(scenario: Scenario, title: str, way: Way, copy: Repository) -> Outcome:
    mine = forks.written(copy.root)
    sick = _sick(copy.root)
    outcome = Outcome(scenario.name, title, "")
    try:
        outcome.result = way(copy)
    except _Broken as broken:
        outcome.faults.append(str(broken))
    except (GitFailed, OSError) as error:
        outcome.faults.append(f"la mise à jour s'arrête ({error})")
    outcome.faults += judge(copy.root, mine, sick)
    return outcome


def judge(root: Path, mine: set[str], sick: set[str]) -> list[str]:
    """Return what the update has cost. `mine`: what the student had written; `sick`: the faults
    that the copy had already."""
    lost = sorted(mine - forks.written(root))
    faults = [f"« {_short(one)} » est perdu" for one in lost[:3]]
    if len(lost) > len(faults):
        faults.append(f"{len(lost) - len(faults)} autres textes sont perdus")
    return faults + sorted(_sick(root) - sick)


def _short(text: str) -> str:
    line = next(row for row in text.splitlines() if forks.MARK in row)
    return line.strip()[:60]


def _sick(root: Path) -> set[str]:
    """The notebooks of a copy that Jupyter would not open."""
    return {
        f"{path.relative_to(root)} n'est pas un notebook valide"
        for path in root.rglob("*.ipynb")
        if ".git" not in path.relative_to(root).parts and contents.read(path.read_bytes()) is None
    }


class _Broken(Exception):
    """A promise of `lab sync` does not hold: the French sentence says which."""


def _sync(copy: Repository) -> str:
    source = Source("basestream", BRANCH)
    before = copy.work_tree(), copy.commit("HEAD")
    planned = update.prepare(copy, source)
    if planned.current:
        return "déjà à jour"
    act.act(copy, planned)
    again = Repository(copy.root)
    if not update.prepare(again, source).current:
        raise _Broken("une seconde mise à jour ne serait pas sans effet")
    held = copy.work_tree()
    with _undone(again):
        if (again.work_tree(), again.commit("HEAD")) != before:
            raise _Broken("lab sync --undo ne rend pas l'état d'avant")
    if again.work_tree() != held:
        raise _Broken("la même mise à jour ne donne pas deux fois le même résultat")
    beside = len(planned.laid)
    return f"{len(planned.changes)} fichiers changent" + (f", {beside} à comparer" * bool(beside))


@contextmanager
def _undone(copy: Repository) -> Iterator[None]:
    """Undo the last sync for a while."""
    act.undo(copy)
    yield
    act.act(copy, update.prepare(copy, Source("basestream", BRANCH)))


def _pull(copy: Repository) -> str:
    driver.configure(copy)
    words = ("pull", "--no-rebase", "--no-edit", "-q", "basestream", BRANCH)
    if copy.attempt(*words).returncode == 0:
        return "réuni"
    if not copy.ongoing():
        return "refusé par git, qui ne touche à rien"
    left = {row.partition("\t")[2] for row in copy.line("ls-files", "-u").splitlines()}
    return f"{len(left)} fichiers à régler à la main"


WAYS: dict[str, Way] = {"lab sync": _sync, "git pull": _pull}
