"""The dead letters on a disk that fills up: kept whole, or said to be lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from lab.scraping.deadletters import DeadLetters, read

DOCUMENT = {"id": "0" * 32, "title": "x" * 1000}
# A file size limit fails in the middle of a write, as a full disk does; in a child, because
# a process cannot raise its own limit again.
CHILD = """
import resource, signal, sys
from pathlib import Path
from lab.scraping.deadletters import DeadLetters
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
letters = DeadLetters(Path(sys.argv[1]), "gazette", "mongo")
document = {"id": "0" * 32, "title": "x" * 1000}
try:
    for _ in range(int(sys.argv[3])):
        letters.add_documents([("articles", document)], "essai")
except OSError as error:
    print(type(error).__name__)
"""


def fill(folder: Path, limit: int, times: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), str(limit), str(times)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_no_torn_line_when_the_disk_fills_up(tmp_path: Path) -> None:
    assert fill(tmp_path, limit=3000, times=5) == "OSError"
    (path,) = tmp_path.iterdir()
    letters = [json.loads(line) for line in path.read_text().splitlines()]
    assert [letter["document"] for letter in letters] == [DOCUMENT] * 2


def test_no_empty_file_that_promises_something(tmp_path: Path) -> None:
    assert fill(tmp_path, limit=100, times=1) == "OSError"
    assert list(tmp_path.iterdir()) == []


def test_what_fits_is_kept_private(tmp_path: Path) -> None:
    DeadLetters(tmp_path, "gazette", "mongo").add_documents([("articles", DOCUMENT)], "essai")
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o077 == 0


def test_every_kind_of_line_end_in_a_text_is_kept(tmp_path: Path) -> None:
    document = {"id": "0" * 32, "title": "un\u2028deux\u2029trois\nquatre"}
    letters = DeadLetters(tmp_path, "gazette", "mongo")
    letters.add_documents([("notes", document), ("notes", DOCUMENT)], "essai")
    (path,) = tmp_path.iterdir()
    items, odd = read(path)
    assert odd == []
    assert [item["title"] for item in items] == [document["title"], DOCUMENT["title"]]
