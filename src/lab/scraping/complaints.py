"""From the crawl's process to the terminal: the sentence that tells a user what to mend.

A spider that cannot go on for a reason its user can mend raises a `LabError`, wherever it is.
Scrapy logs it and goes on or stops in its own way; the handler installed here writes it down
beside the progress file, and the runner raises it again on the user's side.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, NoReturn

from lab import errors
from lab.errors import ARROW, LabError


def beside(progress: Path) -> Path:
    """Return where the complaint of a crawl stands."""
    return progress.with_name(f"{progress.name}.complaint")


class Complaints(logging.Handler):
    """Keeps the first LabError that is logged with its traceback."""

    def __init__(self, progress: Path) -> None:
        super().__init__(logging.ERROR)
        self._path = beside(progress)

    def emit(self, record: logging.LogRecord) -> None:
        """Write the error down, once."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, LabError):
            self.keep(error)

    def keep(self, error: LabError) -> None:
        """Write `error` down, unless one was before."""
        if not self._path.exists():
            said: dict[str, Any] = {
                "type": type(error).__name__,
                "message": error.message,
                "hint": error.hint,
                "exit_code": error.exit_code,
            }
            self._path.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


def install(progress: str | None) -> None:
    """Listen to the log of this process; without a progress file, nobody would read it."""
    if progress:
        logging.getLogger().addHandler(Complaints(Path(progress)))


def refuse(error: LabError, progress: str | None) -> NoReturn:
    """Stop a crawl before it starts, from a spider's ``update_settings``.

    ``lab crawl`` shows `error` as its own; ``scrapy crawl`` prints one line and exits with 2
    (UsageError), without a traceback.
    """
    from scrapy.exceptions import UsageError  # the reader of complaints does without Scrapy

    if progress:
        Complaints(Path(progress)).keep(error)
    raise UsageError(f"{error.message} Tapez : {error.hint}")


def read(progress: Path) -> LabError | None:
    """Return the error that a crawl complained of, of its own class, or None."""
    try:
        said = json.loads(beside(progress).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return rebuilt(said["type"], said["message"], said["hint"], said["exit_code"])


def rebuilt(name: str, message: str, hint: str, exit_code: int | None = None) -> LabError:
    """Return an error of the class of that name (a `LabError` when it is not one of ours)."""
    kind = getattr(errors, name, LabError)
    return (kind if issubclass(kind, LabError) else LabError)(message, hint, exit_code)


def in_log(text: str) -> LabError | None:
    """Return the LabError that a traceback at the end of a log tells, or None.

    Scrapy builds the spider before it reads the add-ons: an error in ``__init__`` (or in an
    add-on) is only in the log. Its last lines are ``module.Class: message`` and ``→ hint``.
    """
    lines = [line.strip() for line in text.strip().splitlines()[-2:]]
    hint = lines.pop().removeprefix(ARROW) if lines and lines[-1].startswith(ARROW) else ""
    name, colon, message = (lines or [""])[-1].partition(": ")
    known = name.rpartition(".")[0] == errors.__name__
    if not colon or " " in name or not (known or hint):
        return None
    return rebuilt(name.rpartition(".")[2], message, hint)
