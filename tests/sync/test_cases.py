"""One test per numbered case of Introduction/MISES_A_JOUR.rst, on real git repositories."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from forks import (
    World,
    cell,
    commit,
    files,
    git,
    identify,
    init,
    kinds,
    notebook,
    put,
    state,
    texts,
)

from lab.errors import ConfigurationMissing, LabError
from lab.sync import act, obstacles, update
from lab.sync.git import GitFailed, Repository
from lab.sync.report import What

DOCUMENT = Path(__file__).resolve().parents[2] / "Introduction" / "MISES_A_JOUR.rst"
BOOK = notebook("a: consigne", "b: reponse = ...", "c: suite", "d: fin")


def test_every_case_of_the_document_has_its_test() -> None:
    written = re.findall(r"^(\d+)\. ", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    tested = [name.split("_")[2] for name in globals() if name.startswith("test_case_")]
    assert [int(one) for one in written] == list(range(1, len(written) + 1))
    assert sorted(map(int, tested)) == list(range(1, len(written) + 1))


def test_case_01_an_untouched_file_follows_upstream(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n", "b.ipynb": BOOK, "script": "x"})
    (world.course / "script").chmod(0o755)
    newer = notebook("a: consigne revue")
    tip = world.publish({"a.py": "2\n", "b.ipynb": newer})
    report = world.sync()
    assert world.read("a.py") == "2\n"
    assert world.read("b.ipynb") == newer
    assert os.access(world.fork / "script", os.X_OK)
    assert set(kinds(report).values()) == {What.UPDATED}
    assert git(world.fork, "rev-parse", "HEAD").strip() == tip, "no merge commit for nothing"


def test_case_02_a_new_file_arrives(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n"})
    world.work({"mien.py": "à moi\n"})
    world.publish({"Mongo/07 été.py": "nouveau\n"})
    report = world.sync()
    assert world.read("Mongo/07 été.py") == "nouveau\n"
    assert world.read("mien.py") == "à moi\n"
    assert kinds(report) == {"Mongo/07 été.py": What.NEW}


def test_case_03_different_lines_are_brought_together(tmp_path: Path) -> None:
    lines = [f"ligne {n}\n" for n in range(20)]
    world = World.make(tmp_path, {"a.py": "".join(lines)})
    world.work({"a.py": "".join(["mienne\n", *lines[1:]])})
    world.publish({"a.py": "".join([*lines[:-1], "du cours\n"])})
    report = world.sync()
    assert world.read("a.py") == "".join(["mienne\n", *lines[1:-1], "du cours\n"])
    assert kinds(report) == {"a.py": What.MERGED}
    assert report["a.py"].beside == ""


def test_case_04_on_the_same_lines_the_student_wins(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n2\n3\n4\n5\n6\n", "Dockerfile": "FROM a\n"})
    world.work({"a.py": "1\nmienne\n3\n4\n5\n6\n", "Dockerfile": "FROM moi\n"})
    world.publish({"a.py": "1\ndu cours\n3\n4\n5\nsix\n", "Dockerfile": "FROM b\n"})
    report = world.sync()
    assert world.read("a.py") == "1\nmienne\n3\n4\n5\nsix\n"
    assert world.read("a.upstream.py") == "1\ndu cours\n3\n4\n5\nsix\n"
    assert world.read("Dockerfile") == "FROM moi\n"
    assert world.read("Dockerfile.upstream") == "FROM b\n"
    assert kinds(report) == {"a.py": What.YOURS, "Dockerfile": What.YOURS}
    assert report["a.py"].beside == "a.upstream.py"


def test_case_05_cells_that_the_student_did_not_write_follow_upstream(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"n.ipynb": BOOK})
    world.work({"n.ipynb": notebook("a: consigne", "b: reponse = 42", "c: suite", "d: fin")})
    world.publish(
        {"n.ipynb": notebook("a: consigne", "b: reponse = ...", "c: suite 2", "x: neuf", "d: fin")}
    )
    report = world.sync()
    assert texts(world.read("n.ipynb")) == [
        "consigne",
        "reponse = 42",
        "suite 2",
        "neuf",
        "fin",
    ]
    assert kinds(report) == {"n.ipynb": What.MERGED}
    assert report["n.ipynb"].detail == "1 cellule nouvelle, 1 mise à jour"


def test_case_06_in_the_same_cell_the_student_wins(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"n.ipynb": BOOK})
    mine = notebook("a: consigne", "b: # lu\nreponse = 42", "c: suite", "d: fin")
    theirs = notebook("a: consigne", "b: reponse = ...\n# aide", "c: suite 2", "d: fin")
    world.work({"n.ipynb": mine})
    world.publish({"n.ipynb": theirs})
    report = world.sync()
    assert texts(world.read("n.ipynb")) == ["consigne", "# lu\nreponse = 42", "suite 2", "fin"]
    assert world.read("n.upstream.ipynb") == theirs
    assert kinds(report) == {"n.ipynb": What.YOURS}


def test_case_07_a_students_cell_stays_after_the_one_it_followed(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"n.ipynb": BOOK})
    world.work(
        {"n.ipynb": notebook("m0: titre", "a: consigne", "m1: moi", *rest()), "autre.py": "x"}
    )
    world.publish({"n.ipynb": notebook("u0: en-tête", "a: consigne", "u1: neuf", *rest())})
    world.sync()
    assert texts(world.read("n.ipynb")) == [
        "titre",
        "en-tête",
        "consigne",
        "moi",
        "neuf",
        "reponse = ...",
        "suite",
        "fin",
    ]


def rest() -> tuple[str, ...]:
    return ("b: reponse = ...", "c: suite", "d: fin")


def test_case_08_a_cell_that_upstream_removed_goes_unless_the_student_leans_on_it(
    tmp_path: Path,
) -> None:
    many = [f"k{n}: texte numéro {n}, assez long" for n in range(8)]
    world = World.make(tmp_path, {"n.ipynb": notebook(*many), "m.ipynb": notebook(*many)})
    world.work({"n.ipynb": notebook(*many[:2], "z: moi", *many[2:]), "m.ipynb": run(many)})
    world.publish({"n.ipynb": notebook(*many[2:6]), "m.ipynb": notebook(*many[1:])})
    report = world.sync()
    kept = texts(notebook(many[1], "z: moi", *many[2:6]))
    assert texts(world.read("n.ipynb")) == kept, "0, 6 and 7 go; 1, just before mine, stays"
    assert report["n.ipynb"].beside == "n.upstream.ipynb"
    assert texts(world.read("m.ipynb")) == texts(notebook(*many[1:])), "running is not writing"


def run(cells: list[str]) -> str:
    """The same notebook, executed."""
    content = json.loads(notebook(*cells))
    for number, one in enumerate(content["cells"], 1):
        one["execution_count"] = number
        one["outputs"] = [{"output_type": "stream", "name": "stdout", "text": f"{number}\n"}]
    return json.dumps(content)


def test_case_09_a_cell_that_upstream_moved_follows_unless_the_student_leans_on_it(
    tmp_path: Path,
) -> None:
    many = [f"k{n}: texte numéro {n}, assez long" for n in range(8)]
    world = World.make(tmp_path, {"n.ipynb": notebook(*many), "m.ipynb": notebook(*many)})
    mine = [*many[:7], "k7: ma réponse à moi"]
    world.work({"n.ipynb": notebook(*mine), "m.ipynb": notebook("k0: ma réponse à moi", *many[1:])})
    moved = notebook(*many[1:6], many[0], *many[6:])
    world.publish({"n.ipynb": moved, "m.ipynb": moved})
    report = world.sync()
    assert texts(world.read("n.ipynb")) == texts(notebook(*many[1:6], many[0], many[6], mine[7]))
    assert texts(world.read("m.ipynb")) == ["ma réponse à moi", *texts(notebook(*many[1:]))]
    assert kinds(report) == {"n.ipynb": What.MERGED, "m.ipynb": What.YOURS}


def test_case_10_a_cell_that_the_student_deleted_stays_deleted(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"n.ipynb": BOOK})
    world.work({"n.ipynb": notebook("a: consigne", "d: fin")})
    world.publish(
        {"n.ipynb": notebook("a: consigne !", "b: reponse = ...", "c: suite 2", "d: fin")}
    )
    report = world.sync()
    assert texts(world.read("n.ipynb")) == ["consigne !", "fin"]
    assert report["n.ipynb"].beside == "n.upstream.ipynb", "c was changed: it can be read there"


def test_case_11_outputs_and_counts_never_conflict(tmp_path: Path) -> None:
    cells = ["a: print(1)", "b: print(2)"]
    published = json.loads(notebook(*cells))
    published["cells"][0]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "du cours\n"}
    ]
    published["cells"][0]["execution_count"] = 99
    world = World.make(tmp_path, {"n.ipynb": notebook(*cells)})
    world.work({"n.ipynb": run(cells)})
    world.publish({"n.ipynb": json.dumps(published)})
    report = world.sync()
    assert json.loads(world.read("n.ipynb"))["cells"][0]["outputs"][0]["text"] == "1\n"
    assert report == {}
    assert not (world.fork / "n.upstream.ipynb").exists()


def test_case_12_an_unreadable_notebook_stays_as_it_is(tmp_path: Path) -> None:
    broken = "<<<<<<< HEAD\n" + BOOK
    world = World.make(tmp_path, {"n.ipynb": BOOK, "m.ipynb": BOOK})
    newer = notebook("a: consigne 2", *rest())
    world.work({"n.ipynb": broken, "m.ipynb": newer.replace("fin", "moi")})
    world.publish({"n.ipynb": newer, "m.ipynb": '{"cells": ['})
    report = world.sync()
    assert world.read("n.ipynb") == broken
    assert world.read("n.upstream.ipynb") == newer
    assert world.read("m.ipynb") == newer.replace("fin", "moi")
    assert report["n.ipynb"].detail == "notebook illisible : le vôtre"
    assert report["m.ipynb"].detail == "notebook illisible : celui du cours"


def test_case_13_two_files_born_under_one_name(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n"})
    world.work({"n.ipynb": notebook("m: moi"), "b.py": "moi\n", "x": "un fichier\n"})
    course = notebook("u: cours")
    world.publish({"n.ipynb": course, "b.py": "moi\n", "x/dedans.py": "cours\n"})
    report = world.sync()
    assert texts(world.read("n.ipynb")) == ["moi"]
    assert world.read("n.upstream.ipynb") == course
    assert world.read("x") == "un fichier\n"
    assert world.read("x.upstream/dedans.py") == "cours\n"
    assert kinds(report) == {"n.ipynb": What.YOURS, "x/dedans.py": What.BLOCKED}


def test_case_14_what_is_not_a_text_is_not_mixed(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"i.png": b"\x00a\n1\n", "lien.txt": "texte\n"})
    (world.fork / "lien.txt").unlink()
    (world.fork / "lien.txt").symlink_to("i.png")
    world.work({"i.png": b"\x00b\n1\n"})
    world.publish({"i.png": b"\x00a\n2\n", "lien.txt": "texte 2\n"})
    report = world.sync()
    assert (world.fork / "i.png").read_bytes() == b"\x00b\n1\n"
    assert (world.fork / "i.upstream.png").read_bytes() == b"\x00a\n2\n"
    assert str((world.fork / "lien.txt").readlink()) == "i.png"
    assert world.read("lien.upstream.txt") == "texte 2\n"
    assert kinds(report) == {"i.png": What.YOURS, "lien.txt": What.YOURS}


def test_case_15_a_deleted_file_comes_back_only_if_upstream_changed_it(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n", "b.py": "1\n", "c/d.py": "long\n" * 9})
    world.work({"a.py": None, "b.py": None, "c/d.py": None})
    git(world.course, "mv", "c", "e")
    world.publish({"a.py": "2\n"})
    report = world.sync()
    assert files(world.fork).keys() == {"a.py"}, "moved is not changed"
    assert kinds(report) == {"a.py": What.BACK}


def test_case_16_a_file_that_upstream_removed_goes_unless_changed_here(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n", "b.py": "1\n", "c.py": "1\n"})
    world.work({"b.py": "moi\n"})
    world.publish({"a.py": None, "b.py": None})
    report = world.sync()
    assert files(world.fork).keys() == {"b.py", "c.py"}
    assert kinds(report) == {"a.py": What.REMOVED, "b.py": What.KEPT}


def test_case_17_upstream_renames_and_folder_moves_are_followed(tmp_path: Path) -> None:
    world = World.make(
        tmp_path,
        {"Mongo/1.ipynb": BOOK, "Mongo/données/x.csv": "1,2\n" * 9, "seul.py": "s\n" * 9},
    )
    mine = notebook("a: consigne", "b: reponse = 42", "c: suite", "d: fin")
    world.work({"Mongo/1.ipynb": mine, "Mongo/2_moi.ipynb": mine, "Mongo/données/y": "y"})
    git(world.course, "mv", "Mongo", "3Mongo")
    git(world.course, "mv", "seul.py", "autre.py")
    world.publish({"3Mongo/1.ipynb": notebook("a: consigne 2", *rest())})
    report = world.sync()
    assert files(world.fork).keys() == {
        "3Mongo/1.ipynb",
        "3Mongo/2_moi.ipynb",
        "3Mongo/données/x.csv",
        "3Mongo/données/y",
        "autre.py",
    }
    assert texts(world.read("3Mongo/1.ipynb")) == ["consigne 2", "reponse = 42", "suite", "fin"]
    assert report["3Mongo/2_moi.ipynb"].origin == "Mongo/2_moi.ipynb"
    assert report["3Mongo/1.ipynb"].what is What.MERGED


def test_case_18_a_file_that_the_student_renamed_keeps_that_name(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n2\n3\n4\n5\n", "Redis/b.py": "b\n" * 9})
    git(world.fork, "mv", "a.py", "moi.py")
    git(world.fork, "mv", "Redis", "MonRedis")
    commit(world.fork, "renommé")
    git(world.course, "mv", "a.py", "z.py")
    world.publish({"z.py": "1\n2\n3\n4\ncinq\n", "Redis/neuf.py": "neuf\n"})
    world.sync()
    assert files(world.fork).keys() == {"moi.py", "MonRedis/b.py", "MonRedis/neuf.py"}
    assert world.read("moi.py") == "1\n2\n3\n4\ncinq\n"


def test_case_19_untracked_files_in_the_way_are_renamed(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n", ".gitignore": "*.log\nsecret/\n"})
    aside = {"notes.txt": "moi\n", "x.log": "moi\n", "dossier": "moi\n", "pareil": "pareil\n"}
    world.work({**aside, "secret/clef": "moi\n"}, save=False)
    before = files(world.fork)
    world.publish({"notes.txt": "cours\n", "dossier/b.py": "cours\n", "pareil": "pareil\n"})
    put(world.course, {"x.log": "cours\n", "secret": "un fichier\n"})
    git(world.course, "rm", "-q", "--cached", ".gitignore")
    git(world.course, "add", "-f", "x.log", "secret")
    world.publish({".gitignore": "\n"})
    report = world.sync()
    stamp = world.plan().stamp
    for name, renamed in {
        "notes.txt": f"notes.{stamp}.txt",
        "x.log": f"x.{stamp}.log",
        "dossier": f"dossier.{stamp}",
    }.items():
        assert world.read(renamed) == "moi\n"
        assert report[renamed].origin == name
    assert world.read(f"secret.{stamp}/clef") == "moi\n"
    assert world.read("dossier/b.py") == "cours\n"
    assert world.read("x.log") == "cours\n"
    world.undo()
    assert files(world.fork) == before


def test_case_20_what_a_program_reads_stays_readable(tmp_path: Path) -> None:
    world = World.make(
        tmp_path,
        {
            "Pipfile": '[packages]\na = "*"\n',
            "Pipfile.lock": '{\n"a": 1\n}\n',
            "d.json": '{\n"a": 1,\n"b": 2,\n"c": 3,\n"d": 4\n}\n',
            ".gitignore": "x\n",
            "pyproject.toml": "[a]\nb = 1\n\n[c]\nd = 1\n\n[e]\nf = 1\n",
        },
    )
    mine = {
        "Pipfile": '[packages]\na = "*"\nmien = "*"\n',
        "Pipfile.lock": '{\n"a": 1,\n"mien": 2\n}\n',
        "d.json": '{\n"a": 1,\n"b": 2,\n"c": 3\n}\n',
        ".gitignore": "x\nmien\n",
        "pyproject.toml": "[a]\nb = 1\n[z]\n\n[c]\nd = 1\n\n[e]\nf = 1\n",
    }
    world.work(mine)
    world.publish(
        {
            "Pipfile": '[packages]\na = "*"\nneuf = "*"\n',
            "Pipfile.lock": '{\n"neuf": 0,\n"a": 1\n}\n',
            "d.json": '{\n"a": 1,\n"b": 2,\n"c": 3,\n"d": 4,\n"e": 5\n}\n',
            ".gitignore": "x\nneuf\n",
            "pyproject.toml": "[a]\nb = 1\n\n[c]\nd = 1\n\n[e]\nf = 1\n[z]\n",
        }
    )
    report = world.sync()
    assert world.read("Pipfile") == '[packages]\na = "*"\nmien = "*"\nneuf = "*"\n'
    assert world.read(".gitignore") == "x\nmien\nneuf\n"
    for name in ("Pipfile.lock", "pyproject.toml"):
        assert world.read(name) == mine[name]
        assert report[name].beside
    json.loads(world.read("d.json"))
    assert report["Pipfile.lock"].detail == "à refaire avec : pipenv lock"


def test_case_21_work_in_progress_is_committed_first_in_the_students_name(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n", "b.py": "1\n"})
    world.work({"a.py": "en cours\n", "brouillon.py": "pas suivi\n"}, save=False)
    put(world.fork, {"ajout.py": "ajouté\n"})
    git(world.fork, "add", "ajout.py")
    (world.fork / ".git" / "hooks" / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (world.fork / ".git" / "hooks" / "pre-commit").chmod(0o755)
    world.publish({"b.py": "2\n"})
    world.sync()
    said = git(world.fork, "log", "-1", "--format=%an <%ae>|%s", "HEAD^1").strip()
    assert said.startswith("Zoé <zoé@exemple.fr>|Travail en cours")
    assert world.read("a.py") == "en cours\n"
    assert world.status() == ""
    assert git(world.fork, "ls-files").split() == ["a.py", "ajout.py", "b.py"]


def test_case_22_undo_gives_everything_back(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n", "n.ipynb": BOOK, "d/e.py": "1\n"})
    world.work({"a.py": "moi\n", "n.ipynb": BOOK.replace("suite", "la mienne")})
    put(world.fork, {"a.py": "en cours\n", "libre.txt": "libre\n", "neuf.py": "neuf\n"})
    git(world.fork, "add", "neuf.py")
    put(world.fork, {"neuf.py": "encore\n"})
    before = state(world.fork)
    git(world.course, "mv", "d", "f")
    world.publish({"a.py": "2\n", "n.ipynb": BOOK.replace("suite", "autre"), "libre.txt": "c\n"})
    world.sync()
    tag = git(world.fork, "tag", "--list", "lab-sync/*").strip()
    assert git(world.fork, "show", f"{tag}:a.py") == "en cours\n"
    assert state(world.fork) != before
    world.undo()
    assert state(world.fork) == before
    world.sync()
    world.undo()
    assert state(world.fork) == before


def test_case_23_undo_refuses_to_lose_what_came_after(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n"})
    with pytest.raises(LabError, match="aucune mise à jour à annuler"):
        world.undo()
    world.publish({"a.py": "2\n"})
    world.sync()
    world.work({"a.py": "3\n"}, save=False)
    before = state(world.fork)
    with pytest.raises(LabError, match="travaillé depuis") as caught:
        world.undo()
    assert caught.value.hint.startswith("git checkout lab-sync/")
    commit(world.fork, "après")
    with pytest.raises(LabError, match="travaillé depuis"):
        world.undo()
    assert files(world.fork) == before[0]


def test_case_24_a_rewritten_upstream_is_no_trouble(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n2\n3\n4\n5\n", "b.py": "1\n"})
    world.publish({"a.py": "1\n2\n3\n4\ncinq\n", "b.py": "2\n"})
    world.sync()
    world.work({"a.py": "moi\n2\n3\n4\ncinq\n"})
    git(world.course, "reset", "-q", "--hard", "HEAD^")
    world.publish({"a.py": "1\n2\n3\n4\nCINQ\n", "b.py": "3\n"})
    report = world.sync()
    assert world.read("a.py") == "moi\n2\n3\n4\nCINQ\n"
    assert world.read("b.py") == "3\n", "what upstream wrote is not taken for the student's"
    assert kinds(report) == {"a.py": What.MERGED, "b.py": What.UPDATED}


def test_case_25_histories_with_nothing_in_common(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n2\n3\n4\n5\n", "b.py": "1\n", "c.py": "1\n"})
    world.work({"a.py": "moi\n2\n3\n4\n5\n", "mien.py": "moi\n", "c.py": None})
    git(world.fork, "update-ref", "-d", "refs/remotes/basestream/master")
    git(world.course, "checkout", "-q", "--orphan", "autre")
    commit(world.course, "réécrit")
    world.publish({"a.py": "1\n2\n3\n4\ncinq\n", "b.py": "2\n"})
    git(world.course, "branch", "-q", "-M", "autre", "master")
    report = world.sync()
    assert files(world.fork) == {
        "a.py": b"moi\n2\n3\n4\ncinq\n",
        "b.py": b"2\n",
        "mien.py": b"moi\n",
    }
    assert kinds(report) == {"a.py": What.MERGED, "b.py": What.UPDATED}


def test_case_26_a_checkout_in_no_state_to_be_updated_is_left_alone(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n"})
    world.work({"a.py": "moi\n"})
    world.publish({"a.py": "2\n"})
    git(world.fork, "fetch", "-q", "basestream")
    merging = Repository(world.fork).attempt("merge", "basestream/master")
    assert merging.returncode
    before = state(world.fork)
    with pytest.raises(LabError, match="pas terminée") as caught:
        world.sync()
    assert caught.value.hint == "git merge --abort"
    assert state(world.fork) == before
    git(world.fork, "merge", "--abort")
    git(world.fork, "checkout", "-q", "--detach")
    with pytest.raises(LabError, match="aucune branche"):
        world.sync()
    git(world.fork, "checkout", "-q", "master")
    world.sync()
    assert world.read("a.py") == "moi\n"


def test_case_27_a_second_sync_does_nothing(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n", "n.ipynb": BOOK})
    world.work({"a.py": "moi\n", "n.ipynb": BOOK.replace("fin", "moi")})
    world.publish({"a.py": "2\n", "n.ipynb": BOOK.replace("fin", "cours")})
    world.sync()
    before = state(world.fork)
    assert world.sync() == {}
    assert state(world.fork) == before
    world.publish({"neuf.py": "neuf\n"})
    assert kinds(world.sync()) == {"neuf.py": What.NEW}, "an old disagreement is not told again"


def test_case_28_a_dry_run_touches_nothing(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n"})
    world.work({"a.py": "en cours\n", "neuf.py": "moi\n"}, save=False)
    world.publish({"a.py": "2\n", "neuf.py": "cours\n"})
    before = state(world.fork)
    planned = world.plan()
    assert state(world.fork) == before
    assert world.sync() == {change.path: change for change in planned.changes}


def test_case_29_a_failure_on_the_way_leaves_everything_as_it_was(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n", "b.py": "1\n"})
    world.work({"a.py": "en cours\n", "neuf.py": "moi\n"}, save=False)
    world.publish({"a.py": "2\n", "neuf.py": "cours\n", "b.py": "2\n", "tard.py": "cours\n"})
    planned = world.plan()
    put(world.fork, {"tard.py": "apparu entre-temps\n"})
    before = state(world.fork)
    with pytest.raises(GitFailed):
        act.act(Repository(world.fork), planned)
    assert state(world.fork) == before
    world.work({"a.py": "un mot de plus\n"}, save=False)
    with pytest.raises(LabError, match="a changé pendant"):
        act.act(Repository(world.fork), planned)
    assert world.read("a.py") == "un mot de plus\n"
    git(world.fork, "remote", "set-url", "basestream", str(tmp_path / "nulle part"))
    with pytest.raises(LabError, match="ne répond pas"):
        world.sync()


def test_case_30_the_course_must_be_declared(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n"})
    world.publish({"a.py": "2\n"})
    git(world.fork, "remote", "rename", "basestream", "amont")
    with pytest.raises(ConfigurationMissing, match="basestream") as caught:
        world.sync()
    assert caught.value.hint.startswith("git remote add basestream")
    by_address = update.Source(str(world.course), "master")
    act.act(Repository(world.fork), update.prepare(Repository(world.fork), by_address))
    assert world.read("a.py") == "2\n"


def test_a_shallow_clone_is_deepened(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n2\n3\n4\n5\n"})
    world.publish({"b.py": "b\n"})
    shallow = tmp_path / "peu profond"
    git(
        tmp_path,
        "clone",
        "-q",
        "-o",
        "basestream",
        "--depth=1",
        world.course.as_uri(),
        str(shallow),
    )
    identify(shallow, "Zoé")
    young = World(world.course, shallow)
    young.work({"a.py": "moi\n2\n3\n4\n5\n"})
    young.publish({"a.py": "1\n2\n3\n4\ncinq\n"})
    young.sync()
    assert young.read("a.py") == "moi\n2\n3\n4\ncinq\n"


def test_a_folder_that_is_no_clone_or_has_no_commit(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="pas un clone git"):
        update.prepare(Repository(tmp_path), update.Source("basestream", "master"))
    with pytest.raises(LabError, match="aucun commit"):
        update.prepare(
            Repository(init(tmp_path / "vide", "Zoé")), update.Source("basestream", "master")
        )


def test_upstreams_version_beside_is_renewed_and_never_written_over(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n"})
    world.work({"a.py": "moi\n"})
    world.publish({"a.py": "2\n"})
    world.sync()
    world.publish({"a.py": "3\n"})
    before = state(world.fork)
    world.sync()
    assert world.read("a.upstream.py") == "3\n"
    world.undo()
    assert state(world.fork) == before, "the older one is back"
    world.work({"a.upstream.py": "2\nannoté\n"}, save=False)
    world.sync()
    assert world.read(f"a.upstream.{world.plan().stamp}.py") == "2\nannoté\n"


def test_attachments_and_types_are_what_someone_wrote(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"n.ipynb": notebook("a: x = 1", "b: y = 2", "c: z = 3")})
    picture = {"i.png": {"image/png": "AAAA"}}
    mine = cell("x = 1", "a", "markdown", attachments=picture)
    world.work({"n.ipynb": notebook(mine, "b: y = 2", "c: z = 3")})
    world.publish({"n.ipynb": notebook("a: x = 10", "b: y = 20", "c: z = 3")})
    world.sync()
    first, second, _ = json.loads(world.read("n.ipynb"))["cells"]
    assert first["attachments"] == picture
    assert second["source"] == "y = 20"


def test_the_letters_case_on_a_disk_that_does_not_tell(tmp_path: Path) -> None:
    put(tmp_path, {"README": "suivi", "notes": "pas suivi"})
    for any_case, found in ((False, "README"), (True, "")):
        followed = obstacles.Followed(["readme", "a/b"], any_case=any_case)
        assert obstacles.in_the_way(tmp_path, "README", followed) == found
        assert obstacles.in_the_way(tmp_path, "notes", followed) == "notes"


def test_upstreams_version_never_lands_outside(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n"})
    world.publish({"a.py": "2\n"})
    planned = world.plan()
    planned.laid["../dehors"] = planned.files["a.py"]
    with pytest.raises(LabError, match="hors de ce dossier"):
        act.act(Repository(world.fork), planned)
    assert not (tmp_path / "dehors").exists()


def test_work_written_within_the_clocks_tick_is_seen(tmp_path: Path) -> None:
    world = World.make(tmp_path, {"a.py": "1\n", "b.py": "1\n"})
    git(world.fork, "config", "core.trustCtime", "false")  # no test can set a ctime
    tick = (1_700_000_000, 1_700_000_000)
    os.utime(world.fork / "a.py", tick)
    git(world.fork, "update-index", "--refresh")
    os.utime(world.fork / ".git" / "index", tick)
    world.work({"a.py": "2\n"}, save=False)  # same size, same date, as git knows it
    os.utime(world.fork / "a.py", tick)
    world.publish({"b.py": "2\n"})
    world.sync()
    assert git(world.fork, "show", "HEAD:a.py") == "2\n"
