"""Nobody's own git configuration in these tests: neither the developer's nor the machine's."""

from __future__ import annotations

import forks
import pytest


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in forks.PEOPLE.items():
        monkeypatch.setenv(name, value)
