"""`check`: one answer in, one `Result` out, whatever the answer is; and the memory of results."""

from __future__ import annotations

import json
import os
import time
import types
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.exercises import registry
from lab.exercises.result import Result, Status
from lab.settings import Paths

REPORT = "LAB_CHECK_REPORT"  # a file that gets one JSON line per check (``lab check`` sets it)
MEMORY = "exercises.jsonl"  # the student's own results, in `.lab/`
RIGHT = ("Bravo.", "Exact.", "C'est bien cela.", "Parfait.", "Oui !")
TODO = "Remplacez les points de suspension par votre réponse, puis relancez la cellule."
TODO_WORK = "Écrivez le code demandé dans la cellule, puis relancez-la."


def check(exercise: str, answer: Any = ...) -> Result:
    """Judge an answer; never raises for anything the student can give.

    `answer` stays ``...`` while it is not given, and for exercises whose work is in a store.
    """
    start = time.perf_counter()
    result = judge(exercise, answer)
    _remember(result, time.perf_counter() - start)
    return result


def judge(name: str, answer: Any) -> Result:
    """Judge an answer and remember nothing; never raises for anything the student can give."""
    try:
        found = registry.find(name)
    except registry.UnknownExercise as error:
        return Result(str(name), Status.ERROR, str(error))
    if not found.stateful and unanswered(answer):
        return Result(name, Status.TODO, TODO)
    try:
        if found.stateful:
            found.judge()
        else:
            found.judge(answer)
    except registry.Wrong as error:
        return Result(name, Status.WRONG, str(error))
    except registry.Unverified as error:
        return Result(name, Status.UNVERIFIED, str(error))
    except NotDone:
        return Result(name, Status.TODO, TODO_WORK)
    except LabError as error:
        return Result(name, Status.ERROR, f"{error} À taper : {error.hint}")
    except Exception as error:
        return _unexpected(name, answer, error)
    # Always the same word for the same exercise: a notebook run again does not change.
    return Result(name, Status.RIGHT, RIGHT[sum(name.encode()) % len(RIGHT)])


class NotDone(Exception):
    """Raised by the judge of a stateful exercise that finds nothing in the store yet."""


def unanswered(answer: Any) -> bool:
    """Is it still the stub: ``...``, or a function whose body is ``...``?"""
    if isinstance(answer, types.FunctionType):
        return answer.__code__.co_code == _stub.__code__.co_code
    return answer is ...


def _stub() -> None: ...


def _unexpected(name: str, answer: Any, error: Exception) -> Result:
    """A judge met something it did not foresee: the student's value, or a store that is down."""
    kind = type(error).__name__
    module = type(error).__module__.partition(".")[0]
    if module in ("pymongo", "redis", "elasticsearch", "elastic_transport", "botocore"):
        text = f"Un service ne répond pas comme prévu ({kind}). À taper : ./lab status"
        return Result(name, Status.ERROR, text)
    return Result(
        name,
        Status.WRONG,
        f"Votre réponse, de type {type(answer).__name__}, n'a pas pu être comparée ({kind}) : "
        "relisez la forme demandée par l'énoncé.",
    )


def _remember(result: Result, seconds: float) -> None:
    line = {
        "exercise": result.exercise,
        "status": result.status.value,
        "message": result.message,
        "seconds": round(seconds, 4),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    target = os.environ.get(REPORT)
    path = Path(target) if target else Paths.find().home / MEMORY
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError:  # read-only folder: the answer counts more than its memory
        return


def progress(path: Path | None = None) -> dict[str, Status]:
    """Return the last status of each exercise tried; a torn last line is ignored."""
    path = path or Paths.find().home / MEMORY
    found: dict[str, Status] = {}
    if not path.exists():
        return found
    for line in path.read_text(encoding="utf-8").split("\n"):
        try:
            entry = json.loads(line)
            found[entry["exercise"]] = Status(entry["status"])
        except (ValueError, KeyError):
            continue
    return found
