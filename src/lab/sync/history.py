"""What upstream published, and the version that the student started from.

The base of a merge is, in this order:

1. the last version of upstream's that the student received, when upstream has rewritten its history
   since (a version known by our own ref, by the remote's, or by the note in our merge commits);
2. the common ancestor, as git finds it;
3. without any, a base built file by file: the last content that both histories held under a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.errors import ConfigurationMissing, LabError
from lab.sync.git import Entry, GitFailed, Repository, Tree

UPSTREAM = "refs/lab/upstream"  # the last version fetched
DISOWNED = "refs/lab/disowned"  # those that upstream has rewritten since, which students may have
NOTE = "Lab-Sync"  # the trailer, in a merge commit, that names the version received


@dataclass(frozen=True)
class Source:
    """Where updates come from: a remote's name (or an address), and its branch."""

    remote: str
    branch: str


@dataclass(frozen=True)
class Start:
    """The base of the merge: a tree, and how it was found."""

    tree: str
    rewritten: bool = False


def fetch(repository: Repository, source: Source) -> tuple[str, list[str]]:
    """Fetch upstream; return its commit, and those known before (which it may have disowned).

    Raises ConfigurationMissing without the remote, LabError when it does not answer.
    """
    remotes = repository.line("remote").splitlines()
    address = any(mark in source.remote for mark in "/:\\")
    if source.remote not in remotes and not address:
        raise ConfigurationMissing(
            f"Le dépôt du cours n'est pas déclaré ici sous le nom « {source.remote} ».",
            hint=f"git remote add {source.remote} <adresse du dépôt du cours>",
        )
    names = (UPSTREAM, f"refs/remotes/{source.remote}/{source.branch}")
    before = list(repository.names(*(f"{name}^{{commit}}" for name in names)).values())
    words = ["fetch", "--quiet", "--no-tags"]
    if repository.place("--is-shallow-repository") == "true":
        words.append("--unshallow")
    refspec = f"+refs/heads/{source.branch}:{UPSTREAM}"
    try:
        repository.run(*words, source.remote, refspec)
    except GitFailed as error:
        raise LabError(
            f"Le dépôt du cours ne répond pas, ou n'a pas de branche « {source.branch} » "
            f"({error.said.strip().splitlines()[-1] if error.said.strip() else 'sans détail'}).",
            hint=f"git ls-remote {source.remote}",
        ) from None
    noted = repository.ask(
        "log", "-1", f"--grep=^{NOTE}: ", f"--format=%(trailers:key={NOTE},valueonly)", "HEAD"
    )
    repository.forget()
    refs = repository.refs(UPSTREAM, DISOWNED)
    upstream = refs.pop(UPSTREAM)
    before += [one for one in noted.split() if one in before or repository.commit(one)]
    for commit in dict.fromkeys(before):
        if f"{DISOWNED}/{commit}" not in refs and not repository.precedes(commit, upstream):
            repository.run("update-ref", f"{DISOWNED}/{commit}", commit)
    return upstream, [*before, *refs.values()]


def start(repository: Repository, head: str, upstream: str, known: list[str]) -> Start:
    """Find the base of the merge of `upstream` into `head` (see the module)."""
    common = repository.ancestor(head, upstream)
    disowned = [
        commit
        for commit in dict.fromkeys(known)
        if repository.precedes(commit, head) and not repository.precedes(commit, upstream)
    ]
    for commit in disowned:  # the most recent that the student has
        if not any(other != commit and repository.precedes(commit, other) for other in disowned):
            return Start(f"{commit}^{{tree}}", rewritten=True)
    if common:
        return Start(f"{common}^{{tree}}")
    return Start(_build(repository, head, upstream), rewritten=True)


def _build(repository: Repository, head: str, upstream: str) -> str:
    """Build a base file by file, for two histories that have nothing in common."""
    published: dict[str, set[Entry]] = {}
    for path, entry in _versions(repository, upstream):
        published.setdefault(path, set()).add(entry)
    base: Tree = {}
    for path, entry in _versions(repository, head):  # the newest first
        if path not in base and entry in published.get(path, ()):
            base[path] = entry
    return repository.write_tree(_without_clashes(base))


def _versions(repository: Repository, commit: str) -> Iterator[tuple[str, Entry]]:
    """Every content that every name had, in the history of a commit, the newest first."""
    words = ("log", "--format=", "--raw", "-z", "--no-abbrev", "--no-renames", "-m", "--root")
    raw = repository.run(*words, commit).decode(errors="surrogateescape")
    fields = iter(field for field in raw.split("\0") if field.strip("\n"))
    for field in fields:
        _, mode, _, oid, _ = field.lstrip("\n:").split(" ")
        path = next(fields)
        if oid.strip("0"):
            yield path, Entry(mode, oid)


def _without_clashes(files: Tree) -> Tree:
    """Leave out a file whose name became a folder's."""
    folders = {path[:at] for path in files for at in range(len(path)) if path[at] == "/"}
    return {path: entry for path, entry in files.items() if path not in folders}
