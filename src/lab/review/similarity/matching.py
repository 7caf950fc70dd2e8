"""Run jscpd on files we wrote, and read which lines of which are alike."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FEWEST_LINES = 4  # of a block
LARGEST_REPORT = 200_000_000  # bytes


class CannotCompare(Exception):
    """One French sentence for the class page."""


@dataclass(frozen=True)
class Block:
    """The same tokens in two files: their names, and the first and last line in each."""

    a: str
    b: str
    a_lines: tuple[int, int]
    b_lines: tuple[int, int]
    tokens: int


def program() -> str:
    """Return where the detector is. Raises CannotCompare."""
    beside = Path(sys.executable).parent / ("jscpd.exe" if os.name == "nt" else "jscpd")
    found = str(beside) if beside.exists() else shutil.which("jscpd")
    if not found:
        raise CannotCompare(
            "jscpd n'est pas installé (pipenv sync --categories grading) : "
            "les ressemblances n'ont pas été cherchées"
        )
    return found


def run(folder: Path, names: Sequence[str], tokens: int, deadline: float) -> list[Block]:
    """Compare these files of `folder` with one another. Raises CannotCompare."""
    left = deadline - time.monotonic()
    if not names:
        return []
    words = [program(), "--min-tokens", str(tokens), "--min-lines", str(FEWEST_LINES)]
    # Names may change, each for one other; so may texts and numbers.
    words += ["--ignore-identifiers=consistent", "--ignore-literals", "--mode", "weak"]
    words += ["--reporters", "json", "--silent", "--no-gitignore", "--no-colors", "--no-tips"]
    words += ["--workers", "1", "--max-size", "2mb", "--formats-exts", "python:py"]
    # Outside of `folder`: the tool must not read its own report.
    with tempfile.TemporaryDirectory(prefix="lab-similarity-") as output:
        try:
            done = subprocess.run(
                [*words, "--output", output, *names],
                cwd=folder,
                env=_environment(output),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=max(0.1, left),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CannotCompare("comparer les projets demande trop de temps") from None
        except OSError as error:
            raise CannotCompare(f"jscpd ne démarre pas ({error.strerror})") from None
        return list(_read(Path(output) / "jscpd-report.json", done.returncode, folder))


def _environment(home: str) -> dict[str, str]:
    """Nothing of the user's: no setting, no proxy."""
    kept = {one: os.environ[one] for one in ("PATH", "SYSTEMROOT", "TEMP") if one in os.environ}
    return kept | {"HOME": home, "JSCPD_NO_TIPS": "1"}


def _read(report: Path, code: int, folder: Path) -> Iterator[Block]:
    try:
        if report.stat().st_size > LARGEST_REPORT:
            raise CannotCompare("le rapport de jscpd est démesuré")
        found = json.loads(report.read_text(encoding="utf-8", errors="replace"))["duplicates"]
    except (OSError, ValueError, KeyError):
        raise CannotCompare(f"jscpd s'est arrêté sans rapport (code {code})") from None
    texts: dict[str, list[str]] = {}
    for one in found:
        sides = [_side(one[side], folder, texts) for side in ("firstFile", "secondFile")]
        (a, a_lines), (b, b_lines) = sides
        yield Block(a, b, a_lines, b_lines, int(one["tokens"]))


def _side(
    said: dict[str, Any], folder: Path, texts: dict[str, list[str]]
) -> tuple[str, tuple[int, int]]:
    """The lines of a block; a line of which it holds less than half is left out."""
    name = Path(said["name"]).name
    if name not in texts:
        texts[name] = (folder / name).read_text(encoding="utf-8").split("\n")
    lines = texts[name]
    first, last = int(said["startLoc"]["line"]), int(said["endLoc"]["line"])
    if last > first:
        last -= 2 * int(said["endLoc"]["column"]) < len(_at(lines, last))
        first += 2 * int(said["startLoc"]["column"]) > len(_at(lines, first))
    return name, (first, max(first, last))


def _at(lines: list[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""
