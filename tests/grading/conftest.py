"""Students' folders, and the sandbox that must hold them: the real bubblewrap or a visible skip."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import debian_packages
import pytest
from houses import ROOT, Run, notebook

from lab.grading import cage, pupil, sandbox
from lab.grading.limits import TASKS
from lab.grading.sandbox import Places

HEAD = "from lab.exercises import check"


@pytest.fixture(scope="session")
def walls() -> None:
    """bubblewrap, installed on a CI machine; elsewhere a skip that says so."""
    try:
        debian_packages.require(("bwrap",), ("bubblewrap",))
    except debian_packages.Absent as reason:
        pytest.skip(f"Tests du bac à sable SAUTÉS : {reason}")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pupil.package(tmp_path_factory.mktemp("paquet"))


@pytest.fixture
def house(walls: None, package: Path, tmp_path: Path) -> Callable[..., Run]:
    """Run notebooks behind the walls, without servers: their judge needs none."""

    def run(
        notebooks: dict[str, Sequence[str]], files: dict[str, str] | None = None, **orders: Any
    ) -> Run:
        places = Places(tmp_path / "eleve")
        places.ensure()
        texts = {name: notebook(HEAD, *cells) for name, cells in notebooks.items()}
        for name, text in {**texts, **(files or {})}.items():
            path = places.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        told = {"places": str(places.root), "root": str(ROOT), "package": str(package)}
        limits = {"timeout": 60.0, "memory": 1024, "check": 20.0, "services": False}
        given = told | limits | {"notebooks": list(notebooks)} | orders
        with cage.cage(TASKS + 64) as group:
            given["group"] = str(group or "")
            outer = sandbox.outside(places.root, group)
            done = subprocess.run(
                [*outer, sys.executable, "-m", "lab.grading.house"],
                input=json.dumps(given) + "\n",
                capture_output=True,
                text=True,
                timeout=250,
                check=False,
                env={**os.environ, "PYTHONPATH": str(sandbox.SOURCE), "PYTHONSAFEPATH": "1"},
            )
        assert done.returncode == 0, done.stderr[-2000:]
        return Run(places, [json.loads(line) for line in done.stdout.splitlines()])

    return run
