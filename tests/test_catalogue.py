from __future__ import annotations

import pytest

from lab import catalogue
from lab.errors import UnknownName


def test_names_are_unique_and_needs_exist_and_come_first() -> None:
    seen: set[str] = set()
    for service in catalogue.SERVICES:
        assert service.name not in seen
        assert set(service.needs) <= seen
        seen.add(service.name)


def test_data_folders_are_never_shared() -> None:
    folders = [service.data for service in catalogue.SERVICES]
    assert len(set(folders)) == len(folders)


def test_ordered_follows_the_catalogue() -> None:
    assert [s.name for s in catalogue.ordered(["notebook", "mongo"])] == ["mongo", "notebook"]


def test_unknown_name_lists_the_names() -> None:
    with pytest.raises(UnknownName, match="elasticsearch") as caught:
        catalogue.find("oracle")
    assert caught.value.exit_code == 2


def test_no_command_binds_elsewhere_than_the_loopback() -> None:
    for service in catalogue.SERVICES:
        assert "0.0.0.0" not in " ".join(service.command)


def test_no_command_line_carries_a_password() -> None:
    words = " ".join(word for service in catalogue.SERVICES for word in service.command)
    for secret in ("{password}", "{token}", "--requirepass", "-admin.password"):
        assert secret not in words
