"""The probe holds on the real sandbox, and sees each wall that is taken away."""

from __future__ import annotations

from pathlib import Path

import pytest
from houses import ROOT

from lab.grading import probe, sandbox
from lab.grading.sandbox import NoSandbox


def test_the_probe_passes_on_this_machine(walls: None, package: Path, tmp_path: Path) -> None:
    probe.probe(tmp_path, ROOT, package)
    assert not (tmp_path / "canari").exists()


@pytest.mark.parametrize(
    ("missing", "instead", "said"),
    [
        (["--unshare-net"], [], "joindre un port"),
        (["--tmpfs", "/tmp"], ["--bind", "/tmp", "/tmp"], "lire un fichier"),
        (["--cap-drop", "ALL"], ["--cap-add", "ALL"], "droits d'administrateur"),
    ],
)
def test_the_probe_sees_a_missing_wall(
    walls: None,
    package: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    missing: list[str],
    instead: list[str],
    said: str,
) -> None:
    def without(words: list[str]) -> list[str]:
        for place in range(len(words)):
            if words[place : place + len(missing)] == missing:
                start = place - 2 if words[place - 2] == "--size" else place
                return [*words[:start], *instead, *words[place + len(missing) :]]
        return words

    outside, pupil = sandbox.outside, sandbox.pupil
    monkeypatch.setattr(sandbox, "outside", lambda *a: without(outside(*a)))
    monkeypatch.setattr(sandbox, "pupil", lambda *a: without(pupil(*a)))
    with pytest.raises(NoSandbox, match=said):
        probe.probe(tmp_path, ROOT, package)


def test_a_system_that_forbids_namespaces_is_refused(
    walls: None, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bin" / "bwrap"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sandbox, "program", lambda: str(broken))
    with pytest.raises(NoSandbox, match="No permissions to create new namespace"):
        probe.probe(tmp_path, ROOT, package)


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoSandbox) as refused:
        sandbox.program()
    assert "bubblewrap" in refused.value.message
    assert refused.value.hint == "sudo apt-get install bubblewrap"
    assert refused.value.exit_code == 4


def test_the_students_package_has_no_check_and_no_truth(package: Path) -> None:
    names = {str(path.relative_to(package)) for path in package.rglob("*.py")}
    assert {name for name in names if name.startswith("lab/practice/")} == {
        "lab/practice/__init__.py",
        "lab/practice/names.py",
    }
    assert {name for name in names if name.startswith("lab/exercises/")} == {
        "lab/exercises/__init__.py",
        "lab/exercises/result.py",
    }
    grading = {name for name in names if name.startswith("lab/grading/")}
    assert {Path(name).parent.name for name in grading} == {"grading", "exchange"}
    assert (package / "lab/grading/__init__.py").read_text() == ""
