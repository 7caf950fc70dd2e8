"""Grade a class: a few students at a time, each within limits, resumed where it was left."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import psutil

from lab.grading.grading import Context, grade
from lab.grading.model import Grade
from lab.review.sources import Source

SERVERS = 1200  # MiB that the servers and the judge of one student take, beside the student's own


def workers(memory: int) -> int:
    """How many students at a time: one per core, as the memory allows."""
    room = psutil.virtual_memory().available // 2**20 // (SERVERS + memory)
    return max(1, min(os.cpu_count() or 1, int(room)))


def run(
    sources: Sequence[Source],
    context: Context,
    on_done: Callable[[Grade, int], None] = lambda found, count: None,
    many: int = 0,
) -> list[Grade]:
    """Grade them all and return them in the order given; `on_done` hears of each as it ends."""
    store = context.folder / "results"
    store.mkdir(parents=True, exist_ok=True)
    stopping = threading.Event()

    def one(source: Source) -> Grade:
        if stopping.is_set():
            return Grade(source.name, source.address, source.members, fault="Interrompu.")
        return _one(source, context, store / f"{source.name}.json")

    done: dict[str, Grade] = {}
    with ThreadPoolExecutor(max_workers=many or workers(context.memory)) as pool:
        futures = {pool.submit(one, source): source for source in sources}
        try:
            for future in as_completed(futures):
                source = futures[future]
                done[source.name] = future.result()
                on_done(done[source.name], len(done))
        except BaseException:  # Ctrl-C: what is kept stays, who has not begun does not
            stopping.set()
            raise
    for source in sources:  # not kept with the grade: the list may name them otherwise next time
        done[source.name].title = source.title
    return [done[source.name] for source in sources]


def _one(source: Source, context: Context, path: Path) -> Grade:
    try:
        found, key = grade(source, context, lambda wanted: _kept(path, wanted))
    except Exception as error:  # one bad repository never costs the batch
        said = f"La correction a échoué ({type(error).__name__} : {str(error)[:120]})."
        return Grade(source.name, source.address, source.members, fault=said)
    if not found.fault:
        part = path.with_suffix(".part")
        data = {"key": key, "grade": found.as_dict()}
        part.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
    return found


def _kept(path: Path, wanted: str) -> Grade | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Grade.from_dict(data["grade"]) if data["key"] == wanted else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
