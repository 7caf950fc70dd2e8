"""Plan a release of the students' branch, then do it. A failure leaves everything as it was."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from lab.course import build
from lab.course.markers import BadMarker
from lab.course.sources import BadSource, find
from lab.errors import LabError
from lab.release import changelog, chapters, leaks, selection
from lab.sync.git import FILE, Entry, GitFailed, Repository, Tree

NOTE = "Lab-Source"  # the trailer of a release that names the instructors' commit it was made from
VERSION_FILE = "src/lab/__init__.py"
AGAIN = "./lab course release --dry-run"
_VERSION = re.compile(r'^__version__ = "(\d+\.\d+\.\d+)"$', re.MULTILINE)


@dataclass
class Release:
    """A planned release. `previous`: the commit of the one before, "" for the first."""

    version: str
    branch: str
    source: str
    previous: str
    tree: str
    local: str  # where the local branch is, "" when there is none
    changes: dict[str, list[chapters.Change]] = field(default_factory=dict)
    news: str = ""  # the section of the students' CHANGELOG

    @property
    def tag(self) -> str:
        """The name of the tag."""
        return f"v{self.version}"


def prepare(
    repository: Repository,
    version: str,
    branch: str,
    remote: str = "",
    now: float | None = None,
) -> Release:
    """Plan a release of HEAD, `version` ("": the one that the code says) onto `branch`.

    Writes git objects, and nothing that anybody sees. Raises LabError for what forbids it.
    """
    source = _check(repository, branch)
    local, previous = _previous(repository, branch, remote)
    tree = repository.tree(source)
    repository.hold(entry.oid for entry in tree.values())
    files = selection.published(tree)
    version = version or _version(repository, tree)
    release = Release(version, branch, source, previous, "", local)
    before = repository.tree(previous) if previous else {}
    _check_version(repository, release, before, remote)
    _check_contents(repository, tree, files)
    release.changes = chapters.changes(repository, before, files) if previous else {}
    _stamp(repository, release, files, before, time.time() if now is None else now)
    if before and _unstamped(files) == _unstamped(before):
        raise LabError(
            "Il n'y a rien de nouveau à publier depuis la version précédente.",
            hint=f"git log --oneline {previous[:12]}",
        )
    release.tree = repository.write_tree(files)
    return release


def _check(repository: Repository, branch: str) -> str:
    """Return the commit to release. Raises LabError unless everything is in it."""
    source = repository.commit("HEAD")
    if repository.place("--is-inside-work-tree") != "true" or not source:
        raise LabError("Ce dossier n'est pas un clone git : rien à publier.", hint="git status")
    if repository.ask("status", "--porcelain"):
        raise LabError(
            "Des fichiers ne sont pas enregistrés dans git : une version est faite d'un commit.",
            hint="git status",
        )
    if not find(repository.root):
        raise LabError("Il n'y a pas de dossier course/ ici : c'est une branche d'étudiants.")
    used = repository.line("worktree", "list", "--porcelain").splitlines()
    if f"branch refs/heads/{branch}" in used:
        raise LabError(
            f"La branche des étudiants ({branch}) est ouverte dans un dossier de travail.",
            hint="git worktree list",
        )
    if repository.attempt("check-ref-format", "--branch", branch).returncode:
        raise LabError(f"« {branch} » n'est pas un nom de branche.", hint=AGAIN)
    return source


def _previous(repository: Repository, branch: str, remote: str) -> tuple[str, str]:
    """Return (the local branch's commit, the previous release); "" for what is not there."""
    local = repository.commit(f"refs/heads/{branch}")
    if remote:
        published = {_published(repository, branch, remote)} - {""}
    else:
        refs = repository.refs("refs/remotes")
        published = {oid for name, oid in refs.items() if name.split("/", 3)[3:] == [branch]}
    if len(published) > 1:
        raise LabError(
            f"Plusieurs dépôts distants ont une branche {branch} : dites lequel est le vôtre.",
            hint="./lab course release --dry-run --push origin",
        )
    there = published.pop() if published else ""
    if local and there and not repository.precedes(local, there):
        if not repository.precedes(there, local):
            raise LabError(
                f"La branche {branch} d'ici et celle du dépôt distant ont divergé.",
                hint=f"git log --oneline --graph {local[:12]} {there[:12]}",
            )
        return local, local
    return local, there or local


def _published(repository: Repository, branch: str, remote: str) -> str:
    """Fetch the students' branch of a remote; return its commit, "" when it has none."""
    try:
        rows = repository.line("ls-remote", "--heads", remote, f"refs/heads/{branch}")
        if not rows:
            return ""
        repository.run("fetch", "--quiet", "--no-tags", remote, f"refs/heads/{branch}")
    except GitFailed as error:
        raise LabError(
            f"Le dépôt « {remote} » ne répond pas ({error.message}).", hint="git remote -v"
        ) from None
    return rows.split("\t")[0]


def _version(repository: Repository, tree: Tree) -> str:
    entry = tree.get(VERSION_FILE)
    found = _VERSION.search(repository.blob(entry.oid).decode()) if entry else None
    if not found:
        raise LabError(f"{VERSION_FILE} ne dit pas la version.", hint=f"{AGAIN} --version 1.0.0")
    return found[1]


def _check_version(repository: Repository, release: Release, before: Tree, remote: str) -> None:
    version = release.version
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise LabError(
            f"« {version} » n'est pas un numéro de version (trois nombres).",
            hint=f"{AGAIN} --version 1.2.0",
        )
    last = _version(repository, before) if VERSION_FILE in before else "0.0.0"
    top = max(_numbers(last), _numbers(version))
    after = f"{AGAIN} --version {'.'.join(map(str, (*top[:2], top[2] + 1)))}"
    there = remote and repository.line("ls-remote", "--tags", remote, f"refs/tags/{release.tag}")
    if there or repository.ask("rev-parse", "--verify", "--quiet", f"refs/tags/{release.tag}"):
        raise LabError(f"La version {version} existe déjà ({release.tag}).", hint=after)
    if _numbers(version) <= _numbers(last):
        raise LabError(f"La version {version} ne suit pas la précédente ({last}).", hint=after)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _check_contents(repository: Repository, tree: Tree, files: Tree) -> None:
    """Raise LabError when a solution, or a part that needs what is withheld, would be published."""
    again = "./lab course build"
    course = find(repository.root)
    try:
        faults = [fault for source in course for fault in build.verify(source)]
        late = build.stale(repository.root)
        hidden = [] if late else leaks.secrets(course)
    except (BadMarker, BadSource) as error:
        raise LabError(f"Le cours ne peut pas être fabriqué : {error}.", hint=again) from None
    if faults:
        raise LabError(f"Le cours a des défauts : {faults[0]}.", hint=f"{again} --check")
    if late:
        names = ", ".join(str(path.relative_to(repository.root)) for path in late)
        raise LabError(f"Ces notebooks ne sont pas à jour : {names}.", hint=again)
    if shown := leaks.search(repository, files, hidden):
        raise LabError(f"Une solution serait publiée : {shown[0]}.", hint=_find(shown[0]))
    if apart := selection.faults(repository, tree, files):
        raise LabError(
            f"La branche des étudiants ne tiendrait pas debout : {apart[0]}.", hint=_find(apart[0])
        )


def _find(fault: str) -> str:
    return f"git log -1 -- '{fault.split(' ')[0]}'"


def _stamp(repository: Repository, release: Release, files: Tree, before: Tree, now: float) -> None:
    """Write the version and the students' changelog into the files to publish."""

    def text(tree: Tree, path: str) -> str:
        return repository.blob(tree[path].oid).decode() if path in tree else ""

    said = chapters.in_rst(release.changes)
    mine, theirs = (text(tree, changelog.PATH) for tree in (files, before))
    whole = changelog.compose(mine, theirs, release.version, said, now)
    release.news = changelog.section(whole, release.version)
    code = _VERSION.sub(f'__version__ = "{release.version}"', text(files, VERSION_FILE))
    for path, content in ((changelog.PATH, whole), (VERSION_FILE, code)):
        mode = files[path].mode if path in files else FILE
        files[path] = Entry(mode, repository.store(content.encode()))


def _unstamped(files: Tree) -> Tree:
    return {p: entry for p, entry in files.items() if p not in (changelog.PATH, VERSION_FILE)}


def commit(repository: Repository, release: Release) -> str:
    """Write the release's commit, after the previous one; no branch moves."""
    parents = [release.previous] if release.previous else []
    message = f"Version {release.version}\n\n{NOTE}: {release.source}\n"
    return repository.write_commit(release.tree, parents, message)


def publish(repository: Repository, release: Release, made: str, remote: str = "") -> None:
    """Move the branch to the commit `made`, tag it, and push both when `remote` is given.

    Never forced. Raises LabError, and neither the branch nor the tag has moved then.
    """
    branch, absent = f"refs/heads/{release.branch}", "0" * len(made)
    repository.run("update-ref", "-m", f"lab: {release.tag}", branch, made, release.local or absent)
    try:
        news = release.news or f"Version {release.version}"
        message = f"Version {release.version}\n\n{news}\n".encode()
        # verbatim: a changelog has lines that begin with "#".
        words = ("tag", "--annotate", "--cleanup=verbatim", "--file=-", release.tag, made)
        repository.run(*words, given=message)
        if remote:
            repository.run(
                "push", "--quiet", "--atomic", remote, branch, f"refs/tags/{release.tag}"
            )
    except GitFailed as error:
        repository.attempt("update-ref", "-d", f"refs/tags/{release.tag}")
        if release.local:
            repository.run("update-ref", branch, release.local, made)
        else:
            repository.run("update-ref", "-d", branch, made)
        raise LabError(
            f"La version n'a pas été publiée ({error.said.strip() or error.message}).",
            hint="git remote -v",
        ) from None
