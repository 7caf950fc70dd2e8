"""Review a class: in parallel, each within its time, and resumed where it was left.

Each repository is read in a process of its own pool's (pebble): one that hangs or dies is replaced,
and costs its own review only. What was reviewed is kept with its commit, so that a second run reads
only what changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, TimeoutError, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from lab.review import fetching, reviewing
from lab.review.git import GitFailed, OutOfTime, Repository, soon
from lab.review.model import Review
from lab.review.reviewing import Context
from lab.review.similarity import traces
from lab.review.sources import Source

MEMORY = 2 * 2**30  # bytes of address space of one review
GRACE = 5.0  # seconds beyond the time limit, for the review to say itself that it is late

UNLIMITED = "Ce système ne limite pas la mémoire d'une relecture : surveillez celle de la machine."

_context: Context | None = None
_limited = True


def _begin(context: Context) -> None:
    global _context, _limited
    _context = context
    _limited = _limit_memory()


def _limit_memory() -> bool:
    """Stop a review that eats memory before the machine suffers, where the system can.

    Windows has no such limit, and macOS refuses it: there, only the sizes of what is read (of the
    project, its history, its tree) bound a review.
    """
    if sys.platform == "win32":
        return False
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
    except (ValueError, OSError):
        return False
    return True


def _one(source: Source, store: Path) -> Review:
    """In the worker: the kept review when nothing moved, else a new one, kept in turn."""
    if _context is None:
        raise RuntimeError("the pool's initializer did not run")
    path = store / f"{source.name}.json"
    kept = _kept(path, source, _context)
    if kept is not None:
        return kept
    review = reviewing.review(source, _context)
    if not _limited:
        review.notes.append(UNLIMITED)
    if not review.fault:
        data = {"key": _key(source, review.commit, _context), "review": review.as_dict()}
        part = path.with_suffix(".part")
        part.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
    return review


def _kept(path: Path, source: Source, context: Context) -> Review | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        review = Review.from_dict(data["review"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    # A folder's uncommitted files count too: it is read again, which is what its owner expects.
    if not source.remote or data["key"] != _key(source, _commit(source, context), context):
        return None
    if context.traces and review.commit and traces.kept(context.traces, review) is None:
        return None
    return review


def _commit(source: Source, context: Context) -> str:
    deadline = soon(context.seconds)
    try:
        with (
            fetching.fetched(source, context.clones, context.offline, deadline) as fetched,
            Repository(fetched.git_dir, deadline) as repository,
        ):
            return repository.head()
    except (fetching.CannotFetch, GitFailed, OutOfTime):
        return ""


@cache
def _code() -> str:
    """What a review depends on besides the repository: this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _key(source: Source, commit: str, context: Context) -> str:
    known = hashlib.sha256("".join(sorted(context.upstream.commits)).encode()).hexdigest()
    return "|".join((source.address, ",".join(source.members), commit, known, _code()))


def run(
    sources: Sequence[Source],
    context: Context,
    store: Path,
    on_done: Callable[[Review, int], None] = lambda review, count: None,
    workers: int = 0,
) -> list[Review]:
    """Review them all and return them in the order given; `on_done` hears of each as it ends."""
    store.mkdir(parents=True, exist_ok=True)
    workers = min(workers or os.cpu_count() or 1, len(sources)) or 1
    done: dict[str, Review] = {}
    with ProcessPool(
        max_workers=workers,
        max_tasks=20,  # a worker's memory goes back to the system
        initializer=_begin,
        initargs=[context],
        context=get_context("spawn"),
    ) as pool:
        futures: dict[Future[Review], Source] = {}
        for one in sources:
            futures[pool.schedule(_one, args=[one, store], timeout=context.seconds + GRACE)] = one
        try:
            for review in _finished(futures, context):
                done[review.name] = review
                on_done(review, len(done))
        except BaseException:  # Ctrl-C: what is kept stays, what runs stops
            pool.stop()  # type: ignore[no-untyped-call]
            raise
    for one in sources:  # not kept with the review: the list may name it otherwise next time
        done[one.name].title = one.title
    return [done[one.name] for one in sources]


def _finished(futures: Mapping[Future[Review], Source], context: Context) -> Iterator[Review]:
    for future in as_completed(futures):
        source = futures[future]
        fault = ""
        try:
            yield future.result()
        except TimeoutError:
            fault = reviewing.too_long(context.seconds)
        except ProcessExpired:
            fault = "La lecture de ce dépôt s'est arrêtée net (mémoire ?)."
        except Exception as error:  # one bad repository never costs the batch
            fault = (
                f"La lecture de ce dépôt a échoué ({type(error).__name__} : {str(error)[:120]})."
            )
        if fault:
            yield Review(source.name, source.address, source.members, fault=fault)
