"""Every test starts from a scrubbed environment: nothing of the developer's own lab leaks in."""

from __future__ import annotations

import os
import shutil
import signal
from typing import Any

import debian_packages
import pytest

OURS = ("LAB_", "MONGO_", "REDIS_", "ELASTICSEARCH_", "AWS_", "WORKSPACE_", "PRACTICE_")
KEPT = ("AWS_CA_BUNDLE",)  # the machine's own authorities, needed to reach the package index
PROXIES = ("http_proxy", "https_proxy", "all_proxy")

# Started in the background by a script, this process ignores Ctrl-C, and so would the commands
# whose answer to Ctrl-C is tested.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
ENGINES = ("tests/e2e/", "tests/docker/")  # each starts whole labs: its files one after the other
SLOW = ("tests/scraping/", "tests/search_gateway/", "tests/practice/", *ENGINES)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The fast tests first: a plain mistake shows in seconds, not after the containers.

    With several workers (`lab test`), the local engine and the containers have each their own from
    the start; another does the fast tests, then the course; whoever is free takes what is left.
    """
    order = (COURSE, *SLOW) if hasattr(config, "workerinput") else SLOW
    items.sort(key=lambda item: _place(item.nodeid, order))
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _scope(item.nodeid) not in ENGINES)


def _scope(name: str) -> str:
    """What one worker does whole: an engine, else a file."""
    engine = next((one for one in ENGINES if name.startswith(one)), "")
    return engine if engine and not name.startswith(COURSE) else name.partition("::")[0]


def _place(name: str, starts: tuple[str, ...]) -> int:
    return next((i for i, start in enumerate(starts, 1) if name.startswith(start)), 0)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Several workers (`lab test`): a file is never split, nor an engine."""
    from xdist.scheduler import LoadScopeScheduling

    class ByScope(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _scope(nodeid)

    return ByScope(config, log)
