"""What the local engine remembers between two commands: `.lab/run/state.json`."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field

import psutil

from lab.settings import Paths, write_private


@dataclass
class State:
    """The supervisor's process and the ports of each service ("main" and the named ones)."""

    pid: int = 0
    started: float = 0.0
    socket: str = ""
    ports: dict[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def read(cls, paths: Paths) -> State:
        """The state file; one that is absent, torn or of another version counts as empty."""
        with suppress(OSError, ValueError, TypeError):
            state = cls(**json.loads((paths.run / "state.json").read_text()))
            shapes = ((state.pid, int), (state.started, float | int), (state.socket, str))
            if all(isinstance(*one) for one in (*shapes, (state.ports, dict))):
                return state
        return cls()

    def write(self, paths: Paths) -> None:
        write_private(paths.run / "state.json", json.dumps(asdict(self), indent=1))

    def alive(self) -> bool:
        """Is that very supervisor still running? A reused PID has another creation time."""
        if not self.pid:
            return False
        try:
            process = psutil.Process(self.pid)
            return (
                abs(process.create_time() - self.started) < 2
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False


def processes_of(paths: Paths) -> list[psutil.Process]:
    """Every live process marked with this lab's folder, but the caller and its ancestors
    (`./lab down` may be typed in a terminal of the notebook)."""
    spared = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        if process.pid in spared:
            continue
        with suppress(psutil.Error, OSError):
            if (
                process.environ().get("LAB_INSTANCE") == str(paths.home)
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process)
    return found


def sweep(paths: Paths, *, patience: float = 5.0) -> int:
    """End what is left of this lab: SIGTERM, `patience` seconds, SIGKILL. Returns how many."""
    left = processes_of(paths)
    for process in left:
        with suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=patience)
    for process in stubborn:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)
    return len(left)
