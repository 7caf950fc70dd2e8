"""A bound on processes that nothing can pass: the system's own (cgroup), for root.

For any other account RLIMIT_NPROC is that bound. The kernel does not apply it to root, so that
root needs a control group; where none can be made, students' code is not run.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from lab.grading.sandbox import NoSandbox

GONE = 10.0  # seconds
MOUNT = Path("/sys/fs/cgroup")


@contextlib.contextmanager
def cage(tasks: int) -> Iterator[Path | None]:
    """Give a control group of at most `tasks` processes and threads; None when not root.

    Raises NoSandbox.
    """
    if os.geteuid() != 0:
        yield None
        return
    group = _made(tasks)
    try:
        yield group
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Remove it once empty: killed processes take a moment to be gone."""
    end = time.monotonic() + GONE
    while True:
        try:
            group.rmdir()
        except OSError:
            if time.monotonic() > end:
                return
            time.sleep(0.05)
        else:
            return


def _made(tasks: int) -> Path:
    for parent in (MOUNT / "pids", MOUNT):  # the first layout of control groups, then the second
        with contextlib.suppress(OSError):
            group = Path(tempfile.mkdtemp(prefix="lab-grade-", dir=parent))
            try:
                (group / "pids.max").write_text(str(tasks), encoding="ascii")
            except OSError:
                group.rmdir()
                continue
            return group
    raise NoSandbox(
        "En root, le nombre de processus d'un étudiant ne peut pas être borné ici.",
        "relancez la commande sous un compte ordinaire",
    )
