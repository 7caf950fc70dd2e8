"""Do a planned update, and undo it. A failure on the way leaves everything as it was."""

from __future__ import annotations

import os

from lab.errors import LabError
from lab.sync import journal
from lab.sync.git import EXECUTABLE, FILE, GitFailed, Repository
from lab.sync.git import Entry as Blob
from lab.sync.history import NOTE
from lab.sync.update import AGAIN, Update

SAVED = "Travail en cours, enregistré par lab sync avant la mise à jour"


def act(repository: Repository, update: Update) -> str:
    """Bring the update in; return the safety tag. Raises LabError, and nothing has changed then."""
    saved = _save(repository, update)
    result = _result(repository, update, saved)
    tag = _tag(repository, saved, update.stamp)
    done = journal.Entry(
        tag=tag,
        branch=update.branch,
        head=update.head,
        index=update.index,
        saved=saved,
        result=result,
        renamed=update.renamed,
        covered=update.covered,
        laid={path: entry.oid for path, entry in update.laid.items()},
    )
    before = journal.read(repository)
    journal.write(repository, [*before, done])
    try:
        _move_away(repository, done)
        repository.run("reset", "--quiet", "--keep", result)
    except (GitFailed, OSError):
        _move_back(repository, done)
        _unsave(repository, done)
        journal.write(repository, before)
        raise
    for path, entry in update.laid.items():
        _write(repository, path, entry)
    return tag


def _save(repository: Repository, update: Update) -> str:
    """Commit the student's work in progress, in their name; return the commit that holds it all."""
    repository.run("add", "-u")  # so that the index says nothing else than the files
    if repository.line("write-tree") != update.saved:
        _reindex(repository, update.index)
        raise LabError("Un fichier a changé pendant la mise à jour.", hint=AGAIN)
    if not update.dirty:
        return update.head
    saved = repository.write_commit(update.saved, [update.head], SAVED)
    repository.run("update-ref", "-m", "lab sync: travail en cours", "HEAD", saved, update.head)
    return saved


def _result(repository: Repository, update: Update, saved: str) -> str:
    """Return the commit to go to: upstream's own when the student has nothing of theirs."""
    tree = repository.write_tree(update.files)
    same = tree == repository.tree_of(update.upstream)
    if same and repository.precedes(saved, update.upstream):
        return update.upstream
    name = f"{update.source.remote}/{update.source.branch}"
    message = f"Mise à jour du cours ({name})\n\n{NOTE}: {update.upstream}\n"
    return repository.write_commit(tree, [saved, update.upstream], message)


def _tag(repository: Repository, commit: str, stamp: str) -> str:
    name, count = f"{journal.TAG}{stamp}", 1
    while repository.attempt("tag", name, commit).returncode:
        if not repository.commit(f"refs/tags/{name}"):
            repository.run("tag", name, commit)  # says why
        count += 1
        name = f"{journal.TAG}{stamp}-{count}"
    return name


def _move_away(repository: Repository, entry: journal.Entry) -> None:
    for old, new in entry.renamed.items():
        (repository.root / old).rename(repository.root / new)
    for path in entry.covered:
        (repository.root / path).unlink()


def _move_back(repository: Repository, entry: journal.Entry) -> None:
    for old, new in entry.renamed.items():
        if os.path.lexists(repository.root / new) and not os.path.lexists(repository.root / old):
            (repository.root / old).parent.mkdir(parents=True, exist_ok=True)
            (repository.root / new).rename(repository.root / old)
    for path, oid in entry.covered.items():
        if not os.path.lexists(repository.root / path):
            _write(repository, path, Blob(FILE, oid))


def _unsave(repository: Repository, entry: journal.Entry) -> None:
    """Put the branch and the index back where they were; the files are those of `entry.saved`."""
    if entry.saved != entry.head:
        repository.run("update-ref", "-m", "lab sync --undo", "HEAD", entry.head, entry.saved)
    _reindex(repository, entry.index)


def _reindex(repository: Repository, tree: str) -> None:
    repository.run("read-tree", tree)
    repository.attempt("update-index", "--quiet", "--refresh")  # says 1 for what is modified


def _write(repository: Repository, path: str, entry: Blob) -> None:
    place = repository.root / path
    if not place.resolve().is_relative_to(repository.root.resolve()):
        raise LabError(
            f"Le cours publie un fichier hors de ce dossier ({path}).", hint="git status"
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(repository.blob(entry.oid))
    if entry.mode == EXECUTABLE:
        place.chmod(0o755)


def undo(repository: Repository) -> journal.Entry:
    """Go back to how things were before the last sync: files, index, branch, untracked files.

    Raises LabError when there is no sync to undo, or when the student has worked since.
    """
    done = journal.read(repository)
    if not done:
        raise LabError("Il n'y a aucune mise à jour à annuler.", hint=AGAIN)
    last = done[-1]
    _check_nothing_since(repository, last)
    for path, oid in last.laid.items():
        place = repository.root / path
        if place.is_file() and place.read_bytes() == repository.blob(oid):
            place.unlink()
    repository.run("reset", "--quiet", "--keep", last.saved)
    _move_back(repository, last)
    _unsave(repository, last)
    journal.write(repository, done[:-1])
    return last


def _check_nothing_since(repository: Repository, last: journal.Entry) -> None:
    same_place = repository.commit("HEAD") == last.result
    same_branch = repository.ask("symbolic-ref", "--short", "--quiet", "HEAD") == last.branch
    if not (same_place and same_branch) or repository.work_tree() != repository.tree_of(
        last.result
    ):
        raise LabError(
            "Vous avez travaillé depuis la mise à jour : l'annuler perdrait ce travail. "
            "Vous pouvez reprendre un fichier tel qu'il était avant.",
            hint=f"git checkout {last.tag} -- CHEMIN/DU/FICHIER",
        )
