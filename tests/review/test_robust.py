"""What real repositories hold never stops a review, nor makes it run, follow or unpack anything."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from repositories import PROJECT, README, SCRAPER, commit, create, git, notebook, under, verdict

from lab.review import decoding, tree


def levels(found) -> dict[str, int | None]:
    return {one.criterion: one.level for one in found.verdicts}


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("é".encode("cp1252") + b" chim\xe8re, c'est l'\x9cuvre \x80", "cp1252"),
        ("été".encode("utf-16"), "utf-16"),
        (b"\xff\xfe" + "été".encode("utf-16-le"), "utf-16"),
        (b"\xef\xbb\xbf" + "été".encode(), "utf-8"),
        ("été".encode(), "utf-8"),
    ],
)
def test_encodings(data: bytes, encoding: str) -> None:
    text = decoding.decode(data)
    assert text.encoding == encoding
    assert "é" in text.content
    assert not text.content.startswith("\ufeff")


def test_documents_and_code_in_any_encoding(fork, read) -> None:
    french = README.replace("le but", "été")
    files = {
        "scraper.py": SCRAPER.replace("page", "année").encode("cp1252"),
        "requirements.txt": "requests==2.32.3\nbs4==1\npymongo==4\nlxml==5\n".encode("utf-16"),
        "README.md": b"\xef\xbb\xbf" + french.encode(),
    }
    found = read(fork(under("Evaluation/Projet", files)))
    assert levels(found)["stockage"] == 2
    assert levels(found)["dependances"] == 3
    assert any("scraper.py est en cp1252" in note for note in found.notes)


def test_conflict_markers_are_named_and_both_sides_read(fork, read) -> None:
    code = (
        "import requests\n<<<<<<< HEAD\nimport pymongo\n=======\nimport redis\n"
        ">>>>>>> autre\nx = 1\n"
    )
    found = read(fork(under("Evaluation/Projet", {"a.py": code})))
    assert any("a.py:2 : marqueurs de conflit" in note for note in found.notes)
    assert levels(found)["stockage"] == 1


def test_a_title_underlined_with_seven_signs_is_no_conflict() -> None:
    assert not decoding.decode(b"Titre..\n=======\ntexte\n").conflict


def test_a_broken_notebook_still_gives_its_code(fork, read) -> None:
    book = notebook("import requests\nrequests.get('https://films.test/')", "x = 1")[:-40]
    found = read(fork(under("Evaluation/Projet", {"a.ipynb": book})))
    assert levels(found)["notebooks"] == 0
    assert levels(found)["recolte"] == 1


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"cells": 3}', '{"cells": [1, {"source": 2}]}', "[" * 5000]
)
def test_notebooks_that_are_not(fork, read, content: str) -> None:
    found = read(fork(under("Evaluation/Projet", {"a.ipynb": content, "b.py": SCRAPER})))
    assert not found.fault
    assert levels(found)["stockage"] == 2


def test_python_2_is_read_line_by_line(fork, read) -> None:
    code = "import urllib2\nfrom pymongo import MongoClient\nprint 'ok'\npage = urllib2.urlopen('http://films.test/')\nMongoClient().a.films.insert_one({})\n"
    found = read(fork(under("Evaluation/Projet", {"a.py": code})))
    assert any("Python 2" in note for note in found.notes)
    assert levels(found)["stockage"] == 2
    assert levels(found)["recolte"] == 1


def test_links_are_never_followed(fork, read, tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text("import pymongo\npymongo.MongoClient().a.b.insert_one({})\n")
    folder = fork(None)
    (folder / "Evaluation/Projet/vol.py").symlink_to(secret)
    (folder / "Evaluation/Projet/racine").symlink_to("/")
    commit(folder, under("Evaluation/Projet", {"a.py": "x = 1\n"}))
    found = read(folder)
    assert levels(found)["stockage"] == 0
    assert any("2 liens symboliques" in note for note in found.notes)


def test_hostile_names_stay_text(fork, read) -> None:
    names = [
        "-rf",
        "$(touch x)",
        "a\nb.py",
        "\x1b[31mrouge.py",
        "<script>alert(1)</script>.py",
        "é" * 60 + ".py",
    ]
    found = read(fork(under("Evaluation/Projet", dict.fromkeys(names, "import requests\n"))))
    assert not found.fault
    said = str([proof.where for one in found.verdicts for proof in one.evidence])
    assert "\\x1b" not in said
    assert "\\n" not in said


def test_a_commit_message_cannot_forge_commits(fork, read) -> None:
    folder = fork(under("Evaluation/Projet", PROJECT))
    commit(
        folder,
        under("Evaluation/Projet", {"b.py": "x = 1\n"}),
        "a\x1e" + "f" * 40 + "\x1fMallory\x1fm@e.test\x1f2026\x1f\x1fx\x1f",
    )
    said = str(verdict(read(folder), "commits").evidence).lower()
    assert "alice" in said


def test_a_virtualenv_of_a_thousand_files_is_fast(fork, read) -> None:
    packages = {f"venv/Lib/site-packages/p/m{i}.py": f"import flask  # {i}\n" for i in range(1111)}
    folder = fork(
        {
            **under("Evaluation/Projet", {**PROJECT, "venv/pyvenv.cfg": "home = x\n"}),
            **under("Evaluation/Projet", packages),
        }
    )
    begun = time.monotonic()
    found = read(folder)
    assert time.monotonic() - begun < 3
    assert (found.location.folder, found.location.kind) == ("Evaluation/Projet", "expected")
    assert levels(found)["proprete"] == 0
    assert not any(
        "site-packages" in p.path
        for v in found.verdicts
        if v.criterion != "proprete"
        for p in v.evidence
    )


def test_a_blob_of_200_megabytes_is_never_loaded(fork, read) -> None:
    folder = fork(under("Evaluation/Projet", PROJECT))
    big = folder / "Evaluation/Projet/films.json"
    with big.open("wb") as file:
        file.truncate(200_000_000)
    git(
        folder,
        "-c",
        "core.bigFileThreshold=1m",
        "-c",
        "core.compression=1",
        "add",
        "--all",
        "--force",
    )
    git(folder, "commit", "--quiet", "-m", "Ajoute les données")
    script = (  # in a process of its own: its children's peak is nobody else's
        "import resource, sys; from pathlib import Path; from lab.review.reviewing import *\n"
        "found = review(Source('a', sys.argv[1]), Context(Upstream(), Path(sys.argv[1])))\n"
        "print({one.criterion: one.level for one in found.verdicts})\n"
        "print(found.seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    said, figures = done.stdout.splitlines()
    seconds, kilobytes = figures.split()
    assert float(seconds) < 5
    assert int(kilobytes) < 60_000
    assert "'proprete': 0" in said
    assert "'stockage': 3" in said


def test_a_bomb_of_trees_stops_at_the_limit(tmp_path: Path, read, monkeypatch) -> None:
    monkeypatch.setattr(tree, "MOST_ENTRIES", 5000)
    folder = create(tmp_path / "bombe", {"a.py": "x = 1\n"})
    oid = git(folder, "hash-object", "-w", "--stdin", stdin=b"x = 1\n")
    kind = "100644 blob"
    for _ in range(10):  # 10^10 files, in ten objects
        oid = git(
            folder, "mktree", stdin="".join(f"{kind} {oid}\td{i}.py\n" for i in range(10)).encode()
        )
        kind = "040000 tree"
    head = git(folder, "commit-tree", "-m", "bombe", oid)
    git(folder, "update-ref", "HEAD", head)
    begun = time.monotonic()
    found = read(folder, seconds=20)
    assert time.monotonic() - begun < 25
    assert found.fault or any("la suite n'a pas été lue" in note for note in found.notes)


def test_a_zip_bomb_is_a_file_like_another(fork, read) -> None:
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 30_000_000)
    found = read(fork(under("Evaluation/Projet", {"a.py": SCRAPER, "b.zip": packed.getvalue()})))
    assert levels(found)["stockage"] == 2


def test_nothing_of_the_repository_s_settings_runs(fork, read, tmp_path: Path) -> None:
    folder = fork(
        under("Evaluation/Projet", {**PROJECT, ".gitattributes": "* filter=mal diff=mal\n"})
    )
    trap = tmp_path / "execute"
    for key in (
        "core.fsmonitor",
        "diff.mal.textconv",
        "diff.external",
        "filter.mal.clean",
        "filter.mal.smudge",
        "core.pager",
        "core.sshCommand",
        "core.alternateRefsCommand",
    ):
        git(folder, "config", key, f"touch {trap}; cat")
    hook = folder / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
    hook.chmod(0o755)
    (folder / "Evaluation/Projet/app.py").write_text("x = 2\n")
    found = read(folder)
    assert not found.fault
    assert not trap.exists()
    assert any("hors de tout commit" in note for note in found.notes)


def test_a_damaged_repository_is_said(fork, read) -> None:
    folder = fork(under("Evaluation/Projet", PROJECT))
    oid = git(folder, "rev-parse", "HEAD^{tree}")
    path = folder / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    path.write_bytes(b"casse")
    assert "abîmé" in read(folder).fault


def test_absent_folders_and_time_limits(fork, read, tmp_path: Path) -> None:
    assert "n'existe pas" in read(tmp_path / "absent").fault
    assert "dépassé" in read(fork(under("Evaluation/Projet", PROJECT)), seconds=0.001).fault


def test_a_shallow_clone(fork, read, tmp_path: Path) -> None:
    folder = fork(under("Evaluation/Projet", PROJECT))
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{folder}", "mince")
    found = read(tmp_path / "mince")
    assert levels(found)["stockage"] == 3
