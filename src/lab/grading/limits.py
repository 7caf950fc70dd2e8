"""What a sandbox may use, and who looks.

Always: a deadline; the memory one process may write (RLIMIT_DATA) and one file may hold; no core
file; a number of processes that the system itself refuses to pass (RLIMIT_NPROC; for root, `cage`);
a watch, four times a second, over the memory, the processes and the disk of the whole sandbox.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path

import psutil

JOIN = 'echo 0 > "$0" && exec "$@"'  # a shell enters the control group, then becomes the command
TASKS = 256  # processes and threads of one student
FILE = 512  # MiB of one file
DISK = 2048  # MiB of all that a student may write: files and stores
ROUND = 0.25  # seconds between two looks


def command(words: list[str], memory: int, tasks: int, group: Path | None = None) -> list[str]:
    """The same command with its limits: `memory` in MiB, `tasks` in processes and threads.

    `group`: the control group it enters first.
    """
    program = shutil.which("prlimit")
    if program is None:  # util-linux, on every Linux
        return words
    limits = [f"--data={memory * 2**20}", f"--fsize={FILE * 2**20}", "--core=0", "--nofile=4096"]
    many = [f"--nproc={tasks + 64}"] if os.geteuid() else []
    limited = ["nice", "-n", "10", program, *limits, *many, "--", *words]
    return ["/bin/sh", "-c", JOIN, str(group / "cgroup.procs"), *limited] if group else limited


def watch(
    process: subprocess.Popen[bytes],
    seconds: float,
    memory: int,
    folder: Path,
    group: Path | None = None,
) -> str:
    """Wait for the end of a sandbox; return why it had to be stopped, or ""."""
    end = time.monotonic() + seconds
    before, rounds = used(folder), 0
    while process.poll() is None:
        if time.monotonic() > end:
            return f"arrêté après {seconds:.0f} s"
        if group and _counted(group) >= TASKS:  # first: it costs nothing, even in a crowd
            return f"arrêté : plus de {TASKS} processus"
        family = _family(process.pid)
        if len(family) >= TASKS:
            return f"arrêté : plus de {TASKS} processus"
        resident = sum(map(_own, family))
        if resident > memory * 2**20 and _proportional(family) > memory * 2**20:
            return f"arrêté : plus de {memory} Mio de mémoire"
        rounds += 1
        if rounds % 20 == 0 and used(folder) - before > DISK * 2**20:
            return f"arrêté : plus de {DISK} Mio écrits sur le disque"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(ROUND)
    return ""


def _family(pid: int) -> list[psutil.Process]:
    """A process and all it started."""
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    return []


def _counted(group: Path) -> int:
    """Processes and threads, as the system itself counts them: a crowd is not slower to count."""
    with contextlib.suppress(OSError, ValueError):
        return int((group / "pids.current").read_text(encoding="ascii"))
    return 0


def _own(process: psutil.Process) -> int:
    """Bytes of memory of a process, without the files it maps."""
    with contextlib.suppress(psutil.Error):
        memory = process.memory_info()
        return int(memory.rss - memory.shared)
    return 0


def _proportional(family: list[psutil.Process]) -> int:
    """The same memory, pages that forked processes share counted once; slower to know."""
    total = 0
    for one in family:
        with contextlib.suppress(OSError, ValueError, StopIteration):
            text = Path(f"/proc/{one.pid}/smaps_rollup").read_text(encoding="ascii")
            line = next(row for row in text.splitlines() if row.startswith("Pss_Anon:"))
            total += int(line.split()[1]) * 1024
    return total


def used(folder: Path) -> int:
    """Bytes that a folder takes on the disk; links are not followed."""
    total, waiting = 0, [folder]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total
