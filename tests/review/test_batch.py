"""A class: in parallel, resumed, and no repository costs another one's review."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import PROJECT, commit, create, git, under

from lab.review import batch, corrections, reviewing, sources
from lab.review.model import Review
from lab.review.reviewing import Context
from lab.review.upstream import Upstream

ROOT = Path(__file__).resolve().parents[2]


def lab(*words: str, home: Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lab", "review", *words],
        env={**os.environ, "LAB_HOME": str(home / "lab"), "PYTHONPATH": _path()},
        cwd=cwd or home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _path() -> str:
    return os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])


@pytest.fixture
def classroom(fork, tmp_path: Path, course_folder: Path) -> Path:
    """Four projects: good, damaged, empty, absent; and the list, as a French Excel writes it."""
    good = fork(under("Evaluation/Projet", PROJECT), name="bon")
    damaged = fork(under("Evaluation/Projet", PROJECT), name="casse")
    oid = git(damaged, "rev-parse", "HEAD^{tree}")
    path = damaged / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    path.write_bytes(b"casse")
    create(tmp_path / "vide", {})
    rows = [
        "Projet;Dépôt;Étudiants",
        "Léa & Zoé;bon;Léa Martin, Zoé Petit",
        "Casse;casse;",
        "Vide;vide;Max",
        "Absent;absent;",
        f"Distant;file://{good};Ana",
    ]
    (tmp_path / "classe.csv").write_bytes("\r\n".join(rows).encode("cp1252"))
    return tmp_path


def test_a_class_from_a_spreadsheet(classroom: Path, course_folder: Path) -> None:
    done = lab(
        *("--class", "classe.csv", "--html", "bilan", "--json", "--upstream", str(course_folder)),
        home=classroom,
    )
    assert done.returncode == 10, done.stderr
    found = {one["name"]: one for one in json.loads(done.stdout)}
    assert list(found) == ["lea-zoe", "casse", "vide", "absent", "distant"]
    assert "abîmé" in found["casse"]["fault"]
    assert "n'existe pas" in found["absent"]["fault"]
    assert found["lea-zoe"]["mark"]["low"] > 15
    assert found["lea-zoe"]["members"] == ["Léa Martin", "Zoé Petit"]
    assert found["distant"]["mark"]["levels"] == {
        **found["lea-zoe"]["mark"]["levels"],
        "commits": found["distant"]["mark"]["levels"]["commits"],
    }
    assert found["vide"]["mark"]["high"] == 0
    assert "2 sur 5" in done.stderr
    written = (classroom / "bilan/notes.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig")), delimiter=";"))
    assert [row["projet"] for row in rows] == ["Léa & Zoé", "Casse", "Vide", "Absent", "Distant"]
    assert rows[0]["membres"] == "Léa Martin, Zoé Petit"
    assert "," in rows[0]["note_min"]
    for page in ("index.html", "lea-zoe.html"):
        assert "Léa &amp; Zoé" in (classroom / "bilan" / page).read_text(encoding="utf-8")
    assert rows[1]["note_min"] == ""
    assert "abîmé" in rows[1]["remarque"]
    assert {path.name for path in (classroom / "bilan").iterdir()} == {
        *(f"{name}.html" for name in found),
        *("index.html", "notes.csv", "similarites.csv", "corrections.yml"),
    }


def test_a_decision_survives_a_second_run(classroom: Path) -> None:
    first = lab("bon", "--html", "bilan", home=classroom)
    assert first.returncode == 0, first.stderr
    decisions = classroom / "bilan/corrections.yml"
    written = "bon:\n  secrets: 0\n  tests: {niveau: 3, note: montrés à l'oral}\n"
    decisions.write_text(written, encoding="utf-8")
    done = lab("bon", "--html", "bilan", "--csv", home=classroom)
    (row,) = csv.DictReader(io.StringIO(done.stdout), delimiter=";")
    assert (row["secrets"], row["tests"]) == ("0", "3")
    assert decisions.read_text(encoding="utf-8") == written
    page = (classroom / "bilan/bon.html").read_text(encoding="utf-8")
    assert "montrés à l&#39;oral" in page
    assert "décidé par l'enseignant" in page


def test_a_decision_may_name_a_project_as_the_list_does(tmp_path: Path) -> None:
    path = tmp_path / "c.yml"
    path.write_text("Léa & Zoé:\n  secrets: 0\n", encoding="utf-8")
    found = corrections.read(path, ["lea-zoe"], ["secrets"])
    assert found["lea-zoe"]["secrets"].niveau == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("bon:\n  secret: 0\n", "« secret » corrigé pour bon n'est pas dans la grille"),
        ("bon:\n  secrets: 9\n", "incorrect (bon.secrets)"),
        ("bon: [", "incorrect (ligne"),
        ("bon:\n  secrets: {niveau: 4}\n", "incorrect (bon.secrets)"),
    ],
)
def test_bad_decisions_are_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "c.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(corrections.BadCorrections) as refused:
        corrections.read(path, ["bon"], ["secrets", "tests"])
    assert said in refused.value.message
    assert path.read_text(encoding="utf-8") == content


def test_a_bad_decision_stops_the_command_before_any_reading(tmp_path: Path) -> None:
    (tmp_path / "corrections.yml").write_text("bon:\n  secret: 0\n", encoding="utf-8")
    done = lab("bon", home=tmp_path)
    assert done.returncode == 2
    assert "n'est pas dans la grille" in done.stderr


def test_a_clone_is_reviewed_again_only_when_it_moved(fork, tmp_path: Path) -> None:
    folder = fork(under("Evaluation/Projet", PROJECT))
    todo = sources.gather([f"file://{folder}"], None)
    context = Context(Upstream(), tmp_path / "clones")
    (first,) = batch.run(todo, context, tmp_path / "kept")
    path = tmp_path / "kept" / f"{first.name}.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    kept["review"]["notes"].append("relu")
    path.write_text(json.dumps(kept), encoding="utf-8")
    (again,) = batch.run(todo, context, tmp_path / "kept")
    assert again.notes[-1] == "relu", "the kept review was used"
    commit(folder, under("Evaluation/Projet", {"a.py": "x = 1\n"}), day=20)
    (moved,) = batch.run(todo, context, tmp_path / "kept")
    assert "relu" not in moved.notes
    assert moved.commit == git(folder, "rev-parse", "HEAD")


def test_offline_reads_what_was_cloned_and_nothing_else(fork, tmp_path: Path) -> None:
    folder = fork(under("Evaluation/Projet", PROJECT))
    todo = sources.gather([f"file://{folder}"], None)
    online = Context(Upstream(), tmp_path / "clones")
    offline = Context(Upstream(), tmp_path / "clones", offline=True)
    assert "--offline" in reviewing.review(todo[0], offline).fault
    assert not reviewing.review(todo[0], online).fault
    commit(folder, under("Evaluation/Projet", {"a.py": "x = 1\n"}), day=20)
    old = reviewing.review(todo[0], offline)
    assert old.commit == git(folder, "rev-parse", "HEAD~1")


def test_an_unreachable_address_is_said_in_time(tmp_path: Path) -> None:
    todo = sources.gather(["https://127.0.0.1:9/x/fork.git", "ext::sh -c true", "-evil"], None)
    found = batch.run(todo, Context(Upstream(), tmp_path / "clones", seconds=20), tmp_path / "kept")
    assert all(one.fault for one in found)
    assert "télécharger" in found[0].fault


def _hang(source: sources.Source, store: Path) -> Review:
    import time

    if source.name == "lent":
        time.sleep(60)
    if source.name == "mort":
        os._exit(1)
    if source.name == "faux":
        raise RuntimeError("imprévu")
    return Review(source.name, source.address)


def test_one_that_hangs_dies_or_raises_costs_itself_only(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(batch, "_one", _hang)
    monkeypatch.setattr(batch, "GRACE", 1.0)
    names = ["a", "lent", "mort", "faux", "b"]
    todo = [sources.Source(name, name) for name in names]
    heard: list[int] = []
    found = batch.run(
        todo,
        Context(Upstream(), tmp_path, seconds=1.0),
        tmp_path,
        lambda _, count: heard.append(count),
        workers=2,
    )
    assert [one.name for one in found] == names
    faults = {one.name: one.fault for one in found}
    assert faults["a"] == faults["b"] == ""
    assert "dépassé" in faults["lent"]
    assert "arrêtée net" in faults["mort"]
    assert "imprévu" in faults["faux"]
    assert heard == [1, 2, 3, 4, 5]


def test_where_memory_cannot_be_limited_it_is_said(monkeypatch, tmp_path: Path) -> None:
    """Windows has no module `resource`, and macOS refuses the limit."""
    monkeypatch.setattr(batch.sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "resource", None)
    monkeypatch.setattr(batch, "_context", None)
    monkeypatch.setattr(batch, "_limited", True)
    batch._begin(Context(Upstream(), tmp_path))
    found = batch._one(sources.Source("absent", str(tmp_path / "absent")), tmp_path)
    assert found.notes == [batch.UNLIMITED]


def test_without_an_address_the_current_folder_is_read(fork, tmp_path: Path) -> None:
    folder = fork(under("Evaluation/Projet", PROJECT))
    done = lab(home=tmp_path, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "Projet : Evaluation/Projet (le dossier demandé)" in done.stdout
    assert "Note proposée" in done.stdout


def test_names_are_unique_and_safe(tmp_path: Path) -> None:
    given = ["https://h.test/lea/projet.git", "git@h.test:lea/projet.git", "../..", "a/é è"]
    names = [one.name for one in sources.gather(given, None)]
    assert names[:2] == ["lea-projet", "lea-projet-2"]
    assert all(name and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for name in names)


@pytest.mark.parametrize(
    ("content", "said"), [("nom;ville\na;b\n", "n'a pas de colonne « depot »"), ("", "depot")]
)
def test_a_class_list_without_addresses(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "c.csv").write_text(content, encoding="utf-8")
    done = lab("--class", "c.csv", home=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
