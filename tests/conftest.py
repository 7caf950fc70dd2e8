"""Every test starts from a scrubbed environment: nothing of the developer's own lab leaks in."""

from __future__ import annotations

import os
import shutil
from typing import Any

import debian_packages
import pytest

OURS = ("LAB_", "MONGO_", "REDIS_", "ELASTICSEARCH_", "AWS_", "WORKSPACE_", "PRACTICE_")
KEPT = ("AWS_CA_BUNDLE",)  # the machine's own authorities, needed to reach the package index
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(OURS) and name not in KEPT:
            monkeypatch.delenv(name)
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Chromium and its driver (path of the browser); without them, a visible skip."""
    try:
        debian_packages.require_browser()
    except debian_packages.Absent as reason:
        pytest.skip(f"Tests dans un navigateur SAUTÉS : {reason}")
    path = shutil.which("chromium")
    assert path
    return path


COURSE = "tests/e2e/test_notebooks.py"
ENGINES = ("tests/e2e/", "tests/docker/")  # they start whole labs: one after the other
SLOW = ("tests/scraping/", "tests/search_gateway/", "tests/practice/", *ENGINES)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The fast tests first: a plain mistake shows in seconds, not after the containers.

    With two workers, the engines first: they last as long as all the rest, on the other worker,
    which ends with the course.
    """
    items.sort(key=lambda item: _place(item.nodeid, SLOW))
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: (not _engine(item.nodeid), item.nodeid.startswith(COURSE)))


def _engine(name: str) -> bool:
    return name.startswith(ENGINES) and not name.startswith(COURSE)


def _place(name: str, starts: tuple[str, ...]) -> int:
    return next((i for i, start in enumerate(starts, 1) if name.startswith(start)), 0)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Two workers (`lab test`): a file is never split, and the engines share one worker; the course
    has a lab of its own."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "engines" if _engine(nodeid) else super()._split_scope(nodeid)

    return ByFile(config, log)
