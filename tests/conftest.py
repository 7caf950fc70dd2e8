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
