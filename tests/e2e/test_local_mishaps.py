"""What happens on real machines: each ends well, or in one French sentence and the next command."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import psutil
import pytest
from checkout import (
    CLOSED,
    ROOT,
    SERVICES,
    Lab,
    clean_copy,
    complains,
    finish,
    in_time,
    told_cleanly,
)
from contents import PRODUCTS

AnotherHome = Callable[[Path], AbstractContextManager[Lab]]
NO_NETWORK = {
    "PIP_INDEX_URL": f"{CLOSED}/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_RETRIES": "0",
    "PIP_NO_CACHE_DIR": "1",
    "https_proxy": CLOSED,
    "http_proxy": CLOSED,
}


# ------------------------------------------------------------------ Ctrl-C


# In seconds; at 1.5 and 3 s the services are awaited, which the next test shows as well.
MOMENTS = [0.05, 0.5, *(pytest.param(late, marks=pytest.mark.long) for late in (1.5, 3.0))]


@pytest.mark.parametrize("seconds", MOMENTS)
def test_ctrl_c_during_up_leaves_nothing_half_done(other_lab: Lab, seconds: float) -> None:
    starting = other_lab.start("up", "--no-crawl")
    with suppress(subprocess.TimeoutExpired):
        starting.wait(seconds)
    early = starting.poll() is None
    if early:
        os.killpg(starting.pid, signal.SIGINT)
    done = finish(starting, 60)
    told_cleanly(done)
    if not early or done.returncode == 0:  # a quick machine was ready before
        assert {row["state"] for row in other_lab.status().values()} == {"healthy"}
        return
    assert done.returncode in (130, -signal.SIGINT), done.stderr
    assert other_lab.processes() == []
    complains(other_lab.lab("status"), 3)
    if seconds == 1.5:
        again = other_lab.lab("up", "--only", "redis,mongo")
        assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    "awaited",
    [
        pytest.param("démarrage du superviseur", marks=pytest.mark.long),
        pytest.param("S3 : démarrage", marks=pytest.mark.long),
        "en attente",
    ],
)
def test_ctrl_c_at_a_step(other_lab: Lab, awaited: str) -> None:
    starting = other_lab.start("up", "--no-crawl")
    assert starting.stderr is not None
    while awaited not in (line := starting.stderr.readline()):
        assert line, f"« {awaited} » n'est jamais venu"
    os.killpg(starting.pid, signal.SIGINT)
    done = finish(starting, 60)
    complains(done, 130)
    assert "Interrompu" in done.stderr
    assert other_lab.processes() == []


def test_ctrl_c_during_the_first_crawl(other_lab: Lab) -> None:
    starting = other_lab.start("up")
    assert starting.stderr is not None
    while "première récolte : gazette" not in (line := starting.stderr.readline()):
        assert line, "la récolte n'a jamais commencé"
    in_time("scrapy démarre", 20, lambda: _spiders(other_lab))
    os.killpg(starting.pid, signal.SIGINT)
    done = finish(starting, 60)
    complains(done, 130)
    assert _spiders(other_lab) == []
    assert {row["state"] for row in other_lab.status().values()} == {"healthy"}


def _spiders(lab: Lab) -> list[psutil.Process]:
    return [one for one in lab.processes() if "scrapy" in one.cmdline()]


def test_ctrl_c_during_a_crawl_keeps_what_came(running_lab: Lab) -> None:
    crawl = running_lab.start("crawl", "gazette", "--json", env={"CONCURRENT_REQUESTS": "1"})
    in_time("scrapy démarre", 20, lambda: _spiders(running_lab))
    time.sleep(0.5)  # wherever it is
    os.killpg(crawl.pid, signal.SIGINT)
    done = finish(crawl, 60)
    complains(done, 130)
    assert _spiders(running_lab) == []


# ------------------------------------------------------------------ ports


def test_taken_ports_are_avoided_and_told(running_lab: Lab, other_lab: Lab) -> None:
    """The usual ports are held by another lab, the remembered one by a listener of the test."""
    some = ("up", "--only", "redis,elasticsearch")
    done = other_lab.lab(*some)
    assert done.returncode == 0, done.stderr
    first = {name: _port(other_lab, name) for name in ("redis", "elasticsearch")}
    for name, usual in (("redis", 6379), ("elasticsearch", 9200)):
        told = re.search(rf"Le port {usual} est pris par (.+) : {name} est sur (\d+)", done.stdout)
        assert told, done.stdout
        assert int(told[2]) == first[name]
        if _port(running_lab, name) == usual:
            assert "(pid " in told[1]
    assert other_lab.lab("down").returncode == 0
    with socket.create_server(("127.0.0.1", first["redis"])):
        done = other_lab.lab(*some)
        assert done.returncode == 0, done.stderr
        assert _port(other_lab, "redis") not in (first["redis"], 6379)
        assert _port(other_lab, "elasticsearch") == first["elasticsearch"], "le port est gardé"


def _port(lab: Lab, name: str) -> int:
    return int(lab.status()[name]["url"].rpartition(":")[2].partition("/")[0])


# ------------------------------------------------------------------ proxy


def test_a_dead_proxy_does_not_come_between(other_lab: Lab) -> None:
    dead = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), CLOSED)
    done = other_lab.lab("up", "--no-crawl", env=dead)
    assert done.returncode == 0, done.stderr
    for spider in ("gazette", "boutique"):
        done = other_lab.lab("crawl", spider, "--pages", "30", "--json", env=dead)
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert set(report["stored"].values()) == {report["items"]}
    assert other_lab.lab("status", env=dead).returncode == 0
    assert other_lab.lab("reindex", env=dead).returncode == 0
    for script in sorted((ROOT / "tests" / "clients").glob("*_client.py")):
        line = 'eval "$(./lab env)" && exec .venv/bin/python "$0"'
        done = other_lab.run(["sh", "-c", line, str(script)], env=dead)
        assert done.returncode == 0, done.stdout + done.stderr


# ------------------------------------------------------------------ stale state


@pytest.mark.parametrize("stale", ["living pid", "garbage", "other shape", "half", "folder"])
def test_a_stale_state_file(other_lab: Lab, stale: str) -> None:
    run = other_lab.home / "run"
    run.mkdir(parents=True, mode=0o700)
    if stale == "folder":
        (run / "supervisor.sock").write_text("")
        (run / "supervisord.pid").write_text("1\n")
    else:
        text = {
            "living pid": json.dumps(
                {"pid": os.getpid(), "started": 1.0, "socket": str(run / "x.sock"), "ports": {}}
            ),
            "garbage": "\x00\x01{pas du json",
            "other shape": json.dumps({"pid": "x", "started": None, "socket": 3, "ports": []}),
            "half": '{"pid": 12',
        }[stale]
        (run / "state.json").write_text(text)
        left_over = socket.socket(socket.AF_UNIX)
        left_over.bind(str(run / "supervisor.sock"))
        left_over.close()
    complains(other_lab.lab("status"), 3)
    done = other_lab.lab("down")
    assert done.returncode == 0, done.stderr
    done = other_lab.lab("up", "--only", "redis")
    assert done.returncode == 0, done.stderr
    told_cleanly(done)
    assert other_lab.status()["redis"]["state"] == "healthy"


def test_two_ups_at_once_do_not_fight(other_lab: Lab) -> None:
    both = [other_lab.start("up", "--only", "redis,practice") for _ in range(2)]
    done = [finish(one, 60) for one in both]
    codes = sorted(one.returncode for one in done)
    assert codes in ([0, 0], [0, 4]), [one.stderr for one in done]
    for one in done:
        if one.returncode:
            complains(one, 4)
    assert other_lab.status()["redis"]["state"] == "healthy"


# ------------------------------------------------------------------ disk


@pytest.fixture
def tiny_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A file system of so many megabytes."""
    folder = tmp_path / "petit disque"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("un petit disque se monte en root seulement")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("tiny_disk", ["16k", "20m"], indirect=True)
def test_too_small_a_disk_is_told_before_anything_starts(
    another_home: AnotherHome, tiny_disk: Path
) -> None:
    with another_home(tiny_disk / "labo") as lab:
        said = complains(lab.lab("up", timeout=60), 9)
        assert re.search("disque|Mo", said)
        assert lab.processes() == []


@pytest.mark.long
@pytest.mark.parametrize("tiny_disk", ["330m"], indirect=True)
def test_a_disk_that_fills_up_under_way(another_home: AnotherHome, tiny_disk: Path) -> None:
    """Enough to start; then a file of the student's takes the rest."""
    with another_home(tiny_disk / "labo") as lab:
        done = lab.lab("up", "--no-crawl")
        assert done.returncode == 0, done.stderr
        with suppress(OSError), (tiny_disk / "film.mp4").open("wb") as film:
            while True:
                film.write(bytes(2**20))
        # Without S3, whose last upload would be waited for.
        less = {"LAB_STORE_DEADLINE": "2", "LAB_STORES": "mongo,elasticsearch,redis"}
        crawl = lab.lab("crawl", "gazette", "--pages", "200", env=less)
        if crawl.returncode:
            complains(crawl, 7, 8, 9)
        else:
            told_cleanly(crawl)
        states = {name: row["state"] for name, row in lab.status().items()}
        assert states["practice"] == states["notebook"] == "healthy", "le superviseur a survécu"
        told_cleanly(lab.lab("status"))
        told_cleanly(lab.lab("doctor"))
        assert lab.lab("down").returncode == 0
        complains(lab.lab("up"), 9)
        assert lab.processes() == []
        (tiny_disk / "film.mp4").unlink()
        done = lab.lab("up", "--no-crawl")
        assert done.returncode == 0, done.stderr
        done = lab.lab("crawl", "boutique", "--json", env={"LAB_STORE_DEADLINE": "30"})
        assert done.returncode == 0, done.stderr
        assert set(json.loads(done.stdout)["stored"].values()) == {PRODUCTS}


# ------------------------------------------------------------------ installation


@pytest.fixture
def bare_copy(tmp_path: Path, cold_environment: dict[str, str]) -> Lab:
    """A fresh checkout where nothing was installed."""
    return Lab(clean_copy(tmp_path / "clé usb" / "DataEngineerTools"), cold_environment)


def test_no_network_on_a_cold_start(bare_copy: Lab) -> None:
    started = time.monotonic()
    said = complains(bare_copy.lab("up", env=NO_NETWORK), 4)
    assert re.search("réseau|proxy|index", said)
    assert time.monotonic() - started < 60
    assert bare_copy.processes() == []


@pytest.mark.parametrize("half", ["no python", "dangling python", "another python", "mark left"])
def test_a_half_made_environment_is_made_again(bare_copy: Lab, half: str) -> None:
    """Shown without a network, in seconds: it gets as far as asking the index again."""
    binaries = bare_copy.root / ".venv" / "bin"
    binaries.mkdir(parents=True)
    shutil.copy(bare_copy.root / "Pipfile.lock", bare_copy.root / ".venv" / ".lab-lock")
    if half == "dangling python":
        (binaries / "python").symlink_to("/nulle/part/python3.11")
    elif half == "another python":
        (binaries / "python").write_text("#!/bin/sh\nexit 1\n")
        (binaries / "python").chmod(0o755)
        (bare_copy.root / ".venv" / ".lab-lock").unlink()
    elif half == "mark left":
        (bare_copy.root / ".venv" / ".lab-lock").unlink()
        (bare_copy.root / ".venv" / ".lab-installing").touch()
    done = bare_copy.lab("up", env=NO_NETWORK)
    complains(done, 4)
    assert "Création de l'environnement Python" in done.stderr
    assert (binaries / "python").exists()


def test_ctrl_c_during_the_installation(bare_copy: Lab) -> None:
    installing = bare_copy.start("up")
    assert installing.stderr is not None
    while "Installation" not in (line := installing.stderr.readline()):
        assert line
    os.killpg(installing.pid, signal.SIGINT)
    done = finish(installing, 30)
    complains(done, 130, -signal.SIGINT)  # the shell itself was interrupted too
    left = [
        one.info["cmdline"]
        for one in psutil.process_iter(["cmdline"])
        if any(str(bare_copy.root) in word for word in one.info["cmdline"] or [])
    ]
    assert left == []


@pytest.fixture(scope="module")
def path_without_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PATH with the usual small programs and a Python that is too old."""
    folder = tmp_path_factory.mktemp("bin")
    for name in ("sh", "dirname", "cmp", "uname", "cat", "ls"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


@pytest.mark.parametrize("python", ["none", "too old", "without venv"])
def test_no_suitable_python(bare_copy: Lab, path_without_python: Path, python: str) -> None:
    fake = path_without_python / "python3"
    fake.unlink(missing_ok=True)
    if python == "too old":
        fake.write_text(
            "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.9.2' && exit 0\nexit 1\n"
        )
    elif python == "without venv":
        fake.write_text(
            "#!/bin/sh\necho \"ModuleNotFoundError: No module named 'venv'\" >&2; exit 1\n"
        )
    if python != "none":
        fake.chmod(0o755)
    said = complains(bare_copy.lab("up", env={"PATH": str(path_without_python)}), 4)
    assert "Python 3.11" in said
    assert "docker compose up -d" in said
    assert not (bare_copy.root / ".venv").exists()


# ------------------------------------------------------------------ folders


def _as_owner_without_privileges() -> list[str]:
    """Words before a command that make permissions count, for root too."""
    if os.geteuid():
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root passe outre les permissions, et setpriv manque")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


@pytest.fixture
def read_only() -> Iterator[Callable[[Path], None]]:
    closed: list[Path] = []

    def close(folder: Path) -> None:
        closed.append(folder)
        folder.chmod(0o555)

    yield close
    for folder in closed:
        folder.chmod(0o755)


def test_a_read_only_checkout_cannot_be_installed(
    bare_copy: Lab, read_only: Callable[[Path], None]
) -> None:
    read_only(bare_copy.root)
    done = bare_copy.run([*_as_owner_without_privileges(), "./lab", "up"])
    assert "lecture seule" in complains(done, 9)


def test_a_read_only_home_is_told_and_another_serves(
    other_lab: Lab, read_only: Callable[[Path], None], tmp_path: Path
) -> None:
    """A checkout installed once, then closed: LAB_HOME, as the hint says, serves."""
    closed = tmp_path / "fermé"
    closed.mkdir()
    read_only(closed)
    command = [*_as_owner_without_privileges(), "./lab", "up", "--only", "redis"]
    done = other_lab.run(command, env={"LAB_HOME": str(closed / ".lab")})
    said = complains(done, 9)
    assert "LAB_HOME=" in said
    done = other_lab.run(command)
    assert done.returncode == 0, done.stderr


def test_a_read_only_mount(running_lab: Lab, tmp_path: Path) -> None:
    """The whole checkout on a read-only file system, as root sees it."""
    target = tmp_path / "monté"
    target.mkdir()
    script = 'mount --bind "$1" "$2" && mount -o remount,ro,bind "$2" && cd "$2" && ./lab up'
    words = ["unshare", "-m", "sh", "-c", script, "sh"]
    bare = clean_copy(tmp_path / "source")
    done = running_lab.run([*words, str(bare), str(target)])
    if "mount" in done.stderr and "lab" not in done.stderr:
        pytest.skip("un montage se fait en root seulement")
    assert "lecture seule" in complains(done, 9)


@pytest.mark.parametrize("length", [160])
def test_a_very_long_path(another_home: AnotherHome, tmp_path: Path, length: int) -> None:
    """Unix sockets hold 107 bytes: they must go elsewhere, and be cleaned up."""
    home = tmp_path
    while len(str(home)) < length:
        home /= "un dossier bien rangé dans un autre"
    home.mkdir(parents=True)
    with another_home(home / "labo") as lab:
        done = lab.lab("up", "--no-crawl")
        assert done.returncode == 0, done.stderr
        assert {row["state"] for row in lab.status().values()} == {"healthy"}
        assert sorted(lab.status()) == sorted(SERVICES)
        where = Path(lab.state["socket"])
        assert home not in where.parents
        assert where.parent.stat().st_mode & 0o777 == 0o700
        done = lab.lab("crawl", "boutique", "--pages", "10", "--json")
        assert done.returncode == 0, done.stderr
        assert lab.lab("down").returncode == 0
        assert not where.parent.exists()


@pytest.mark.long
@pytest.mark.parametrize("name", ["a%d", "l'été", 'gui"llemet', "point;virgule"])
def test_odd_folder_names(another_home: AnotherHome, tmp_path: Path, name: str) -> None:
    with another_home(tmp_path / name) as lab:
        done = lab.lab("up", "--no-crawl")
        assert done.returncode == 0, done.stderr
        assert {row["state"] for row in lab.status().values()} == {"healthy"}


def test_this_python_is_one_that_the_lab_takes() -> None:
    assert (3, 11) <= sys.version_info < (3, 14)
