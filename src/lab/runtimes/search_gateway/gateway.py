"""The state machine: an engine that may die, a journal that may not, one write at a time.

Writes are serialised by one lock: the order of the journal is the order of the engine, so that a
replay on an empty engine gives the same state. (The engine itself does not index faster from two
connections: measured 1,921 documents/s from one, 2,187 from two.)
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from lab.runtimes.search_gateway import compaction
from lab.runtimes.search_gateway.engine import Answer, Engine
from lab.runtimes.search_gateway.errors import EngineLost, GatewayError, NotReady, StartFailure
from lab.runtimes.search_gateway.journal import Journal, Record
from lab.runtimes.search_gateway.replay import replay

WAIT_SECONDS = 8.0
MAX_FAILURES = 5


@dataclass(frozen=True)
class Write:
    """A write for the engine, and how it is journalled.

    `settle` gets the engine's answer and returns the body to journal instead of `record`'s
    (None: nothing to keep, the same body: keep as is).
    """

    method: str
    target: str
    body: bytes
    content_type: str
    record: Record
    settle: Callable[[Answer], bytes | None]
    conditional: bool = False


def say(message: str) -> None:
    """Print one line for the log."""
    print(f"passerelle de recherche : {message}", file=sys.stderr, flush=True)


class Gateway:
    """One engine behind one journal."""

    def __init__(self, journal: Journal, *, compact_bytes: int, isolate: bool = True) -> None:
        self.journal = journal
        self.engine: Engine | None = None
        self.refused = 0
        self.failed: GatewayError | StartFailure | None = None
        self._compact_bytes = compact_bytes
        self._compact_at = compact_bytes
        self._older = 0
        self._isolate = isolate
        self._ready = asyncio.Event()
        self._lock = asyncio.Lock()
        self._stopping = False
        self._compaction: asyncio.Task[None] | None = None

    @property
    def isolated(self) -> bool:
        """True when the engine's port cannot be reached but through us."""
        return self.engine is not None and self.engine.isolated

    async def run(self) -> None:
        """Keep an engine alive until `stop`; raise StartFailure if it cannot be kept."""
        failures = 0
        while not self._stopping:
            try:
                engine = await self._recover()
            except (GatewayError, StartFailure) as error:
                failures += 1
                if isinstance(error, StartFailure) or failures >= MAX_FAILURES:
                    raise StartFailure(str(error)) from error
                await asyncio.sleep(0.2 * failures)
                continue
            failures = 0
            await engine.wait()
            self._ready.clear()
            if not self._stopping:
                say("le moteur osmem s'est arrêté ; il redémarre et le journal est rejoué")

    async def _recover(self) -> Engine:
        async with self._lock:
            if self.engine is not None:
                await self.engine.stop()
            self.engine = engine = Engine(isolate=self._isolate)
            await engine.start()
            done = await replay(engine, self.journal.replay(), say)
            self.refused = done.refused
            if self.journal.closed or self.journal.broken:
                self.journal.open()
            if done.last is not None and done.kept != done.last.body:
                self.journal.replace_last(done.last, done.kept)
            if self._isolate and not engine.isolated:
                say(f"port du moteur ouvert en boucle locale, faute de {engine.why_not}")
            self._plan_compaction()
        self._ready.set()
        self._maybe_compact()
        return engine

    async def stop(self) -> None:
        """Stop cleanly: the write under way ends first, then the engine goes."""
        self._stopping = True
        self._ready.clear()
        if self._compaction is not None:
            self._compaction.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._compaction
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS), self._lock:
                pass
        if self.engine is not None:
            await self.engine.stop()
        self.journal.close()

    async def _wait_ready(self) -> Engine:
        if not self._ready.is_set() or self.engine is None:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await self._ready.wait()
            except TimeoutError:
                raise NotReady(
                    "Le moteur de recherche démarre et relit son journal ; recommencez."
                ) from None
        if self.engine is None:
            raise NotReady("Le moteur de recherche n'est pas encore là ; recommencez.")
        return self.engine

    async def read(self, method: str, target: str, body: bytes, content_type: str) -> Answer:
        """Send a read; one that loses its engine is sent once more to the next."""
        engine = await self._wait_ready()
        try:
            return await engine.request(method, target, body, content_type)
        except EngineLost:
            await asyncio.sleep(0.05)  # let the end of the process be seen
            return await (await self._wait_ready()).request(method, target, body, content_type)

    async def write(self, write: Write) -> Answer:
        """Journal, apply, acknowledge; not cancelled by a client that leaves."""
        return await asyncio.shield(asyncio.ensure_future(self._write(write)))

    async def _write(self, write: Write) -> Answer:
        while True:
            await self._wait_ready()
            async with self._lock:
                engine = self.engine
                if engine is None or not engine.alive or not self._ready.is_set():
                    if self._stopping:
                        raise NotReady("Le moteur de recherche s'arrête.")
                    await asyncio.sleep(0)
                    self._ready.clear()
                    continue
                answer = await self._apply(engine, write)
            self._maybe_compact()
            return answer

    async def _apply(self, engine: Engine, write: Write) -> Answer:
        """Write under the lock: the record goes first, and stays only if the engine agreed."""
        record = write.record
        start = self.journal.append(record.void() if write.conditional else record)
        try:
            answer = await engine.request(
                write.method, write.target, write.body, write.content_type
            )
        except BaseException:
            self.journal.cut(start)
            await self._discard(engine)
            raise
        if answer.status >= 500:
            self.journal.cut(start)
            await self._discard(engine)
            return answer
        kept = write.settle(answer) if answer.status < 300 else None
        if kept is None:
            self.journal.cut(start)
        elif kept != record.body or write.conditional:
            self.journal.cut(start)
            try:
                self.journal.append(replace(record, body=kept))
            except GatewayError:
                await self._discard(engine)
                raise
        return answer

    async def _discard(self, engine: Engine) -> None:
        """End an engine whose state may be ahead of the journal; `run` makes the next one."""
        self._ready.clear()
        await engine.stop()

    def _maybe_compact(self) -> None:
        if self.journal.offset + self._older < self._compact_at:
            return
        if self._compaction is None or self._compaction.done():
            self._compaction = asyncio.ensure_future(self._compact())

    def _plan_compaction(self, *, after: int = 0) -> None:
        """Say when to compact: past the bound and the snapshot, and `after` an attempt's size."""
        self._older = self.journal.size() - self.journal.offset
        floor = max(self._compact_bytes, self.journal.snapshot_size())
        self._compact_at = max(floor, after + self._compact_bytes if after else 0)

    async def _compact(self) -> None:
        engine = await self._wait_ready()
        written = None
        try:
            async with self._lock:
                plan = await compaction.capture(engine)
                written = self.journal.rotate()
            size = await compaction.export(engine, plan, written)
            async with self._lock:
                self.journal.adopt(written)
            await compaction.release(engine, plan)
            self._plan_compaction()
            say(f"journal compacté : {size} octets")
        except (compaction.Postponed, GatewayError, StartFailure, OSError) as error:
            say(f"compactage remis à plus tard, le journal reste entier ({error})")
            if written is not None:
                written.unlink(missing_ok=True)
            self._plan_compaction(after=self.journal.size())

    def describe(self) -> dict[str, Any]:
        """Return figures for ``GET /``."""
        return {
            "journal_bytes": self.journal.offset,
            "snapshot_bytes": self.journal.snapshot_size(),
            "replay_refusals": self.refused,
        }
