"""The judge's process: listens to a kernel it does not trust, and tells its house the results.

    python -m lab.grading.judge SOCKET WORK_FOLDER COUNTER_FOLDER SECONDS

Each check is judged in a process of its own, killed when it is late: what an answer does to its
judge, or to the memory, ends with it.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from lab.exercises import registry
from lab.exercises.result import Result, Status
from lab.grading import reference
from lab.grading.exchange.codec import BadValue
from lab.grading.exchange.wire import Closed
from lab.grading.hearing import Hearing, TimeLimit

CHECKS = 3000  # of one student, in all
HELLO = 5.0  # seconds for a connection to say what it wants
GRACE = 10.0  # seconds beyond the limit, for a check to say itself that it is late
LONGEST = 400  # characters of a message kept
HEAVY = ("pandas", "matplotlib.figure", "pyarrow.parquet", "bs4", "scrapy.http", "pymongo", "redis")


def main(words: list[str]) -> None:
    """Serve until the house ends it."""
    place, work, counter, seconds = Path(words[0]), Path(words[1]), Path(words[2]), float(words[3])
    for key in registry.CHAPTERS:  # read once, by this process: the others are its copies
        registry.chapter(key)
    for name in HEAVY:
        importlib.import_module(name)
    if "MONGO_URL" in os.environ:
        reference.install(reference.read())
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(place))
        door.listen(8)
        _say({"event": "ready"})
        for _ in range(CHECKS):
            link, _address = door.accept()
            with link:
                _apart(link, work, counter, seconds)
    _say({"event": "flood"})


def _apart(link: socket.socket, work: Path, counter: Path, seconds: float) -> None:
    """Judge in a child; the child writes the exercise's name, then "done"."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(out)
        try:
            _one(link, work, counter, seconds, into)
        finally:
            os._exit(0)
    os.close(into)
    watch = threading.Timer(HELLO + seconds + GRACE, os.kill, (pid, signal.SIGKILL))
    watch.start()
    with os.fdopen(out, "rb") as told:
        lines = told.read(4096).decode("utf-8", "replace").split("\n")
    os.waitpid(pid, 0)
    watch.cancel()
    if lines[0] and "done" not in lines[1:]:
        said = "La vérification de cette réponse s'est arrêtée net (temps ou mémoire)."
        _tell(Result(lines[0], Status.WRONG, said), seconds)


def _one(link: socket.socket, work: Path, counter: Path, seconds: float, into: int) -> None:
    hearing = Hearing(link, counter)
    link.settimeout(HELLO)
    try:
        message = hearing.ask()
    except (BadValue, Closed):
        return
    link.settimeout(None)
    name = str(message.get("exercise"))[:40].replace("\n", " ")
    os.write(into, f"{name}\n".encode("utf-8", "replace"))
    _settle(work, message.get("cwd"))
    start = time.monotonic()
    result = _within(seconds, hearing, message, name)
    _tell(result, time.monotonic() - start)
    os.write(into, b"done\n")
    link.settimeout(HELLO)
    said = {"op": "result", "status": result.status.value, "message": result.message}
    try:
        hearing.wire.send(said)
    except (Closed, BadValue):
        return


def _within(seconds: float, hearing: Hearing, message: dict[str, Any], name: str) -> Result:
    signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return hearing.judge(message)
    except TimeLimit:
        return Result(name, Status.WRONG, f"La vérification a dépassé {seconds:.0f} s.")
    except (Closed, BadValue) as error:
        return Result(name, Status.WRONG, f"La réponse s'est interrompue. {error}".strip())
    except BaseException as error:  # what a student's code raises may be anything
        return Result(name, Status.WRONG, f"La réponse lève {type(error).__name__}.")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _late(*_: Any) -> None:
    raise TimeLimit


def _settle(work: Path, claimed: Any) -> None:
    """Stand where the notebook stands, for answers that name a file of the student's."""
    here = (work / str(claimed)).resolve()
    os.chdir(here if here.is_relative_to(work) and here.is_dir() else work)


def _tell(result: Result, seconds: float) -> None:
    entry = {"event": "result", "exercise": result.exercise, "status": result.status.value}
    _say(entry | {"message": result.message[:LONGEST], "seconds": round(seconds, 3)})


def _say(event: dict[str, Any]) -> None:
    os.write(1, (json.dumps(event) + "\n").encode())  # one write: lines never mix


if __name__ == "__main__":
    main(sys.argv[1:])
