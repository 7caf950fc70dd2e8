"""`lab grade` as it is typed: refusals in one sentence, and a class from its list."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from houses import ROOT

from lab.grading.sandbox import SOURCE


def lab(home: Path, *words: str, path: str = "") -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "LAB_HOME": str(home), "LAB_ROOT": str(ROOT),
               "PYTHONPATH": str(SOURCE), "PATH": path or os.environ["PATH"]}  # fmt: skip
    command = [sys.executable, "-m", "lab", "grade", *words]
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=250, check=False
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--chapters", "Mangue"], 2, "Le chapitre « Mangue » n'existe pas"),
        (["--class", "absente.csv"], 2, "ne peut pas être lue"),
        (["--timeout", "1"], 2, "Valeur refusée pour --timeout"),
        (["--memory", "beaucoup"], 2, "Valeur refusée pour --memory"),
    ],
)
def test_bad_words_are_refused_in_one_sentence(
    tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    done = lab(tmp_path, *words)
    assert done.returncode == code
    assert said in done.stderr
    assert "→" in done.stderr
    assert done.stdout == ""


def test_without_a_sandbox_nothing_is_graded(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "git").symlink_to(shutil.which("git") or "")
    done = lab(tmp_path / "lab", str(tmp_path), path=str(programs))
    assert done.returncode == 4
    assert "le code des étudiants ne tourne jamais sans lui" in done.stderr
    assert "apt-get install bubblewrap" in done.stderr
    assert not (tmp_path / "lab" / "grade").exists()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_class_is_graded_then_resumed(walls: None, tmp_path: Path) -> None:
    from test_grading_batch import COURSE, fork

    from lab.course import build, sources

    one = next(one for one in sources.find(ROOT) if one.name == "Mongo/01_documents")
    fork(tmp_path / "louise", {COURSE: build.solved(one, [one])})
    fork(tmp_path / "paul", {COURSE: one.target.read_text(encoding="utf-8")})
    (tmp_path / "classe.csv").write_text(
        "nom;depot;membres\nLouise;louise;Louise A\nPaul;paul;\nAbsent;rien;\n", encoding="utf-8"
    )
    words = ["--class", str(tmp_path / "classe.csv"), "--chapters", "Mongo", "--json"]
    html = ["--html", str(tmp_path / "notes")]
    done = lab(tmp_path / "lab", *words, *html)
    assert done.returncode == 10, done.stderr
    louise, paul, absent = json.loads(done.stdout)
    right = [a["exercise"] for a in louise["answers"] if a["status"] == "right"]
    assert right == [f"mongo-0{n}" for n in range(1, 7)]
    assert louise["stars"][0] == 8
    assert {a["status"] for a in paul["answers"]} == {"todo"}
    assert absent["fault"]
    assert {path.name for path in (tmp_path / "notes").iterdir()} == {
        "index.html", "louise.html", "paul.html", "absent.html", "exercices.csv"
    }  # fmt: skip
    again = lab(tmp_path / "lab", *words)
    assert json.loads(again.stdout)[0]["seconds"] == louise["seconds"]
