"""What a trial stands on: the settings of a batch, and one trial under way."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.review.trial import logs, safe
from lab.review.trial.engine import Engine

IMAGE = "image_drio"  # the lab's own, of its docker-compose.yml
BUILD_LOG = "construction.txt"
START_LOG = "demarrage.txt"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Setting:
    """What the trials of a batch share. `home`: our own folder, which the engine can mount."""

    engine: Engine
    home: Path
    clones: Path
    seconds: float = 600.0
    offline: bool = False
    proxies: Mapping[str, str] = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()  # objects of the course: its compose file is not theirs


@dataclass
class Running:
    """One trial under way."""

    setting: Setting
    project: str
    place: Path
    logs: Path
    deadline: float
    say: Say
    halt: threading.Event = field(default_factory=threading.Event)
    notes: list[str] = field(default_factory=list)
    made: safe.Safe | None = None
    model: Mapping[str, Any] = field(default_factory=dict)

    @property
    def left(self) -> float:
        return self.deadline - time.monotonic()

    def compose(self, *words: str, log: str) -> int:
        file = str(self.place / "compose.yml")
        base = ("--project-name", self.project, "--file", file)
        folder = self.place / "depot"
        path = self.logs / log
        run = self.setting.engine.compose
        return run([*base, *words], folder, path, self.deadline, self.halt)

    def tail(self, log: str) -> str:
        """The text of a log of Compose, made harmless where it lies."""
        path = self.logs / log
        with contextlib.suppress(OSError):
            path.write_text(logs.bounded(path.read_bytes()), encoding="utf-8")
            return path.read_text(encoding="utf-8")
        return ""
