from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab import bootstrap

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        ("OSError: [Errno 28] No space left on device", "disque est plein", 9),
        ("OSError: [Errno 30] Read-only file system: 'x'", "Impossible d'écrire", 9),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "ne correspond pas au verrou", 1),
        ("NewConnectionError: Failed to establish", "injoignable", 4),
        ("ERROR: Could not find a version that satisfies", "injoignable", 4),
        ("Segmentation fault", "install.log", 1),
    ],
)
def test_what_pip_says_becomes_one_french_sentence(words: str, said: str, code: int) -> None:
    failure = bootstrap.explain(words, Path("install.log"))
    sentence, hint, exit_code = failure.args
    assert said in sentence
    assert hint
    assert exit_code == code


def test_it_imports_the_standard_library_only() -> None:
    code = (
        "import sys; before = set(sys.modules); sys.path.insert(0, sys.argv[1]); "
        "import bootstrap; "
        "print([m for m in set(sys.modules) - before if m.split('.')[0] not in "
        "sys.stdlib_module_names | {'bootstrap'}])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(ROOT / "src" / "lab")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_the_stamp_is_a_copy_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / "Pipfile.lock").write_text("one")
    assert not bootstrap.is_complete(tmp_path, dev=False)
    shutil.copyfile(tmp_path / "Pipfile.lock", bootstrap.stamp(tmp_path, dev=False))
    assert bootstrap.is_complete(tmp_path, dev=False)
    assert not bootstrap.is_complete(tmp_path, dev=True)
    (tmp_path / "Pipfile.lock").write_text("two")
    assert not bootstrap.is_complete(tmp_path, dev=False)


def test_pip_writes_no_cache_outside_unless_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert bootstrap.environment(tmp_path)["PIP_NO_CACHE_DIR"] == "1"
    (tmp_path / "cache" / "pip").mkdir(parents=True)
    assert "PIP_NO_CACHE_DIR" not in bootstrap.environment(tmp_path)


def test_progress_counts_what_is_collected_then_what_is_installed(tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    log.write_text("Collecting a==1\nCollecting b==2\n  Collecting a==1\n")
    assert bootstrap.progress(tmp_path, log, 0, 4) == 25
    packages = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    for name in ("a-1.dist-info", "b-2.dist-info"):
        (packages / name).mkdir(parents=True)
    assert bootstrap.progress(tmp_path, log, 0, 4) == 50
    assert bootstrap.progress(tmp_path, log, 0, 1) == 99


CUT = """
import pathlib, sys
said, mark = sys.argv[1], pathlib.Path(sys.argv[2])
print(said)
sys.exit(0 if mark.exists() else mark.touch() or 1)
"""


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ("Downloading a-1.whl (2 MB)", True),
        ("Downloading a-1.whl (2 MB)\nReadTimeoutError: Read timed out.", True),
        ("ReadTimeoutError: Read timed out.", False),  # no network at all: said at once
        ("Downloading a-1.whl (2 MB)\nNo space left on device", False),
        ("Downloading a-1.whl\nTHESE PACKAGES DO NOT MATCH THE HASHES", False),
    ],
)
def test_a_download_that_was_cut_is_tried_once_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: str, again: bool
) -> None:
    log, mark = tmp_path / "install.log", tmp_path / "déjà"
    log.write_text("Downloading an-older-run.whl\n")
    command = [sys.executable, "-c", CUT, said, str(mark)]
    if again:
        bootstrap.persist(command, tmp_path, log, "bibliothèques", 1)
    else:
        with pytest.raises(bootstrap.Failure):
            bootstrap.persist(command, tmp_path, log, "bibliothèques", 1)
    assert ("second essai" in capsys.readouterr().err) == again


def test_a_second_cut_is_told(tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    log.touch()
    command = [sys.executable, "-c", "print('Downloading a'); raise SystemExit(1)"]
    with pytest.raises(bootstrap.Failure) as caught:
        bootstrap.persist(command, tmp_path, log, "bibliothèques", 1)
    assert caught.value.args[1:] == ("./lab up", bootstrap.UNKNOWN)
    assert str(log) in caught.value.args[0]


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_lab_is_importable_from_a_folder_with_an_accent(tmp_path: Path, locale: str) -> None:
    root = tmp_path / "l'été à l'école"
    package = root / "src" / "lab_essai"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    folder = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    folder.mkdir(parents=True)
    bootstrap._make_importable(tmp_path / "venv", root)
    code = f"import site; site.addsitedir({str(folder)!r}); import lab_essai"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"LC_ALL": locale, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
