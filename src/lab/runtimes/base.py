"""The contract that both engines honour; it imports neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from lab.settings import Endpoints, Secrets

# Told what is going on while something takes time: one short French phrase.
Report = Callable[[str], None]


@dataclass(frozen=True)
class Running:
    """What an engine knows of one service. `state`: healthy is for the probes to say; an engine
    says `running`, `starting`, `stopped` or `failed`."""

    name: str
    state: str
    url: str = ""
    detail: str = ""


class Runtime(Protocol):
    """An engine that runs services."""

    name: str

    def up(self) -> bool:
        """Is anything of this engine running for this checkout?"""

    def start(self, names: Sequence[str], report: Report) -> None:
        """Start those services (idempotent). Does not wait for their health."""

    def stop(self, report: Report) -> None:
        """Stop everything; data stays. Idempotent."""

    def running(self) -> list[Running]:
        """Every service of the catalogue, launched or not."""

    def endpoints(self) -> Endpoints:
        """Addresses of what is launched, as seen from this machine."""

    def secrets(self) -> Secrets:
        """The passwords. Raises ConfigurationMissing when nothing was ever launched."""

    def logs(self, name: str, *, follow: bool, lines: int) -> Iterator[str]:
        """The last lines of a service's log, then the next ones when `follow`."""

    def erase(self, report: Report) -> None:
        """Delete all data and passwords. The engine must be stopped."""
