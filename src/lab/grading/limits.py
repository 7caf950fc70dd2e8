"""What a sandbox may use, and who looks.

Always: a deadline; the memory one process may write (RLIMIT_DATA) and one file may hold; no core
file; a watch, four times a second, over the memory, the processes and the disk of the whole
sandbox. For an account that is not root, the kernel also refuses processes in excess itself.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path

import psutil

TASKS = 256  # processes and threads of one student
FILE = 512  # MiB of one file
DISK = 2048  # MiB of all that a student may write: files and stores
ROUND = 0.25  # seconds between two looks


def command(words: list[str], memory: int, tasks: int) -> list[str]:
    """The same command with its limits: `memory` in MiB, `tasks` in processes and threads."""
    program = shutil.which("prlimit")
    if program is None:  # util-linux, on every Linux
        return words
    limits = [f"--data={memory * 2**20}", f"--fsize={FILE * 2**20}", "--core=0", "--nofile=4096"]
    # For root this count is the machine's own processes', and is not enforced: the watch does it.
    many = [f"--nproc={tasks + 64}"] if os.geteuid() else []
    return [program, *limits, *many, "--", *words]


def watch(process: subprocess.Popen[bytes], seconds: float, memory: int, folder: Path) -> str:
    """Wait for the end of a sandbox; return why it had to be stopped, or ""."""
    end = time.monotonic() + seconds
    before, rounds = used(folder), 0
    while process.poll() is None:
        if time.monotonic() > end:
            return f"arrêté après {seconds:.0f} s"
        resident, tasks = _family(process.pid)
        if resident > memory * 2**20:
            return f"arrêté : plus de {memory} Mio de mémoire"
        if tasks > TASKS:
            return f"arrêté : plus de {TASKS} processus"
        rounds += 1
        if rounds % 20 == 0 and used(folder) - before > DISK * 2**20:
            return f"arrêté : plus de {DISK} Mio écrits sur le disque"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(ROUND)
    return ""


def _family(pid: int) -> tuple[int, int]:
    """Memory of its own (bytes) and tasks of a process and all it started."""
    resident = tasks = 0
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        for one in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                memory = one.memory_info()
                resident += memory.rss - memory.shared
                tasks += one.num_threads()
    return resident, tasks


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
