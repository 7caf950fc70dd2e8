"""Before any student: a program of ours tries to get out of the sandbox. Each try must fail.

The same program is first run outside, where each try that has a sense there must succeed: a probe
that cannot succeed would prove nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.grading import cage, limits, sandbox
from lab.grading.sandbox import EXCHANGE, PUPIL, SOURCE, NoSandbox, Places

SECONDS = 60.0
TRIES = {
    "file": "lire un fichier de cette machine",
    "port": "joindre un port de cette machine",
    "abstract": "joindre une prise locale de cette machine",
    "processes": "voir les programmes de cette machine",
    "kill": "tuer un programme de cette machine",
    "outside": "envoyer quelque chose sur le réseau",
    "interfaces": "voir une carte réseau",
    "checks": "lire les vérifications",
    "truth": "importer le corrigé du web d'entraînement",
    "rewrite": "modifier les vérifications",
    "package": "modifier le paquet lab",
    "judge": "écrire à côté du juge",
    "system": "écrire dans les dossiers du système",
    "rights": "garder des droits d'administrateur",
}
CONTROL = ("file", "port", "abstract", "processes")  # must succeed outside
PROGRAM = r"""
import json, os, signal, socket, sys
said = json.loads(sys.stdin.readline())
open_ = {}
def attempt(name, action):
    try:
        open_[name] = bool(action())
    except BaseException as error:
        open_[name] = False
def connects(family, address):
    with socket.socket(family) as link:
        link.settimeout(3)
        link.connect(address)
    return True
def seen():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{pid}/cmdline", "rb").read()
        except OSError:
            continue
        if said["marker"].encode() in words:
            return True
def writes(path):
    with open(path, "a"):
        return True
def sends():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        return link.sendto(b"x", ("192.0.2.1", 9))
def privileged():
    lines = open("/proc/self/status").read().split("\n")
    rights = next(line for line in lines if line.startswith("CapEff"))
    return os.geteuid() == 0 or int(rights.split()[1], 16)
attempt("file", lambda: open(said["canary"]).read() == said["marker"])
attempt("port", lambda: connects(socket.AF_INET, ("127.0.0.1", said["port"])))
attempt("abstract", lambda: connects(socket.AF_UNIX, "\0" + said["abstract"]))
attempt("processes", seen)
attempt("outside", sends)
attempt("interfaces", lambda: [n for _, n in socket.if_nameindex() if n != "lo"])
attempt("checks", lambda: open(said["checks"]).read())
attempt("truth", lambda: __import__("lab.practice.truth"))
attempt("package", lambda: writes(said["package"]))
attempt("judge", lambda: writes(said["judge"]))
attempt("system", lambda: writes("/usr/sonde"))
attempt("rights", privileged)
if said["inside"]:
    attempt("rewrite", lambda: writes(said["checks"]))
    attempt("kill", lambda: os.kill(said["pid"], signal.SIGKILL))
    open_["kill"] = False  # the host looks whether it lives
print(json.dumps(open_))
"""


def probe(folder: Path, root: Path, package: Path) -> None:
    """Try the walls of this machine. Raises NoSandbox, which says what does not hold."""
    places = Places(folder / "probe")
    places.ensure()
    with _baits(folder) as (said, bait):
        control = _tried([sys.executable, "-I", "-c", PROGRAM], {**said, "inside": False})
        blind = [name for name in CONTROL if not control.get(name)]
        if blind:
            raise NoSandbox(
                f"La sonde du bac à sable ne fonctionne pas ici ({', '.join(blind)}).",
                "./lab doctor",
            )
        places.make_room()
        inner = [*sandbox.pupil(places, root, package, {}), sys.executable, "-c", PROGRAM]
        with cage.cage(limits.TASKS) as group:  # the limits are tried with the walls
            words = limits.command(inner, 1024, limits.TASKS, group)
            outer = sandbox.outside(places.root, group)
            found = _tried([*outer, *words], {**said, "inside": True})
        found["kill"] = bait.poll() is not None
    through = [text for name, text in TRIES.items() if found.get(name, True)]
    if through:
        raise NoSandbox(
            f"Le bac à sable ne tient pas : un programme a pu {' ; '.join(through)}.",
            "./lab grade --help",
        )


@contextlib.contextmanager
def _baits(folder: Path) -> Iterator[tuple[dict[str, Any], subprocess.Popen[bytes]]]:
    """Things of the host that a prisoner must not reach."""
    marker = secrets.token_hex(16)
    canary = folder / "canari"
    canary.write_text(marker, encoding="utf-8")
    waits = [sys.executable, "-I", "-c", "import sys; sys.stdin.read()", marker]
    bait = subprocess.Popen(waits, stdin=subprocess.PIPE)
    with socket.socket() as port, socket.socket(socket.AF_UNIX) as abstract:
        port.bind(("127.0.0.1", 0))
        port.listen()
        abstract.bind("\0" + marker[:16])
        abstract.listen()
        try:
            yield (
                {
                    "marker": marker,
                    "canary": str(canary),
                    "port": port.getsockname()[1],
                    "abstract": marker[:16],
                    "pid": bait.pid,
                    "checks": str(SOURCE / "lab" / "exercises" / "session.py"),
                    "package": f"{PUPIL}/lab/exercises/__init__.py",
                    "judge": f"{EXCHANGE}/sonde",
                },
                bait,
            )
        finally:
            bait.kill()
            bait.communicate()
            canary.unlink(missing_ok=True)


def _tried(command: list[str], said: dict[str, Any]) -> dict[str, bool]:
    try:
        done = subprocess.run(
            command,
            input=json.dumps(said) + "\n",
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            env={**os.environ, "PYTHONPATH": ""},
        )
        return {str(k): bool(v) for k, v in json.loads(done.stdout).items()}
    except (subprocess.TimeoutExpired, ValueError):
        last = (done.stderr.strip().splitlines() or ["rien"])[-1] if "done" in locals() else ""
        raise NoSandbox(
            "bubblewrap est là, mais ce système ne lui permet pas d'isoler un programme "
            f"({last[:160] or 'trop long'}).",
            "sysctl kernel.unprivileged_userns_clone kernel.apparmor_restrict_unprivileged_userns",
        ) from None
