"""Become a service: `python -m lab.runtimes.local.launch NAME`, run by the supervisor.

Reads what to run from the 0600 file `.lab/run/services.json` (command, folder, environment) and
replaces itself by it, so that no password and no odd path goes through the supervisor's own
configuration language. Standard library only: this runs once per service at each start.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1  # prctl(2); kept across execve


def main() -> None:
    """Read the service's record and execve it; never returns."""
    record = json.loads(Path("run/services.json").read_text(encoding="utf-8"))[sys.argv[1]]
    if sys.platform == "linux":
        # A supervisor killed with -9 must not leave its services behind.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.chdir(record["cwd"])
    os.execve(record["command"][0], record["command"], record["env"])  # noqa: S606


if __name__ == "__main__":
    main()
