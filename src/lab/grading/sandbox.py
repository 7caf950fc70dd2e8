"""bubblewrap: what each part of a grading sees, and the walls between them.

One network namespace per student, without any way out: it has a loopback only. In it, side by
side, three sandboxes that share nothing else (files, processes, users):

* ``stores``: the servers, with the student's own copy of the data;
* ``judge``: the instructor's checks and the answer key, and the student's work, read-only;
* ``pupil``: the student's kernel; no check, no answer key, no other student, no result.

Nothing has to be relayed: the servers live in the namespace, so there is no door to guard.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import lab
from lab.errors import EngineUnavailable

SOURCE = Path(lab.__file__).resolve().parents[1]  # the folder that holds the package `lab`
HOME = "/grade/home"  # the lab's own folder, as stores and contract name it
WORK = "/grade/work"  # the student's files
EXCHANGE = "/grade/exchange"  # the judge's socket and temporary files
COUNTER = f"{EXCHANGE}/tmp"  # noqa: S108  files handed over for a call
PUPIL = "/grade/pupil"  # the part of `lab` that a student's code imports
ETC = ("ld.so.cache", "ssl", "ca-certificates", "alternatives", "fonts", "localtime", "mime.types",
       "chromium", "chromium.d", "magic")  # fmt: skip
OWN_ETC = {  # of the sandbox's own: the host's would tell who lives there
    "passwd": "lab:x:1000:1000::/tmp:/bin/sh\n",
    "group": "lab:x:1000:\n",
    "hosts": "127.0.0.1 localhost labo\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
COMPOSE = "docker-compose.yml"
FILES = ("workspace", "tmp")  # the student's own, beside the notebooks: WORKSPACE_*_PATH
MIB = 2**20
# The folders that bubblewrap makes in memory would hold whatever is written there.
_SEALED = ("--size", str(256 * MIB), "--tmpfs", "/dev/shm",  # noqa: S108
           "--remount-ro", "/dev", "--remount-ro", "/")  # fmt: skip


class NoSandbox(EngineUnavailable):
    """Students' code cannot be run safely on this machine."""


@dataclass(frozen=True)
class Places:
    """The folders of one student's grading, on the host."""

    root: Path  # holds the others

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def exchange(self) -> Path:
        return self.root / "exchange"

    @property
    def files(self) -> Path:
        return self.root / "files"

    def make_room(self) -> None:
        """A place for the instructor's Compose file, whatever the student has of this name."""
        place = self.work / COMPOSE
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        if not place.is_file() or place.is_symlink():
            place.unlink(missing_ok=True)
            place.touch()

    def ensure(self) -> None:
        inside = (self.exchange / "tmp", *(self.files / name for name in FILES))
        for folder in (self.work, self.home, self.exchange, *inside):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.root / "etc").mkdir(exist_ok=True)
        for name, text in OWN_ETC.items():
            (self.root / "etc" / name).write_text(text, encoding="utf-8")


def program() -> str:
    """The path of bubblewrap. Raises NoSandbox."""
    found = shutil.which("bwrap")
    if sys.platform != "linux" or found is None:
        raise NoSandbox(
            "Pas de bac à sable : bubblewrap (bwrap) manque, et le code des étudiants ne tourne "
            "jamais sans lui.",
            "sudo apt-get install bubblewrap",
        )
    return found


def outside(writable: Path, group: Path | None = None) -> list[str]:
    """The outer wall: a network namespace of its own; only `writable` can be written.

    `group`: the control group that the student's sandbox will enter.
    """
    words = [program(), "--unshare-user", "--unshare-net", "--unshare-ipc", "--die-with-parent"]
    # /proc is the host's, whole: the kernel lets the inner walls mount theirs only then.
    words += ["--ro-bind", "/", "/", "--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev"]
    for folder in (writable, *([group] if group else [])):
        words += ["--bind", str(folder), str(folder)]
    return [*words, "--"]


def _walls(places: Places, environment: dict[str, str], scratch: int) -> list[str]:
    words = [program(), "--unshare-user", "--uid", "1000", "--gid", "1000", "--unshare-pid"]
    words += ["--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "labo"]
    words += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", *_no_more_users()]
    words += ["--proc", "/proc", "--dev", "/dev", "--size", str(scratch * MIB), "--tmpfs", "/tmp"]  # noqa: S108
    words += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/") / name
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.exists():
            words += ["--ro-bind", str(path), str(path)]
    for name in ETC:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for name in OWN_ETC:
        words += ["--ro-bind", str(places.root / "etc" / name), f"/etc/{name}"]
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        if not Path(prefix).is_relative_to("/usr"):
            words += ["--ro-bind", prefix, prefix]
    words += ["--clearenv"]
    for key, value in environment.items():
        words += ["--setenv", key, value]
    return words


@cache
def _no_more_users() -> list[str]:
    """Inside, nobody makes user namespaces: less of the kernel to attack (bubblewrap 0.8)."""
    done = subprocess.run([program(), "--help"], capture_output=True, text=True, check=False)
    return ["--disable-userns"] if "--disable-userns" in done.stdout else []


def environment(python_path: str, **more: str) -> dict[str, str]:
    """The whole environment of a sandbox: nothing of the host's."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",  # noqa: S108
        "LANG": "C.UTF-8",
        "PYTHONPATH": python_path,
        "PYTHONSAFEPATH": "1",  # the folder where one stands may be the student's
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "2",
        **more,
    }


def stores(places: Places, root: Path) -> list[str]:
    """The servers' sandbox; `root`: the instructor's checkout, whose spiders fill the template."""
    more = {"LAB_HOME": HOME, "LAB_ROOT": str(root)}
    words = _walls(places, environment(str(SOURCE), **more), 256)
    words += ["--ro-bind", str(SOURCE), str(SOURCE)]
    words += ["--ro-bind-try", str(root / "Scrapy"), str(root / "Scrapy")]
    return [*words, "--bind", str(places.home), HOME, *_SEALED, "--chdir", HOME, "--"]


def judge(places: Places, root: Path, contract: dict[str, str]) -> list[str]:
    """The judge's sandbox: checks and answer key; the student's work cannot be written."""
    # No setting may be read from the student's files: their `.env` is not the lab's.
    more = {"LAB_HOME": "/tmp/lab", "LAB_ROOT": "/grade"}  # noqa: S108
    words = _walls(places, environment(str(SOURCE), **(contract | more)), 512)
    words += ["--ro-bind", str(SOURCE), str(SOURCE)]
    words += ["--ro-bind", str(places.work), WORK]
    words += _course(root)
    words += ["--bind", str(places.exchange), EXCHANGE, *_bundle(places)]
    for name in FILES:  # some answers are the path of a file
        words += ["--ro-bind", str(places.files / name), f"{HOME}/{name}"]
    return [*words, *_SEALED, "--chdir", "/", "--"]


def pupil(places: Places, root: Path, package: Path, contract: dict[str, str]) -> list[str]:
    """The student's sandbox; `package`: the part of `lab` without checks nor answer key."""
    socket = {"LAB_GRADE_SOCKET": f"{EXCHANGE}/judge.sock"}
    more = {"LAB_HOME": "/tmp/lab", "LAB_ROOT": WORK, "MPLBACKEND": "Agg"}  # noqa: S108
    words = _walls(places, environment(PUPIL, **(contract | more | socket)), 1024)
    installed = Path(sys.prefix)
    if SOURCE.is_relative_to(installed):  # not a checkout: `lab` lies among the libraries
        words += ["--tmpfs", str(SOURCE / "lab")]
    words += ["--ro-bind", str(package), PUPIL]
    words += ["--bind", str(places.work), WORK]
    words += _course(root)
    words += ["--ro-bind", str(places.exchange), EXCHANGE]
    words += ["--bind", str(places.exchange / "tmp"), COUNTER]
    for name in FILES:
        words += ["--bind", str(places.files / name), f"{HOME}/{name}"]
    return [*words, *_bundle(places), *_SEALED, "--chdir", WORK, "--"]


def _bundle(places: Places) -> list[str]:
    bundle = "run/ca-bundle.pem"
    return ["--ro-bind-try", str(places.home / bundle), f"{HOME}/{bundle}"]


def _course(root: Path) -> list[str]:
    """The instructor's Compose file over the student's: exercises ask about this very file."""
    found = (root / COMPOSE).is_file()
    return ["--ro-bind", str(root / COMPOSE), f"{WORK}/{COMPOSE}"] if found else []
