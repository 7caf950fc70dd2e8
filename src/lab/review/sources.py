"""What is to be reviewed: folders, addresses of git, the class list of a school's spreadsheet."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from lab.errors import LabError
from lab.review.decoding import decode

_ADDRESS = re.compile(r"^(https?|ssh|git|file)://|^[\w.-]+@[\w.-]+:")
_REPOSITORY = ("depot", "url", "repo", "repository", "git", "lien", "github", "gitlab", "adresse")
_NAME = ("projet", "nom du projet", "groupe", "equipe", "nom", "name", "team", "binome")
_MEMBERS = (
    "membres",
    "etudiants",
    "etudiant",
    "eleves",
    "members",
    "students",
    "membre",
    "prenom",
    "auteurs",
)


@dataclass(frozen=True)
class Source:
    """One project: `name` is unique in a batch and safe as a file name; `title`: what the class
    list calls it, "" when nothing does."""

    name: str
    address: str
    members: tuple[str, ...] = ()
    title: str = ""

    @property
    def remote(self) -> bool:
        return bool(_ADDRESS.match(self.address))


class BadClassList(LabError):
    """The class list cannot be used."""

    exit_code = 2


def gather(addresses: Sequence[str], class_list: Path | None) -> list[Source]:
    """Return what to review, in the order given, without doubles. Raises BadClassList."""
    found = [Source(_slug_of(one), _absolute(one)) for one in addresses]
    if class_list is not None:
        found += read_class(class_list)
    return list(_unique(found))


def _absolute(address: str) -> str:
    return address if _ADDRESS.match(address) else str(Path(address).expanduser().absolute())


def read_class(path: Path) -> list[Source]:
    """Read a CSV whose columns are recognised by their titles. Raises BadClassList."""
    try:
        content = decode(path.read_bytes()).content
    except OSError as error:
        raise BadClassList(
            f"La liste {path} ne peut pas être lue ({error.strerror}).", "./lab review --help"
        ) from None
    first = content.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    rows = list(csv.reader(content.splitlines(), delimiter=delimiter))
    titles = [plain(one) for one in rows[0]] if rows else []
    where = _column(titles, _REPOSITORY)
    if where is None:
        raise BadClassList(
            f"La liste {path} n'a pas de colonne « depot » (adresse ou dossier de chaque dépôt).",
            "projet;depot;membres en première ligne, puis un projet par ligne",
        )
    named = _column(titles, _NAME, but=where)
    people = [i for i, title in enumerate(titles) if title in _MEMBERS and i != where]
    return [
        Source(
            slug(title) if (title := _cell(row, named)) else _slug_of(row[where]),
            _from_list(row[where].strip(), path),
            tuple(one for i in people if i < len(row) for one in _split(row[i])),
            title,
        )
        for row in rows[1:]
        if _cell(row, where)
    ]


def _cell(row: Sequence[str], column: int | None) -> str:
    return " ".join(row[column].split()) if column is not None and column < len(row) else ""


def _from_list(address: str, path: Path) -> str:
    """A folder of a list is relative to the list, not to where the command is typed."""
    return (
        address
        if _ADDRESS.match(address)
        else str((path.parent / Path(address).expanduser()).absolute())
    )


def _split(cell: str) -> list[str]:
    return [one.strip() for one in re.split(r"[,;/&+]| et ", cell) if one.strip()]


def _column(titles: Sequence[str], words: Iterable[str], but: int | None = None) -> int | None:
    return next(
        (titles.index(one) for one in words if one in titles and titles.index(one) != but), None
    )


def plain(text: str) -> str:
    """Lower case, no accent, no space around."""
    bare = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(char for char in bare if not unicodedata.combining(char))


def slug(text: str) -> str:
    """A name that is a safe file name: letters, digits, dashes."""
    return re.sub(r"[^a-z0-9]+", "-", plain(text)).strip("-")[:60] or "projet"


def _slug_of(address: str) -> str:
    if _ADDRESS.match(address):
        place = urlsplit(address).path if "://" in address else address.partition(":")[2]
        parts = place.strip("/").removesuffix(".git").split("/")[-2:]
    else:
        parts = [Path(address).expanduser().absolute().name]
    return slug("-".join(parts))


def _unique(found: Iterable[Source]) -> Iterable[Source]:
    addresses: set[str] = set()
    names: set[str] = set()
    for one in found:
        if one.address in addresses:
            continue
        addresses.add(one.address)
        name, count = one.name, 1
        while name in names:
            count += 1
            name = f"{one.name}-{count}"
        names.add(name)
        yield replace(one, name=name)
