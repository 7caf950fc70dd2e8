"""The real git, on one repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from lab.errors import LabError

# The student's own hooks, signatures and habits must not stand between them and an update.
PINNED = (
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
)
FILE, EXECUTABLE, LINK, MODULE = "100644", "100755", "120000", "160000"
REGULAR = (FILE, EXECUTABLE)
ONGOING = {  # what git is in the middle of: the command that leaves it
    "MERGE_HEAD": "git merge --abort",
    "CHERRY_PICK_HEAD": "git cherry-pick --abort",
    "REVERT_HEAD": "git revert --abort",
    "rebase-merge": "git rebase --abort",
    "rebase-apply": "git rebase --abort",
}


QUESTIONS = ("--is-inside-work-tree", "--is-shallow-repository", "--show-prefix")
PLACES = (*ONGOING, "index", "info/attributes", "lab-sync.json")
_OID = re.compile("[0-9a-f]{40}(?:[0-9a-f]{24})?")


class GitFailed(LabError):
    """git refused; `said` is its own last line, in English."""

    def __init__(self, words: Iterable[str], said: str) -> None:
        self.said = said
        last = said.strip().splitlines()[-1] if said.strip() else "sans explication"
        super().__init__(f"git a refusé ({' '.join(words)[:60]}) : {last}", hint="git status")


class GitAbsent(GitFailed):
    """There is no git on this machine."""

    def __init__(self) -> None:
        self.said = ""
        LabError.__init__(self, "git n'est pas installé.", hint="sudo apt install git")


@dataclass(frozen=True)
class Entry:
    """One file of a tree: its mode, as git writes it, and its blob."""

    mode: str
    oid: str


Tree = dict[str, Entry]  # path, "/" between folders (surrogates for bytes that are not UTF-8)


class Repository:
    """A checkout. Every method runs git; those that write say so."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held: dict[str, bytes] = {}
        self._trees: dict[str, str] = {}  # by commit
        self._ancestors: dict[str, str] = {}  # by pair of commits
        self._state: dict[str, str] = {}

    def run(
        self, *words: str, given: bytes | None = None, env: Mapping[str, str] | None = None
    ) -> bytes:
        """Run git and return what it printed. Raises GitFailed."""
        done = self.attempt(*words, given=given, env=env)
        if done.returncode:
            raise GitFailed(words, done.stderr.decode(errors="replace"))
        return done.stdout

    def attempt(
        self, *words: str, given: bytes | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git, whatever it answers. Raises GitAbsent."""
        pinned = [part for setting in PINNED for part in ("-c", setting)]
        # GIT_DIR, GIT_INDEX_FILE… of a hook or an alias would point us at another repository.
        inherited = {k: v for k, v in os.environ.items() if k not in _LOCATIONS}
        try:
            return subprocess.run(
                ["git", *pinned, *words],
                cwd=self.root,
                env={**inherited, "LC_ALL": "C", **(env or {})},
                input=given,
                stdin=subprocess.DEVNULL if given is None else None,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise GitAbsent from None

    def line(self, *words: str) -> str:
        """Run git and return its answer without the end of line. Raises GitFailed."""
        return _text(self.run(*words)).removesuffix("\n")

    def ask(self, *words: str) -> str:
        """Like :meth:`line`, but "" when git says no."""
        done = self.attempt(*words)
        return "" if done.returncode else _text(done.stdout).removesuffix("\n")

    def commit(self, name: str) -> str:
        """Return the commit that a name designates, or ""."""
        commit, tree = f"{name}^{{commit}}", f"{name}^{{tree}}"
        found = self.names(commit, tree)
        if commit in found:
            self._trees[found[commit]] = found[tree]
        return found.get(commit, "")

    def names(self, *names: str) -> dict[str, str]:
        """Return {name: object} for the names that designate one ("HEAD^{tree}"), in one go."""
        given = "".join(f"{name}\n" for name in names).encode(errors="surrogateescape")
        done = self.attempt("cat-file", "--batch-check=%(objectname)", given=given)
        found = zip(names, _text(done.stdout).split("\n"), strict=False)
        # "HEAD missing" when there is none; nothing outside a repository
        return {name: oid for name, oid in found if _OID.fullmatch(oid)}

    def refs(self, *names: str) -> dict[str, str]:
        """Return {name: commit} for refs and those under them."""
        shown = "--format=%(refname) %(objectname) %(tree)"
        rows = [row.split(" ") for row in self.line("for-each-ref", shown, *names).splitlines()]
        self._trees |= {commit: tree for _, commit, tree in rows}
        return {name: commit for name, commit, _ in rows}

    def tree_of(self, commit: str) -> str:
        """Return the tree of a commit. Raises GitFailed."""
        if commit not in self._trees:
            self._trees[commit] = self.line("rev-parse", f"{commit}^{{tree}}")
        return self._trees[commit]

    def ancestor(self, one: str, other: str) -> str:
        """Return the nearest common ancestor of two commits, or ""."""
        if one == other:
            return one
        key = " ".join(sorted((one, other)))
        if key not in self._ancestors:
            self._ancestors[key] = self.ask("merge-base", one, other)
        return self._ancestors[key]

    def precedes(self, older: str, newer: str) -> bool:
        """Tell whether `older` is in the history of `newer` (both: full names of commits)."""
        return self.ancestor(older, newer) == older

    def forget(self) -> None:
        """Forget what was learnt of the history: more of it has just been fetched."""
        self._ancestors.clear()

    def place(self, name: str) -> str:
        """Answer `--is-inside-work-tree` and the like, "" when git says no. Asked once."""
        if not self._state:
            words = [word for one in PLACES for word in ("--git-path", one)]
            answers = self.attempt("rev-parse", *QUESTIONS, *words).stdout
            answered = _text(answers).split("\n")
            self._state = dict(zip((*QUESTIONS, *PLACES), answered, strict=False))
        return self._state.get(name, "")

    def git_path(self, name: str) -> Path:
        """Return where git keeps `name` for this checkout. Raises GitFailed."""
        found = self.place(name) or self.line("rev-parse", "--git-path", name)
        return self.root / found

    def ongoing(self) -> str:
        """Return the command that leaves a merge, rebase… under way, or ""."""
        for name, way_out in ONGOING.items():
            if self.git_path(name).exists():
                return way_out
        return "git status" if self.run("ls-files", "-u") else ""

    def tree(self, treeish: str) -> Tree:
        """Return the files of a commit or of a tree."""
        found: Tree = {}
        for row in _rows(self.run("ls-tree", "-r", "-z", "--full-tree", treeish)):
            what, _, path = row.partition("\t")
            mode, _, oid = what.split(" ")
            found[path] = Entry(mode, oid)
        return found

    def tracked(self) -> set[str]:
        """Return the paths that the index holds."""
        return set(_rows(self.run("ls-files", "-z")))

    def blob(self, oid: str) -> bytes:
        """Return the content of a file."""
        held = self._held.get(oid)
        return self.run("cat-file", "blob", oid) if held is None else held

    def hold(self, oids: Iterable[str]) -> None:
        """Read many files in one go, for :meth:`blob` to give."""
        wanted = sorted({*oids} - self._held.keys())
        given = "".join(f"{oid}\n" for oid in wanted).encode()
        answer = BytesIO(self.run("cat-file", "--batch", given=given)) if wanted else BytesIO()
        while header := answer.readline().split():
            oid, kind, *size = header
            if kind == b"missing":
                continue
            content = answer.read(int(size[0]))
            answer.readline()
            if kind == b"blob":
                self._held[oid.decode()] = content

    def store(self, content: bytes) -> str:
        """Write a blob and return its name."""
        return _text(self.run("hash-object", "-w", "--stdin", given=content)).strip()

    def renames(self, before: str, after: str, like: int) -> dict[str, str]:
        """Return {old path: new path} between two trees, for contents at least `like` % alike."""
        words = ("diff-tree", "-r", "-z", f"-M{like}%", "-l0", "--no-rename-empty")
        fields = iter(_rows(self.run(*words, "--diff-filter=R", "--name-status", before, after)))
        return {next(fields): next(fields) for _status in fields}

    def write_tree(self, files: Tree) -> str:
        """Write a tree that holds exactly these files; return its name."""
        lines = "".join(f"{e.mode} {e.oid}\t{path}\0" for path, e in sorted(files.items()))
        with self._index() as env:
            given = lines.encode(errors="surrogateescape")
            self.run("update-index", "-z", "--index-info", given=given, env=env)
            return _text(self.run("write-tree", env=env)).strip()

    def work_tree(self) -> str:
        """Write what the tracked files hold now, saved or not in git; return the tree's name."""
        with self._index() as env:
            index = self.git_path("index")
            if index.exists():
                # With its date: git trusts a file older than the index to be as the index says.
                shutil.copy2(index, env["GIT_INDEX_FILE"])
            self.run("add", "-u", env=env)
            return _text(self.run("write-tree", env=env)).strip()

    def write_commit(self, tree: str, parents: Iterable[str], message: str) -> str:
        """Write a commit, in the student's name; no branch moves."""
        words = [word for parent in parents for word in ("-p", parent)]
        given = message.encode()
        return _text(self.run("commit-tree", tree, *words, "-F", "-", given=given)).strip()

    @contextmanager
    def _index(self) -> Iterator[dict[str, str]]:
        """An index apart, so that the student's own is not touched."""
        with tempfile.TemporaryDirectory(prefix="lab-sync-") as folder:
            yield {"GIT_INDEX_FILE": str(Path(folder) / "index")}


_LOCATIONS = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
}


def _text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


def _rows(raw: bytes) -> list[str]:
    return [row for row in _text(raw).split("\0") if row]
