"""Every test starts from a scrubbed environment: nothing of the developer's own lab leaks in."""

from __future__ import annotations

import os

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Alone, the fast tests first: a plain mistake shows in seconds, not after the containers.

    With two workers (xdist), the engines of a whole lab go to one of them, first, because they
    last as long as all the rest, which goes to the other, file by file and the fast ones first.
    """

    def weight(item: pytest.Item) -> int:
        if item.get_closest_marker("docker"):
            return 3
        if item.get_closest_marker("e2e"):
            return 2
        return int(item.path.parent.name in ("scraping", "search_gateway", "practice"))

    items.sort(key=weight)
    if config.getoption("dist", "no") == "loadgroup" or hasattr(config, "workerinput"):
        for item in items:
            group = "engines" if weight(item) > 1 else str(item.path.relative_to(config.rootpath))
            item.add_marker(pytest.mark.xdist_group(group))
        items.sort(key=lambda item: weight(item) < 2)
