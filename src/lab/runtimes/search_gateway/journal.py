"""The append-only journal of acknowledged writes, and the snapshots that shorten it.

A data directory holds::

    lock                  flock: one gateway at a time
    snapshot-00000003     the whole state, as records, up to the start of journal 3
    journal-00000003      the writes since; 4, 5… follow while a compaction is under way

A record is ``<meta length> <body length> <crc32>\\n<meta JSON><body>\\n``. Its meta has a kind:

    bulk   body = lines of the _bulk API, every action with its index and id
    http   any other write: method, target, content type; body as sent
    void   a conditional write under way: replayed as nothing unless it is settled
    end    last record of a complete snapshot

Only the last record of the last journal may be torn (a process killed while it wrote); anything
else that does not read is damage, and the gateway refuses to start rather than forget in silence.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from lab.runtimes.search_gateway.errors import JournalFull, StartFailure


@dataclass(frozen=True)
class Record:
    """One write, as it is replayed."""

    kind: str
    body: bytes = b""
    method: str = ""
    target: str = ""
    content_type: str = ""

    def encode(self) -> bytes:
        """Return the bytes of the record in a file."""
        fields = {"k": self.kind}
        if self.method:
            fields |= {"m": self.method, "t": self.target, "c": self.content_type}
        meta = json.dumps(fields).encode()
        check = zlib.crc32(self.body, zlib.crc32(meta))
        return b"".join(
            (b"%d %d %d\n" % (len(meta), len(self.body), check), meta, self.body, b"\n")
        )

    def void(self) -> Record:
        """Return a record of the same size that replays as nothing."""
        return replace(self, kind="void")


class Torn(Exception):
    """The file ends in the middle of a record; `offset` is where that record starts."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a file; raise Torn at an unfinished last one, StartFailure at damage."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        while (offset := stream.tell()) < size:
            yield _read_one(stream, path, offset, size)


def _read_one(stream: BinaryIO, path: Path, offset: int, size: int) -> Record:
    head = stream.readline(64)
    try:
        meta_length, body_length, check = (int(part) for part in head.split())
    except ValueError as error:
        if stream.tell() >= size:
            raise Torn(offset) from error
        raise _damage(path, offset) from error
    if stream.tell() + meta_length + body_length + 1 > size:
        raise Torn(offset)
    meta, body = stream.read(meta_length), stream.read(body_length)
    end = stream.read(1)
    if zlib.crc32(body, zlib.crc32(meta)) != check or end != b"\n":
        if stream.tell() >= size:
            raise Torn(offset)
        raise _damage(path, offset)
    fields = json.loads(meta)
    return Record(fields["k"], body, fields.get("m", ""), fields.get("t", ""), fields.get("c", ""))


def _damage(path: Path, offset: int) -> StartFailure:
    return StartFailure(
        f"Le journal {path} est abîmé à l'octet {offset} : rien n'est effacé ; "
        "restaurez une copie du dossier, ou déplacez-le et lancez : ./lab reindex"
    )


class Journal:
    """The files of one data directory, held under a lock while the object is open."""

    def __init__(self, folder: Path, *, fsync: bool = False) -> None:
        self.folder = folder
        self.fsync = fsync
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _lock(folder)
        self._file = -1
        self.offset = 0
        self.broken = False
        self.base = max(self._numbers("snapshot"), default=0)
        self._sweep()
        self.current = max(self._numbers("journal"), default=self.base)

    def _numbers(self, name: str) -> list[int]:
        found = (path.name.removeprefix(f"{name}-") for path in self.folder.glob(f"{name}-*"))
        return sorted(int(rest) for rest in found if rest.isdigit())

    def _path(self, name: str, number: int) -> Path:
        return self.folder / f"{name}-{number:08d}"

    def _sweep(self) -> None:
        """Remove what a finished or an abandoned compaction left behind."""
        for leftover in self.folder.glob("*.tmp"):
            leftover.unlink()
        for name in ("snapshot", "journal"):
            for number in self._numbers(name):
                if number < self.base:
                    self._path(name, number).unlink()

    def replay(self) -> Iterator[Record]:
        """Yield every record to apply to an empty engine, in order.

        Truncates an unfinished last record when the journal is not yet open for writing.
        """
        snapshot = self._path("snapshot", self.base)
        if snapshot.exists():
            yield from self._complete(snapshot)
        numbers = [number for number in self._numbers("journal") if number >= self.base]
        for number in numbers:
            path = self._path("journal", number)
            try:
                yield from read_records(path)
            except Torn as torn:
                if number != numbers[-1]:
                    raise _damage(path, torn.offset) from torn
                os.truncate(path, torn.offset)

    def _complete(self, snapshot: Path) -> Iterator[Record]:
        ended = False
        try:
            for record in read_records(snapshot):
                ended = record.kind == "end"
                if not ended:
                    yield record
        except Torn as torn:
            raise _damage(snapshot, torn.offset) from torn
        if not ended:
            raise _damage(snapshot, snapshot.stat().st_size)

    @property
    def closed(self) -> bool:
        """True until `open`."""
        return self._file < 0

    def open(self) -> None:
        """Open the current journal for appending; call it after the first replay."""
        path = self._path("journal", self.current)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.offset = os.fstat(self._file).st_size
        self.broken = False

    def append(self, record: Record) -> int:
        """Write a record; return the offset where it starts. Raise JournalFull if it cannot be.

        A record that could be written only in part is taken back: the file is as before.
        """
        if self.broken:
            raise JournalFull("Le journal ne s'écrit plus : redémarrez le moteur (./lab up).")
        start, data = self.offset, record.encode()
        try:
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:] if written else data)
            if self.fsync:
                os.fdatasync(self._file) if hasattr(os, "fdatasync") else os.fsync(self._file)
        except OSError as error:
            self.cut(start)
            raise JournalFull(
                f"Écriture refusée : le disque ne prend plus rien ({error.strerror}). "
                "Libérez de la place puis recommencez ; rien n'a été appliqué."
            ) from error
        self.offset = start + len(data)
        return start

    def cut(self, start: int) -> None:
        """Take back everything from `start` on (the last record, under the write lock)."""
        try:
            os.ftruncate(self._file, start)
        except OSError:
            self.broken = True
        self.offset = start

    def replace_last(self, last: Record, kept: bytes | None) -> None:
        """Keep only `kept` (None: nothing) of the last record read by `replay`."""
        length = len(last.encode())
        if self.offset < length:
            return  # it ends the previous file: an empty journal follows a rotation
        self.cut(self.offset - length)
        if kept is not None:
            self.append(replace(last, body=kept))

    def size(self) -> int:
        """Bytes of every journal that a start would replay."""
        numbers = (number for number in self._numbers("journal") if number >= self.base)
        return sum(self._path("journal", number).stat().st_size for number in numbers)

    def snapshot_size(self) -> int:
        """Bytes of the snapshot in force."""
        path = self._path("snapshot", self.base)
        return path.stat().st_size if path.exists() else 0

    def rotate(self) -> Path:
        """Start the next journal; return the path where the state before it is to be written."""
        previous = self._file
        self.current += 1
        self.open()
        os.close(previous)
        return self._path("snapshot", self.current).with_suffix(".tmp")

    def adopt(self, written: Path) -> None:
        """Put a complete snapshot in force (rename) and remove what it replaces."""
        with written.open("rb") as stream:
            os.fsync(stream.fileno())
        number = int(written.stem.removeprefix("snapshot-"))
        written.rename(self._path("snapshot", number))
        handle = os.open(self.folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        self.base = number
        self._sweep()

    def close(self) -> None:
        """Close the files and give the folder back."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        os.close(self._lock)


def _lock(folder: Path) -> int:
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise StartFailure(
            f"Une autre passerelle de recherche tient déjà le dossier {folder} : "
            "arrêtez-la d'abord (./lab down)."
        ) from error
    return handle
