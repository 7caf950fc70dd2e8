"""The house of one student's grading: inside the outer wall, it starts the three sandboxes.

    python -m lab.grading.house   (its orders as JSON on stdin; one JSON event per line on stdout)

It runs none of the student's code, and reads from the student's sandbox one short line, as a claim.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from lab.grading import limits, sandbox
from lab.grading.sandbox import Places

START = 150.0  # seconds for the servers to be ready
CLAIM = 4096  # bytes read of what a student's sandbox says


class Broken(Exception):
    """The servers or the judge did not start: one French sentence."""


def say(**event: Any) -> None:
    """One event for the host."""
    print(json.dumps(event), flush=True)


def main() -> None:
    """Grade the notebooks asked, one after the other."""
    orders = json.loads(sys.stdin.readline())
    places, root = Places(Path(orders["places"])), Path(orders["root"])
    running: list[subprocess.Popen[bytes]] = []
    try:
        places.make_room()
        start = time.monotonic()
        contract: dict[str, str] = {}
        if orders["services"]:
            servers, contract = _serve(places, root)
            running.append(servers)
        running.append(_judge(places, root, contract, orders["check"]))
        say(event="begun", seconds=round(time.monotonic() - start, 2))
        for name in orders["notebooks"]:
            words = sandbox.pupil(places, root, Path(orders["package"]), contract)
            _run(name, words, places, orders)
    except Broken as error:
        say(event="broken", message=str(error))
    finally:
        for process in reversed(running):
            process.kill()
            process.wait()
    say(event="end")


def _serve(places: Places, root: Path) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    log = (places.root / "stores.log").open("wb")
    words = [*sandbox.stores(places, root), sys.executable, "-m", "lab.grading.stores", "serve"]
    process = _start(words, log)
    line = _first_line(process, START)
    try:
        contract = json.loads(line)
        threading.Thread(target=_relay, args=(process.stdout,), daemon=True).start()
        return process, contract
    except ValueError:
        process.kill()
        process.wait()
        raise Broken("Les services de cet étudiant n'ont pas démarré.") from None


def _judge(
    places: Places, root: Path, contract: dict[str, str], seconds: float
) -> subprocess.Popen[bytes]:
    (places.exchange / "judge.sock").unlink(missing_ok=True)
    log = (places.root / "judge.log").open("wb")
    words = [*sandbox.judge(places, root, contract), sys.executable, "-m", "lab.grading.judge"]
    words += [f"{sandbox.EXCHANGE}/judge.sock", sandbox.WORK, sandbox.COUNTER, str(seconds)]
    process = _start(limits.command(words, memory=2048, tasks=200), log)
    if b"ready" not in _first_line(process, START):
        process.kill()
        process.wait()
        raise Broken("Le juge n'a pas démarré.")
    threading.Thread(target=_relay, args=(process.stdout,), daemon=True).start()
    return process


def _relay(events: IO[bytes]) -> None:
    for line in events:
        with contextlib.suppress(ValueError):
            say(**json.loads(line))


def _start(words: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    with log:
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)


def _first_line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    watch = threading.Timer(seconds, process.kill)
    watch.start()
    try:
        return process.stdout.readline() if process.stdout else b""
    finally:
        watch.cancel()


def _run(name: str, words: list[str], places: Places, orders: dict[str, Any]) -> None:
    """One notebook in its sandbox, watched; whatever happens in it, the next one runs."""
    start = time.monotonic()
    path = f"{sandbox.WORK}/{name}"
    command = [*words, sys.executable, "-m", "lab.grading.exchange.runner", path]
    command += [str(min(120.0, orders["timeout"]))]
    group = Path(orders["group"]) if orders["group"] else None
    limited = limits.command(command, orders["memory"], limits.TASKS, group)
    process = subprocess.Popen(
        limited, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    said: list[bytes] = []
    reader = threading.Thread(target=_hear, args=(process.stdout, said), daemon=True)
    reader.start()
    stopped = limits.watch(process, orders["timeout"], orders["memory"], places.root, group)
    process.kill()
    process.wait()
    reader.join(5)
    say(event="notebook", name=name, stopped=stopped, error=_claim(b"".join(said)),
        seconds=round(time.monotonic() - start, 1))  # fmt: skip


def _hear(output: IO[bytes], said: list[bytes]) -> None:
    left = CLAIM
    while part := output.read1(4096):  # type: ignore[attr-defined]
        said.append(part[:left])  # the rest is read, and forgotten
        left = max(0, left - len(part))


def _claim(said: bytes) -> str:
    try:
        return str(json.loads(said.decode("utf-8", "replace").strip().split("\n")[-1])["error"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "le notebook n'a pas été exécuté jusqu'au bout"


if __name__ == "__main__":
    main()
