"""The student's commits: who, when, what was said, and every line ever added."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.review.decoding import decode, is_binary
from lab.review.git import Repository
from lab.review.upstream import Upstream

MOST_COMMITS = 3000
MOST_VERSIONS = 4000  # of files, read for secrets
MOST_READ = 64_000_000  # bytes of those
LARGEST_VERSION = 1_000_000
PATIENCE = 10.0  # seconds to list them
LONGEST_LINE = 1500  # longer is data, or minified
_FIELD, _RECORD = "\x1f", "\x1e"
_FORMAT = f"{_RECORD}%H{_FIELD}%an{_FIELD}%ae{_FIELD}%aI{_FIELD}%P{_FIELD}%B{_FIELD}"
_COAUTHOR = re.compile(r"^co-authored-by:\s*([^<\n]*)<([^>\n]*)>", re.IGNORECASE | re.MULTILINE)
_DATA = re.compile(
    r"\.(csv|tsv|png|jpe?g|gif|svg|pdf|parquet|lock|css|wt|pyc|zip|gz|db|xlsx?)$|/site-packages/"
    r"|/node_modules/",
    re.IGNORECASE,
)
_MACHINES = re.compile(r"\[bot\]|dependabot|github-actions|noreply@github\.com$", re.IGNORECASE)


@dataclass(frozen=True)
class Commit:
    """One commit."""

    oid: str
    authors: tuple[tuple[str, str], ...]  # (name, address), co-authors included
    date: str
    merge: bool
    subject: str


@dataclass
class History:
    """The commits that are not the course's, newest first; `cut` when there were more."""

    commits: list[Commit] = field(default_factory=list)
    cut: bool = False

    @property
    def dates(self) -> list[str]:
        """The days, in order."""
        return sorted({one.date[:10] for one in self.commits})


def _asked(upstream: Upstream, commit: str) -> bytes:
    return "\n".join([commit, *(f"^{one}" for one in upstream.commits)]).encode() + b"\n"


def read(repository: Repository, commit: str, upstream: Upstream, folder: str = "") -> History:
    """Return the student's commits, those that touch `folder` when it is given."""
    words = ["log", "--ignore-missing", "--stdin", f"--max-count={MOST_COMMITS}"]
    words += [f"--format={_FORMAT}", "--date-order"]
    if folder:
        words += ["--", f":(literal,top){folder}"]
    said = repository.git(*words, stdin=_asked(upstream, commit)).decode("utf-8", "replace")
    # A message may hold our separators: what does not parse is not a commit of ours.
    records = [one for one in said.split(_RECORD)[1:] if one.count(_FIELD) >= 6]
    return History([_commit(one) for one in records], cut=len(records) >= MOST_COMMITS)


def _commit(record: str) -> Commit:
    oid, name, address, date, parents, body, _ = record.split(_FIELD, 6)
    people = [(name, address), *((n.strip(), a) for n, a in _COAUTHOR.findall(body))]
    subject = next((line.strip() for line in body.splitlines() if line.strip()), "")
    return Commit(
        oid,
        tuple(one for one in people if not _MACHINES.search(" ".join(one))),
        date,
        len(parents.split()) > 1,
        subject,
    )


@dataclass(frozen=True)
class Added:
    """A line that some commit added; `blob` is the version of the file that holds it."""

    oid: str
    blob: str
    path: str
    text: str


def added_lines(
    repository: Repository, commit: str, upstream: Upstream, folder: str
) -> Iterator[Added]:
    """Yield once each line the student ever published in `folder`, and in files of the root.

    Versions are read whole, by their size: a patch would make git load the biggest of them. Raises
    OutOfTime after `PATIENCE` seconds: an old commit can hold a bomb of trees.
    """
    versions = list(_versions(repository, commit, upstream, folder))
    sizes = _sizes(repository, [oid for _, oid, _ in versions])
    spent = 0
    seen: set[int] = set()
    for commit_oid, oid, path in versions:
        size = sizes.get(oid, 0)
        if size > LARGEST_VERSION or oid in upstream.oids:
            continue
        spent += size
        if spent > MOST_READ:
            return
        data = repository.read(oid)
        if is_binary(data):
            continue
        for line in decode(data).content.split("\n"):
            if len(line) < LONGEST_LINE and hash(line) not in seen:
                seen.add(hash(line))
                yield Added(commit_oid, oid, path, line)


def _versions(
    repository: Repository, commit: str, upstream: Upstream, folder: str
) -> Iterator[tuple[str, str, str]]:
    """(commit, blob, path) of every version of every file, the newest first, data left out."""
    words = ["log", "--raw", "--no-abbrev", "--ignore-missing", "--stdin", "--diff-filter=AM"]
    words += [f"--format={_RECORD}%H", "--no-color", "--root"]
    root = [":(glob,top)*"] if upstream else []  # else those are the course's
    words += ["--", f":(literal,top){folder}", *root] if folder else ["--"]
    oid = ""
    known: set[str] = set()
    with repository.stream(*words, stdin=_asked(upstream, commit), within=PATIENCE) as output:
        for raw in output:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            if line.startswith(_RECORD):
                oid = line[1:]
            elif line.startswith(":"):
                meta, _, path = line.partition("\t")
                _, mode, _, blob, _ = meta.split()
                if mode.startswith("100") and blob not in known and not _DATA.search(path):
                    known.add(blob)
                    yield oid, blob, path.strip('"')
            if len(known) == MOST_VERSIONS:
                return


def _sizes(repository: Repository, oids: list[str]) -> dict[str, int]:
    asked = "".join(f"{oid}\n" for oid in oids).encode()
    said = repository.git("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=asked)
    pairs = (line.split() for line in said.decode().splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
