"""Debian packages that some tests need, installed by themselves on a CI machine (`CI=true`)."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class Absent(Exception):
    """Programs are missing and may not be installed here; the message says why."""


def require(programs: Sequence[str], packages: Sequence[str]) -> None:
    """Install `packages` when one of `programs` is missing, this is CI, and we are root.

    Raises Absent otherwise.
    """
    with _turn():  # two pytest workers, one apt
        missing = [name for name in programs if shutil.which(name) is None]
        if not missing:
            return
        if os.environ.get("CI") != "true":
            raise Absent(f"{', '.join(missing)} absent (CI=true would install them)")
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise Absent(f"{', '.join(missing)} absent, and no right to install them")
        _apt("update", "-q")
        _apt("install", "-yq", "--no-install-recommends", *packages)


def require_browser() -> None:
    """Chromium and its driver. Raises Absent."""
    require(("chromium", "chromedriver"), ("chromium", "chromium-driver"))


def _apt(*words: str) -> None:
    command = ["apt-get", *words]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Absent(f"{' '.join(command)} failed: {done.stderr[-300:]}")


@contextmanager
def _turn() -> Iterator[None]:
    path = Path(tempfile.gettempdir()) / "lab-test-apt.lock"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
