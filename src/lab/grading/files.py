"""The files that a judge gives to a function: copies, in the one folder both sides can write.

The judge's own files stay out of reach. After a call, the content of a copy is read back (a plain
file, of a sensible size) into the judge's: the function may have rewritten or removed it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path
from uuid import uuid4

LARGEST = 4 * 2**20  # bytes read back


class Counter:
    """Where copies are handed over, for the time of one check."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lent: dict[Path, Path] = {}

    def lend(self, path: Path) -> str:
        """Return the name of a copy for the other side; a path of nothing stays as it is."""
        if not path.exists():
            return str(path)
        if path not in self._lent:
            place = self.folder / uuid4().hex
            place.mkdir(mode=0o700)
            self._lent[path] = place / path.name
        copy = self._lent[path]
        if path.is_dir():
            shutil.copytree(path, copy, dirs_exist_ok=True)
        else:
            _write(copy, path.read_bytes())
        return str(copy)

    def take_back(self) -> None:
        """Do to the judge's files what was done to their copies."""
        for path, copy in self._lent.items():
            if path.is_dir():
                continue  # only looked at: no function is asked to write in a folder
            with contextlib.suppress(OSError):
                content = _read(copy)
                if content is None:
                    path.unlink(missing_ok=True)
                else:
                    path.write_bytes(content)


def _write(path: Path, content: bytes) -> None:
    """Write a new file, whatever the other side has put at this name meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _read(path: Path) -> bytes | None:
    """The content of a plain file; None when there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return file.read(LARGEST)
