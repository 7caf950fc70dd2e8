"""Makes `.venv` from `Pipfile.lock`: run by `./lab` with the system's Python, before anything is
installed, hence the standard library only.

    python bootstrap.py ROOT [--dev]

Everything goes into the checkout. A file `.venv/.lab-lock`, a copy of the lock put there last,
says that the installation is complete; `.venv/.lab-installing` says that one was interrupted.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

BAR = 24  # characters
# Exit codes: why an installation failed.
UNKNOWN, UNREACHABLE = 1, 4  # the latter: the package index cannot be had
RETRIES = "2"  # pip's default of 5 makes "no network" last over a minute

# What pip and pipenv say, and what the student reads. First match wins.
REASONS = (
    (
        r"No space left on device|ENOSPC|Disk quota exceeded",
        "Le disque est plein : l'installation demande environ 1 Go.",
        "df -h .",
        9,
    ),
    (
        r"Read-only file system|Permission denied",
        "Impossible d'écrire dans ce dossier.",
        "ls -ld . .venv",
        9,
    ),
    (
        r"THESE PACKAGES DO NOT MATCH THE HASHES",
        "Une bibliothèque téléchargée ne correspond pas au verrou (proxy ou miroir altéré ?).",
        "./lab up",
        1,
    ),
    (
        r"ConnectionError|NewConnection|name resolution|Max retries|ProxyError|timed out|SSLError"
        r"|Network is unreachable|Could not find a version|No matching distribution",
        "L'index des bibliothèques Python est injoignable (réseau, proxy ou miroir).",
        "export https_proxy=http://le-proxy-de-l-ecole:3128 ; ./lab up",
        UNREACHABLE,
    ),
)


class Failure(Exception):
    """What to tell the student: sentence, next command, exit code."""


def main() -> int:
    """Install; return the exit code."""
    root = Path(sys.argv[1]).resolve()
    try:
        install(root, dev="--dev" in sys.argv[2:])
    except Failure as failure:
        sentence, hint, code = failure.args
        print(f"{sentence}\n  → {hint}", file=sys.stderr)
        return int(code)
    except KeyboardInterrupt:
        print("\nInterrompu ; l'installation reprendra.\n  → ./lab up", file=sys.stderr)
        return 130
    except OSError as error:
        words = f"{error}"
        raise_for = explain(words, root / ".lab/logs/install.log")
        print(f"{raise_for.args[0]}\n  → {raise_for.args[1]}", file=sys.stderr)
        return int(raise_for.args[2])
    return 0


def stamp(root: Path, dev: bool) -> Path:
    """The copy of the lock that says the installation is complete."""
    return root / ".venv" / (".lab-lock-dev" if dev else ".lab-lock")


def is_complete(root: Path, dev: bool) -> bool:
    """Was exactly this lock installed?"""
    mark = stamp(root, dev)
    return mark.exists() and mark.read_bytes() == (root / "Pipfile.lock").read_bytes()


def install(root: Path, dev: bool = False) -> None:
    """Make `.venv` complete. Raises Failure or OSError."""
    if is_complete(root, dev) and _works(root / ".venv" / "bin" / "python"):
        return
    if not os.access(root, os.W_OK) or _is_read_only(root):
        raise Failure(
            f"Le dossier {root} est en lecture seule : copiez-le dans un dossier à vous.",
            f'cp -R "{root}" "$HOME/lab" && cd "$HOME/lab" && ./lab up',
            9,
        )
    lock = json.loads((root / "Pipfile.lock").read_text(encoding="utf-8"))
    logs = root / ".lab" / "logs"
    (root / ".lab").mkdir(mode=0o700, exist_ok=True)
    logs.mkdir(mode=0o700, exist_ok=True)
    log = logs / "install.log"
    venv = root / ".venv"
    python = venv / "bin" / "python"
    busy = venv / ".lab-installing"
    if busy.exists() or not _works(python):
        say("Création de l'environnement Python dans .venv")
        shutil.rmtree(venv, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(venv)], root, log)
    busy.touch()
    try:
        _synchronize(python, root, log, lock, dev)
    except Failure as failure:
        if failure.args[2] == UNREACHABLE:  # nothing was half-written: no need to start again
            busy.unlink()
        raise
    _make_importable(venv, root)
    for done in {False, dev}:
        shutil.copyfile(root / "Pipfile.lock", stamp(root, done))
    busy.unlink()
    say("Environnement prêt.")


def _synchronize(python: Path, root: Path, log: Path, lock: dict[str, Any], dev: bool) -> None:
    """Install pipenv, then exactly what the lock says. Raises Failure."""
    pinned = lock["default"]["pipenv"]["version"]
    # Not _works(pipenv): an older pipenv would not read this lock as the newer one wrote it.
    run([str(python), "-m", "pip", "install", "-q", f"pipenv{pinned}"], root, log, "pipenv")
    wanted = len(lock["default"]) + (len(lock["develop"]) if dev else 0)
    command = [str(python), "-m", "pipenv", "sync", "--verbose"]
    persist([*command, *(["--dev"] if dev else [])], root, log, "bibliothèques", wanted)
    if dev:  # the tests need all; others ask for it: pipenv sync --categories browser
        for category, what in (("browser", "navigateur"), ("grading", "évaluation")):
            chosen = [*command, "--categories", category]
            persist(chosen, root, log, what, len(lock[category]))


def _is_read_only(root: Path) -> bool:
    """root may write everywhere by permission; only trying tells on a read-only mount."""
    probe = root / ".lab-write-test"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        if explain(str(error), probe).args[2] == 9 and "space" not in str(error):
            return True
        raise
    return False


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    code = "import sys, pip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"
    return subprocess.run([str(python), "-c", code], capture_output=True).returncode == 0


def _make_importable(venv: Path, root: Path) -> None:
    """`import lab` from any program of this environment, without installing a copy.

    In ASCII: under LC_ALL=C (git's own, some servers') Python does not start at all on a .pth that
    holds an accent.
    """
    line = f"import sys; sys.path.append({str(root / 'src')!a})\n"
    for folder in venv.glob("lib/python3*/site-packages"):
        (folder / "lab-src.pth").write_text(line, encoding="ascii")


def environment(root: Path) -> dict[str, str]:
    """Where pip and pipenv work: in the checkout, on our `.venv`, asking nothing."""
    env = dict(os.environ)
    env.pop("PYTHONPATH", None)
    env.pop("PIPENV_ACTIVE", None)
    env |= {
        "VIRTUAL_ENV": str(root / ".venv"),
        "PIPENV_PIPFILE": str(root / "Pipfile"),
        "PIPENV_VENV_IN_PROJECT": "1",
        "PIPENV_VERBOSITY": "-1",
        "PIPENV_NOSPIN": "1",
        "PIPENV_YES": "1",
        # pipenv gives this to pip as its cache.
        "PIPENV_CACHE_DIR": env.get("PIP_CACHE_DIR") or str(root / ".lab" / "cache"),
        "PIP_RETRIES": env.get("PIP_RETRIES", RETRIES),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
    }
    cache = Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pip"
    # A cache that the student has is used; we start none outside.
    if not cache.is_dir() and "PIP_CACHE_DIR" not in env:
        env["PIP_NO_CACHE_DIR"] = "1"
    return env


def run(command: list[str], root: Path, log: Path, what: str = "", total: int = 0) -> None:
    """Run `command`, its output in `log`, with a bar of `total` packages. Raises Failure."""
    with log.open("a", encoding="utf-8") as output:
        start = output.tell()
        child = subprocess.Popen(
            command,
            cwd=root,
            env=environment(root),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        watch(child, root, log, start, what, total)
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
    if child.returncode:
        with log.open(encoding="utf-8", errors="replace") as text:
            text.seek(start)
            raise explain(text.read(), log)


def persist(command: list[str], root: Path, log: Path, what: str, total: int) -> None:
    """Like `run`, and once more after a download that began and was cut. Raises Failure.

    pipenv does not always repeat what pip said of it: an unknown reason counts as a cut.
    """
    start = log.stat().st_size
    try:
        run(command, root, log, what, total)
    except Failure:
        with log.open(encoding="utf-8", errors="replace") as text:
            text.seek(start)
            written = text.read()
        known = any(
            re.search(pattern, written) for pattern, *_, code in REASONS if code != UNREACHABLE
        )
        if known or "Downloading" not in written:
            raise
        say("Un téléchargement a été coupé : second essai.")
        run(command, root, log, what, total)


def watch(
    child: subprocess.Popen[bytes], root: Path, log: Path, start: int, what: str, total: int
) -> None:
    """Show progress until the child ends: packages fetched, then packages installed."""
    tty = sys.stderr.isatty()
    said, began = -1, time.monotonic()
    if what and not tty:
        say(f"Installation : {what}")
    while child.poll() is None:
        time.sleep(0.2)
        if not what:
            continue
        done = progress(root, log, start, total)
        elapsed = int(time.monotonic() - began)
        if tty:
            filled = BAR * done // 100
            bar = "█" * filled + "░" * (BAR - filled)
            shown = f"{bar} {done:3d} %" if total else "…"
            print(f"\r  {what} {shown} {elapsed} s ", end="", file=sys.stderr, flush=True)
        elif total and done // 20 > said:
            said = done // 20
            say(f"  {what} : {done} % ({elapsed} s)")
    if what and tty:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def progress(root: Path, log: Path, start: int, total: int) -> int:
    """Per cent: half for what pip has collected, half for what it has installed."""
    if not total:
        return 0
    with log.open(encoding="utf-8", errors="replace") as text:
        text.seek(start)
        collected = len(set(re.findall(r"^\s*Collecting (\S+)", text.read(), re.MULTILINE)))
    installed = sum(1 for _ in root.glob(".venv/lib/python3*/site-packages/*.dist-info"))
    return min(99, 50 * min(collected, total) // total + 50 * min(installed, total) // total)


def explain(text: str, log: Path) -> Failure:
    """The Failure that the words of an error mean."""
    for pattern, sentence, hint, code in REASONS:
        if re.search(pattern, text):
            return Failure(sentence, hint, code)
    return Failure(
        f"L'installation a échoué (détail dans {log}) : relancez-la.", "./lab up", UNKNOWN
    )


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
