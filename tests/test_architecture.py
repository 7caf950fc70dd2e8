"""The rules of the house that a machine can hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src" / "lab").rglob("*.py"))
LONGEST_MODULE = 300


def test_imports_go_only_downwards() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program, "--no-logo"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_modules_stay_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_MODULE + 10, f"{lines} lines: make it a folder with named rooms"


def test_no_room_is_called_utils() -> None:
    assert not [path for path in SOURCES if "util" in path.stem]


# Where a person reads the sentence and the next command: the terminal, and `check` in a notebook.
SPEAKS = {"src/lab/cli/__init__.py", "src/lab/exercises/session.py"}


def test_only_who_speaks_to_a_person_catches_the_root_error() -> None:
    guilty = [
        str(path)
        for path in SOURCES
        if "except LabError" in path.read_text(encoding="utf-8")
        and path.relative_to(ROOT).as_posix() not in SPEAKS
    ]
    assert not guilty
