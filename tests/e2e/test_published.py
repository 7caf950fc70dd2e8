"""The students' branch, as `lab course release` publishes it, is a lab that works."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from checkout import Lab, clean_copy, git

from lab.release import publish
from lab.sync.git import Repository


@pytest.mark.long
def test_a_lab_without_the_sources_of_the_course_works(
    tmp_path: Path, cold_environment: dict[str, str]
) -> None:
    source = Repository(clean_copy(tmp_path / "cours"))
    source.run("branch", "-m", "main")
    source.run("config", "user.name", "Prof")
    source.run("config", "user.email", "prof@exemple.fr")
    planned = publish.prepare(source, "", "master")
    publish.publish(source, planned, publish.commit(source, planned))
    root = tmp_path / "copie de l'étudiante"
    git(tmp_path, "clone", "-q", "-b", "master", str(source.root), str(root))
    assert not (root / "course").exists()
    (root / ".venv").symlink_to(sys.prefix)
    # The libraries are those of these tests; the code is that of the clone.
    own = {"LAB_ROOT": str(root), "PYTHONPATH": str(root / "src")}
    lab = Lab(root, cold_environment | own)
    try:
        done = lab.lab("up", timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        found = lab.lab("check", "Mongo", "--json", timeout=300)
        assert found.returncode == 0, found.stderr
        (chapter,) = json.loads(found.stdout)
        assert chapter["faults"] == []
        assert chapter["todo"] == chapter["exercises"] > 20
        told = lab.lab("course", "build")
        assert told.returncode == 1
        assert "course/" in told.stderr
    finally:
        left = lab.end()
    assert left == []
