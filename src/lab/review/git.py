"""Read a repository through git's plumbing: sizes before contents, a deadline on every command.

The repository is hostile until proven otherwise: nothing is checked out, no hook, filter, pager,
external diff or signature program of its own configuration runs, and prompts are refused.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

BIG_FILE = "1m"  # git does not diff what is bigger, so a 200 MB blob is never loaded
SAFE = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"),
    *("-c", "protocol.ext.allow=never", "-c", "log.showSignature=false"),
    *("-c", f"core.bigFileThreshold={BIG_FILE}", "-c", "core.quotePath=false"),
    *("-c", "safe.directory=*", "-c", "gc.auto=0", "-c", "diff.renames=false"),
)


class GitFailed(Exception):
    """git refused; the message is its own last line."""


class OutOfTime(Exception):
    """The time given to this repository is spent."""


def environment() -> dict[str, str]:
    """The caller's, without what asks a question, translates, or points at another repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS": "true",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C",
    }


def run(words: Sequence[str], *, deadline: float, stdin: bytes = b"", limit: int = 2**26) -> bytes:
    """Run git and return its output, cut at `limit` bytes. Raises GitFailed, OutOfTime."""
    with running(words, deadline=deadline, stdin=stdin) as output:
        return output.read(limit)


@contextlib.contextmanager
def running(words: Sequence[str], *, deadline: float, stdin: bytes = b"") -> Iterator[IO[bytes]]:
    """Give git's output as a stream; leaving before its end stops git without a complaint."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise OutOfTime
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as asked:
        asked.write(stdin)
        asked.seek(0)
        process = _start(words, asked, said)
        late = threading.Event()
        watch = threading.Timer(left, _stop, (process, late))
        watch.start()
        output = cast(IO[bytes], process.stdout)
        try:
            yield output
            whole = not output.read(1)
            if whole:  # its exit code counts; it may still be on its way out
                process.wait()
        finally:
            watch.cancel()
            _stop(process)
            output.close()
            code = process.wait()
            if late.is_set():
                raise OutOfTime
        if code and whole:
            said.seek(0)
            raise GitFailed(_last_line(said.read()))


def _start(words: Sequence[str], asked: IO[bytes], said: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["git", *SAFE, *words],
        stdin=asked,
        stdout=subprocess.PIPE,
        stderr=said,
        env=environment(),
        start_new_session=True,
    )


def _stop(process: subprocess.Popen[bytes], late: threading.Event | None = None) -> None:
    """Kill git and the helpers it started (a download's); `late` remembers why."""
    if late is not None:
        late.set()
    if process.poll() is not None:  # gone, and its number may be another's already
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR"))] or lines
    return telling[0].removeprefix("fatal: ") if telling else "git a échoué sans rien dire"


@dataclass(frozen=True)
class Entry:
    """One entry of a commit's tree: ``100644``, ``120000`` (link), ``160000`` (gitlink)."""

    mode: str
    oid: str
    size: int
    path: str


class Repository:
    """A bare repository, read object by object until `deadline` (of time.monotonic)."""

    def __init__(self, git_dir: Path, deadline: float) -> None:
        self.git_dir = git_dir
        self.deadline = deadline
        self._reader: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *error: object) -> None:
        if self._reader is not None:
            self._reader.kill()
            self._reader.communicate()

    def git(self, *words: str, stdin: bytes = b"", limit: int = 2**26) -> bytes:
        """Run a git command on this repository. Raises GitFailed, OutOfTime."""
        return run(self._words(words), deadline=self.deadline, stdin=stdin, limit=limit)

    def stream(
        self, *words: str, stdin: bytes = b"", within: float = 3600.0
    ) -> contextlib.AbstractContextManager[IO[bytes]]:
        """The same, read as it comes, for `within` seconds at most."""
        deadline = min(self.deadline, soon(within))
        return running(self._words(words), deadline=deadline, stdin=stdin)

    def _words(self, words: Sequence[str]) -> list[str]:
        return ["--git-dir", str(self.git_dir), *words]

    def head(self) -> str:
        """Return the commit reviewed, or "" in an empty repository."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
        except GitFailed:
            return ""

    def entries(self, commit: str, limit: int) -> Iterator[Entry]:
        """Yield at most `limit` entries: a tree bomb has billions, which git streams."""
        with self.stream("ls-tree", "-r", "-l", "-z", "--full-tree", commit) as output:
            for count, record in enumerate(_records(output)):
                if count == limit:
                    return
                meta, _, path = record.partition(b"\t")
                mode, _, oid, size = meta.decode().split()
                name = path.decode("utf-8", "replace")
                yield Entry(mode, oid, int(size) if size.isdigit() else 0, name)

    def read(self, oid: str) -> bytes:
        """Return a blob whose size the caller has checked; b"" when it is missing."""
        if time.monotonic() > self.deadline:
            raise OutOfTime
        if self._reader is None:
            self._reader = subprocess.Popen(
                ["git", *SAFE, *self._words(["cat-file", "--batch"])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
        asked = cast(IO[bytes], self._reader.stdin)
        output = cast(IO[bytes], self._reader.stdout)
        asked.write(oid.encode() + b"\n")
        asked.flush()
        header = output.readline().split()
        if len(header) != 3:
            return b""
        return output.read(int(header[2]) + 1)[:-1]


def _records(output: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while block := output.read(2**16):
        *whole, rest = (rest + block).split(b"\0")
        yield from whole


def soon(seconds: float) -> float:
    """A deadline, so many seconds from now."""
    return time.monotonic() + seconds
