"""What can go wrong because of what the user did, or of the machine they did it on.

Every error carries one French sentence, the next command to type, and an exit code;
only :mod:`lab.cli` catches :class:`LabError`.

    LabError
    ├── NotRunning            a service is needed and the lab is not up            (3)
    ├── ConfigurationMissing  a value of the environment contract is absent        (3)
    ├── UnknownName           a service, spider or option that does not exist      (2)
    ├── EngineUnavailable     the asked engine (Docker, a local server) is absent  (4)
    ├── EngineConflict        both engines are up, or another lab uses this folder (4)
    ├── PortTaken             another program holds a port that may not move       (5)
    ├── ServiceFailed         a service did not become healthy in time             (6)
    ├── StoreUnavailable      a store stayed down longer than the retries allow    (7)
    ├── CrawlFailed           a crawl ended before its end                         (8)
    ├── DiskProblem           no space left, or a folder that cannot be written    (9)
    └── ReviewIncomplete      some of the repositories to review were not read    (10)
"""

from __future__ import annotations

ARROW = "→ "  # before the next command to type


class LabError(Exception):
    """Root of the errors shown to the user: `message`, `hint` (next command), `exit_code`."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "", exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:  # a traceback (a notebook, a crawl's log) then ends with what to type
            self.add_note(f"{ARROW}{hint}")
        if exit_code is not None:
            self.exit_code = exit_code


class UnknownName(LabError):
    """A name given by the user designates nothing."""

    exit_code = 2


class NotRunning(LabError):
    """The lab, or the service asked for, is not running."""

    exit_code = 3


class ConfigurationMissing(LabError):
    """A value of the environment contract is absent."""

    exit_code = 3


class EngineUnavailable(LabError):
    """The engine asked for cannot be had on this machine."""

    exit_code = 4


class EngineConflict(LabError):
    """Two engines, or two labs, would step on each other."""

    exit_code = 4


class PortTaken(LabError):
    """A port that may not move is held by another program."""

    exit_code = 5


class ServiceFailed(LabError):
    """A service did not become healthy before its deadline."""

    exit_code = 6


class StoreUnavailable(LabError):
    """A store stayed unreachable longer than the retries allow."""

    exit_code = 7


class CrawlFailed(LabError):
    """A crawl ended before its end."""

    exit_code = 8


class DiskProblem(LabError):
    """No space left, or a folder that cannot be written."""

    exit_code = 9


class ReviewIncomplete(LabError):
    """Some of the repositories to review could not be read."""

    exit_code = 10
