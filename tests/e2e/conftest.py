"""One clean copy of the tree, brought up once by the README's own command, for the whole session.

`running_lab` is that copy, up and filled; tests that break things take `other_lab`, another home
on the same checkout.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil
import pytest
from checkout import Lab, clean_copy, clean_environment

INSTALL = 400  # seconds; usually 45 to 90
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is end to end, and may have to wait for the installation."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(INSTALL + 200))


def _pip_cache(fallback: Path) -> Path:
    """The cache that pip already has on this machine, else one for this session."""
    given = os.environ.get("PIP_CACHE_DIR")
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pip"
    return Path(given) if given else usual if usual.is_dir() else fallback


@pytest.fixture(scope="session")
def cold_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A scrubbed environment with an empty HOME and a pip cache shared by the session."""
    home = tmp_path_factory.mktemp("home")
    cache = _pip_cache(tmp_path_factory.mktemp("pip-cache"))
    return clean_environment(home) | {"PIP_CACHE_DIR": str(cache)}


@pytest.fixture(scope="session")
def running_lab(
    tmp_path_factory: pytest.TempPathFactory, cold_environment: dict[str, str]
) -> Iterator[Lab]:
    """A fresh checkout in a path with a space and an accent, brought up by `./lab up`."""
    lab = Lab(
        clean_copy(tmp_path_factory.mktemp("mon labo é") / "DataEngineerTools"), cold_environment
    )
    started = time.monotonic()
    try:
        lab.first_up = lab.lab("up", timeout=INSTALL)
        lab.more["seconds"] = time.monotonic() - started
        assert lab.first_up.returncode == 0, lab.first_up.stdout + lab.first_up.stderr
        yield lab
    finally:
        left = lab.end()
        left += _kill_all_of(lab.root)
        shutil.rmtree(lab.root, ignore_errors=True)  # a gigabyte
    assert left == [], f"processus restés après ./lab down : {left}"


def _kill_all_of(root: Path) -> list[str]:
    """Command lines of processes run from this checkout, whatever their home; they are killed."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if f"{root}/" in line and process.pid != os.getpid():
            found.append(line)
            process.kill()
    return found


@contextmanager
def _another(lab: Lab, home: Path) -> Iterator[Lab]:
    other = Lab(lab.root, lab.environ, other_home=home)
    try:
        yield other
    finally:
        left = other.end() if home.exists() else []
        if home.exists() and not os.path.ismount(home):
            shutil.rmtree(home)
    assert left == [], f"processus restés après ./lab down : {left}"


@pytest.fixture(scope="session")
def another_home(running_lab: Lab) -> Callable[[Path], AbstractContextManager[Lab]]:
    """Makes a lab of the same checkout with its own home; ended and swept when left."""
    return lambda home: _another(running_lab, home)


@pytest.fixture
def other_lab(
    another_home: Callable[[Path], AbstractContextManager[Lab]], tmp_path: Path
) -> Iterator[Lab]:
    """An own home (not yet up) on the checkout of `running_lab`, for tests that break things."""
    with another_home(tmp_path / "autre labo") as lab:
        yield lab


@pytest.fixture(scope="module")
def busy_lab(
    another_home: Callable[[Path], AbstractContextManager[Lab]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lab]:
    """An own home, up and empty, shared by the tests of one module."""
    with another_home(tmp_path_factory.mktemp("feu") / "labo") as lab:
        done = lab.lab("up", "--no-crawl")
        assert done.returncode == 0, done.stderr
        yield lab
