"""The habits of the original course: pipenv, pip, and pulling what the instructor pushed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from checkout import Lab, clean_copy, complains, finish, git, in_time

TINY = "cowsay"  # a library of a few kilobytes without dependencies


@pytest.fixture(scope="module")
def second_checkout(
    tmp_path_factory: pytest.TempPathFactory, cold_environment: dict[str, str]
) -> Iterator[Lab]:
    """A checkout whose first installation was killed with -9, and then made good."""
    root = clean_copy(tmp_path_factory.mktemp("second labo é") / "DataEngineerTools")
    home = tmp_path_factory.mktemp("second home")  # a shell's history goes there
    lab = Lab(root, cold_environment | {"HOME": str(home)})
    installing = lab.start("up", "--no-crawl")
    in_time("l'installation avance", 200, lambda: _installed(root) >= 15)
    os.killpg(installing.pid, signal.SIGKILL)
    killed = finish(installing, 10)
    lab.more["killed"] = killed.returncode
    for process in psutil.process_iter(["cmdline"]):  # pip's own group may survive its parent
        if any(f"{root}/" in word for word in process.info["cmdline"] or []):
            process.kill()
    lab.more["mark"] = (root / ".venv" / ".lab-installing").exists()
    lab.first_up = lab.lab("--version", timeout=400)
    yield lab
    left = lab.end()
    shutil.rmtree(root, ignore_errors=True)
    assert left == []


@pytest.fixture
def own_home(running_lab: Lab, tmp_path: Path) -> Lab:
    """The same checkout, in another HOME: pipenv and the shell leave things there."""
    return Lab(running_lab.root, running_lab.environ | {"HOME": str(tmp_path)})


def _installed(root: Path) -> int:
    return sum(1 for _ in root.glob(".venv/lib/python3*/site-packages/*.dist-info"))


@pytest.mark.long
def test_an_installation_killed_with_9_is_made_good(second_checkout: Lab) -> None:
    assert second_checkout.more == {"killed": -signal.SIGKILL, "mark": True}
    first = second_checkout.first_up
    assert first is not None
    assert first.returncode == 0, first.stderr
    assert "Création de l'environnement Python" in first.stderr
    assert "Environnement prêt" in first.stderr
    assert first.stdout.startswith("lab ")
    done = second_checkout.lab("up", "--only", "redis,practice")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Installation") == 0
    assert second_checkout.lab("down").returncode == 0


def pipenv(lab: Lab, *words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """pipenv as a student types it: theirs, here the one that the lab installed."""
    return lab.run([str(lab.root / ".venv" / "bin" / "pipenv"), *words], timeout=timeout)


def test_pipenv_install_on_a_complete_environment(own_home: Lab) -> None:
    before = (own_home.root / "Pipfile.lock").read_bytes()
    done = pipenv(own_home, "install")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (own_home.root / "Pipfile.lock").read_bytes() == before
    assert git(own_home.root, "status", "--porcelain") == ""


def test_pipenv_run(own_home: Lab) -> None:
    done = pipenv(own_home, "run", "python", "-c", "import scrapy, lab; print(lab.__file__)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(own_home.root / "src" / "lab" / "__init__.py")


def test_pipenv_shell(own_home: Lab) -> None:
    """In a terminal of its own, as `script` gives one."""
    if not shutil.which("script"):
        pytest.skip("le programme « script » (util-linux) manque")
    command = f"'{own_home.root}/.venv/bin/pipenv' shell --quiet"
    shell = subprocess.Popen(
        ["script", "-qfec", command, os.devnull],
        cwd=own_home.root,
        env=own_home.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert shell.stdin is not None
    assert shell.stdout is not None
    os.set_blocking(shell.stdout.fileno(), False)
    wanted, shown = f"voici {own_home.root}/.venv", b""
    line = b'python -c \'import scrapy, sys; print("voi" + "ci", sys.prefix)\'\n'

    def answered() -> bool:
        """Type the line again while the shell is not ready, as anybody would."""
        nonlocal shown
        shell.stdin.write(line)
        shell.stdin.flush()
        for _ in range(20):
            time.sleep(0.1)
            shown += shell.stdout.read() or b""
            if wanted in shown.decode(errors="replace"):
                return True
        return False

    try:
        in_time(f"le shell de pipenv ({command})", 60, answered)
    finally:
        shell.kill()
        shell.communicate()


@pytest.mark.long
def test_pipenv_install_a_library(second_checkout: Lab) -> None:
    """Last of those on this checkout: it changes the Pipfile. The lab then still works."""
    root = second_checkout.root
    before = json.loads((root / "Pipfile.lock").read_text())
    done = pipenv(second_checkout, "install", TINY, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    assert TINY in (root / "Pipfile").read_text()
    lock = json.loads((root / "Pipfile.lock").read_text())
    assert TINY in lock["default"]
    assert set(before["default"]) <= set(lock["default"])
    done = second_checkout.lab("up", "--only", "redis,practice", timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Création de l'environnement" not in done.stderr, "rien n'est refait"
    done = pipenv(second_checkout, "run", "python", "-c", f"import {TINY}")
    assert done.returncode == 0, done.stderr
    assert second_checkout.lab("down").returncode == 0


@pytest.mark.long
def test_pip_install_r_requirements(tmp_path: Path, cold_environment: dict[str, str]) -> None:
    copy = Lab(clean_copy(tmp_path / "sans pipenv"), cold_environment)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    python = str(tmp_path / "env" / "bin" / "python")
    done = copy.run([python, "-m", "pip", "install", "-q", "-r", "requirements.txt"], timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    done = copy.run([python, "-c", "import scrapy, pymongo, redis, elasticsearch, boto3"])
    assert done.returncode == 0, done.stderr


def test_git_pull_basestream_master(
    tmp_path: Path, running_lab: Lab, cold_environment: dict[str, str]
) -> None:
    """A fork takes what the instructor pushed, by the two lines of the original course."""
    course = clean_copy(tmp_path / "cours")
    fork = tmp_path / "mon fork"
    git(tmp_path, "clone", "-q", str(course), str(fork))
    assert git(fork, "branch", "--show-current").strip() == "master"
    (course / "Scrapy" / "nouveau.md").write_text("Un nouvel exercice.\n")
    git(course, "add", "-A")
    git(course, "commit", "-q", "-m", "Ajoute un exercice")
    line = f"git remote add basestream '{course}' && git pull basestream master"
    done = Lab(fork, cold_environment).run(["sh", "-c", line])
    assert done.returncode == 0, done.stderr
    assert (fork / "Scrapy" / "nouveau.md").read_text() == "Un nouvel exercice.\n"
    assert git(fork, "status", "--porcelain") == ""


def test_a_lock_that_was_pulled_is_installed_or_told(running_lab: Lab) -> None:
    """After a pull that changed Pipfile.lock, the next command sees it (here: without network)."""
    lock = running_lab.root / "Pipfile.lock"
    kept = lock.read_text()
    text = kept + "\n"
    lock.write_text(text)
    done = running_lab.lab("--version", timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Installation" in done.stderr
    assert "Création" not in done.stderr
    broken = json.loads(text)
    broken["default"]["pipenv"]["version"] = "==0.0.404"
    lock.write_text(json.dumps(broken))
    try:
        for _ in range(2):  # the environment is kept: the network may come back
            done = running_lab.lab("--version")
            complains(done, 4)
            assert "Création" not in done.stderr
    finally:
        lock.write_text(text)
    assert running_lab.lab("--version").stderr == ""
    lock.write_text(kept)
    assert running_lab.lab("--version", timeout=300).returncode == 0
