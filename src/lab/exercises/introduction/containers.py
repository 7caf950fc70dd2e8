"""Judges of notebook 03: docker-compose.yml read as text, and small git repositories."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.exercises import expect
from lab.exercises.registry import Unverified, Wrong, exercise
from lab.settings import Paths

COMPOSE = "docker-compose.yml"


def _compose() -> str:
    """Return the Compose file of the student's folder. Raises Unverified."""
    here = Path.cwd()
    for folder in (here, *here.parents, Paths.find().root):
        if (folder / COMPOSE).is_file():
            return (folder / COMPOSE).read_text(encoding="utf-8")
    raise Unverified(f"Le fichier {COMPOSE} n'est pas là : l'exercice ne peut pas être vérifié.")


def _blocks() -> dict[str, str]:
    """Return the lines of each service, found by their indentation (no YAML reader)."""
    text = re.sub(r"(?m)\s+#.*$|^\s*#.*$", "", _compose())
    services = re.split(r"(?m)^(?=\S)", text.split("\nservices:", 1)[1])[0]
    parts = re.split(r"(?m)^  ([\w-]+):[ ]*$", services)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _awaited(block: str) -> list[str]:
    _, found, rest = block.partition("\n    depends_on:")
    inside = re.split(r"(?m)^ {0,4}(?=\S)", rest)[0] if found else ""
    return re.findall(r"(?m)^      ([\w-]+):", inside)


@exercise("intro-11")
def publishing_services(answer: Any) -> None:
    right = sorted(name for name, block in _blocks().items() if "\n    ports:" in block)
    hint = "Les services dont le dictionnaire a une clé ports, dans l'ordre alphabétique."
    expect.sequence(answer, right, hint)


@exercise("intro-12", stars=2)
def host_port(answer: Any) -> None:
    hint = (
        "De droite à gauche : le port du conteneur, celui de l'hôte, l'adresse s'il y en a une ; "
        "${NOM:-8080} contient lui aussi un deux-points."
    )
    cases: list[tuple[tuple[Any, ...], Any]] = [
        (("8080:80",), 8080),
        (("127.0.0.1:5432:5433",), 5432),
        (("127.0.0.1:${LAB_MONGO_PORT:-27017}:27018",), 27017),
        (("${PORT_WEB:-8081}:80",), 8081),
        (("127.0.0.1:${A1:-9443}:443/tcp",), 9443),
    ]
    expect.function(answer, cases, hint)


@exercise("intro-13", stars=2)
def awaited_by_notebook(answer: Any) -> None:
    blocks = _blocks()
    found: set[str] = set()
    waiting = ["notebook"]
    while waiting:
        for name in _awaited(blocks[waiting.pop()]):
            if name not in found:
                found.add(name)
                waiting.append(name)
    hint = "Ceux qu'il attend, ceux que ceux-là attendent, et ainsi de suite ; sans lui-même."
    expect.sequence(answer, sorted(found), hint)


@exercise("intro-14", stars=3)
def ahead_and_behind(answer: Any) -> None:
    hint = (
        "git rev-list --count A..B compte les commits que l'on atteint depuis B et non depuis A ; "
        "le résultat est un texte, l'exercice attend deux entiers."
    )
    call = expect.callable_(answer, hint)
    for mine, theirs in ((1, 3), (2, 0)):
        with _repository(mine, theirs) as folder:
            try:
                given = call(folder)
            except Exception as error:
                raise Wrong(
                    f"Appelée sur un dépôt, elle lève {type(error).__name__}.", hint
                ) from None
            if not expect.same(given, (mine, theirs)):
                raise Wrong(f"Sur un dépôt d'essai, elle rend {expect.shown(given)}.", hint)


@contextmanager
def _repository(mine: int, theirs: int) -> Iterator[Path]:
    """A repository whose branch has `mine` commits of its own and lacks `theirs`."""
    with tempfile.TemporaryDirectory(prefix="lab-intro-") as name:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for command, data in (
            (["git", "init", "-q", "-b", "master", name], b""),
            (["git", "-C", name, "fast-import", "--quiet"], _history(mine, theirs)),
        ):
            subprocess.run(command, input=data, env=environ, check=True, capture_output=True)
        yield Path(name)


def _history(mine: int, theirs: int) -> bytes:
    """Two branches that part after two commits, for ``git fast-import``."""
    who = "Lab <lab@example.org>"
    lines: list[str] = []

    def commit(branch: str, parent: str, words: str) -> None:
        lines.append(f"commit {branch}\ncommitter {who} 1790000000 +0000")
        lines.append(f"data {len(words)}\n{words}")
        if parent:
            lines.append(f"from {parent}")
        lines.append("")

    master, upstream = "refs/heads/master", "refs/remotes/basestream/master"
    commit(master, "", "un")
    commit(master, "", "deux")
    lines.append(f"reset {upstream}\nfrom {master}\n")
    for number in range(mine):
        commit(master, "", f"eleve {number}")
    for number in range(theirs):
        commit(upstream, "", f"cours {number}")
    return "\n".join(lines).encode() + b"\n"
