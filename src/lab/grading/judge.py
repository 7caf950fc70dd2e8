"""The judge's process: listens to a kernel it does not trust, and tells its house the results.

    python -m lab.grading.judge SOCKET WORK_FOLDER SECONDS
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from lab.exercises.result import Result, Status
from lab.grading import reference
from lab.grading.exchange.codec import BadValue
from lab.grading.exchange.wire import Closed
from lab.grading.hearing import Hearing, TimeLimit

CHECKS = 3000  # of one student, in all
HELLO = 5.0  # seconds for a connection to say what it wants
LONGEST = 400  # characters of a message kept


def main(words: list[str]) -> None:
    """Serve until the house ends it."""
    place, work, seconds = Path(words[0]), Path(words[1]), float(words[2])
    signal.signal(signal.SIGALRM, _late)
    reference.freeze()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(place))
        door.listen(8)
        _say({"event": "ready"})
        for _ in range(CHECKS):
            link, _address = door.accept()
            with link:
                _one(link, work, seconds)
    _say({"event": "flood"})


def _one(link: socket.socket, work: Path, seconds: float) -> None:
    hearing = Hearing(link)
    link.settimeout(HELLO)
    try:
        message = hearing.ask()
    except (BadValue, Closed):
        return
    link.settimeout(None)
    _settle(work, message.get("cwd"))
    start = time.monotonic()
    name = str(message.get("exercise"))[:40]
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        result = hearing.judge(message)
    except TimeLimit:
        result = Result(name, Status.WRONG, f"La vérification a dépassé {seconds:.0f} s.")
    except (Closed, BadValue) as error:
        result = Result(name, Status.WRONG, f"La réponse s'est interrompue ({error}).")
    except BaseException as error:  # what a student's code raises may be anything
        result = Result(name, Status.WRONG, f"La réponse lève {type(error).__name__}.")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    _tell(result, time.monotonic() - start)
    link.settimeout(HELLO)
    try:
        hearing.wire.send({"op": "result", "status": result.status.value, "message": result.message})
    except (Closed, BadValue):
        return


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
    print(json.dumps(event), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
