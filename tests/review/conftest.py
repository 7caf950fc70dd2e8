"""A course, forks of it, and their reviews."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lab.review import upstream as course
from lab.review.git import soon
from lab.review.model import Review, Verdict
from lab.review.reviewing import Context, review
from lab.review.sources import Source

sys.path.insert(0, str(Path(__file__).parent))

import repositories

Fork = Callable[..., Path]


@pytest.fixture(scope="session")
def course_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repositories.create(tmp_path_factory.mktemp("cours") / "cours", repositories.COURSE)


@pytest.fixture
def fork(course_folder: Path, tmp_path: Path) -> Fork:
    """A fork of the course, with these files in one commit."""

    def make(files: Mapping[str, str | bytes] | None = None, name: str = "fork") -> Path:
        folder = tmp_path / name
        shutil.copytree(course_folder, folder)
        if files is not None:
            repositories.commit(folder, files)
        return folder

    return make


@pytest.fixture
def read(course_folder: Path, tmp_path: Path) -> Callable[..., Review]:
    """Review a folder as `lab review` does."""
    known = course.read([course.Place(course_folder / ".git")], soon(30))

    def make(folder: Path, *, seconds: float = 30, members: tuple[str, ...] = ()) -> Review:
        context = Context(known, tmp_path / "clones", offline=False, seconds=seconds)
        return review(Source("projet", str(folder), members), context)

    return make


@pytest.fixture
def judged(fork: Fork, read: Callable[..., Review]) -> Callable[..., Verdict]:
    """The verdict of one criterion on a project made of these files."""

    def make(criterion: str, files: Mapping[str, str | bytes], name: str = "fork") -> Verdict:
        found = read(fork(repositories.under("Evaluation/Projet", files), name))
        assert not found.fault
        return repositories.verdict(found, criterion)

    return make
