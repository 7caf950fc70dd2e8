"""What a worker holds: its leases, from the claim to the acknowledgement."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lab.scraping.frontier.client import START

if TYPE_CHECKING:
    from scrapy import Request

LEASE = "lab_frontier_lease"  # in a request's meta: the id of the lease it runs under
PARENT = "lab_frontier_parent"  # in a new request's meta: the lease whose page gave it


class Held:
    """Leases by stage: ready → working (→ landed) → done → acknowledged."""

    def __init__(self) -> None:
        self.ready: deque[tuple[bytes, Request]] = deque()
        self.own: deque[tuple[bytes, Request]] = deque()  # cannot leave this process
        self.working: dict[bytes, Request] = {}
        self.airborne: set[bytes] = set()  # among `working`: still in the downloader
        self.done: list[bytes] = []  # waiting for the next commit
        self.settled: dict[bytes, None] = {}  # committed, acknowledgement on its way
        self.kept: set[bytes] = set()  # never acknowledged: their items could not be kept
        self.start = False
        self._children: dict[bytes, dict[bytes, int]] = {}
        self._pages: dict[bytes, int] = {}
        self._items: dict[bytes, int] = {}

    def known(self) -> set[bytes]:
        """Return every lease this worker believes it holds."""
        ids = {id_ for id_, _ in (*self.ready, *self.own)}
        ids.update(self.working, self.done, self.settled, self.kept)
        return ids | {START} if self.start else ids

    def busy(self) -> list[bytes]:
        """Return what would be to blame if this process died now."""
        return [*self.working, *(id_ for id_, _ in self.ready)]

    def load(self) -> int:
        """Return how many requests wait here or in the downloader."""
        return len(self.ready) + len(self.airborne)

    def take(self) -> tuple[bytes, Request] | None:
        """Return the next request to download, which becomes the engine's work."""
        if self.own:
            id_, request = self.own.popleft()
        elif self.ready:
            id_, request = self.ready.popleft()
        else:
            return None
        self.working[id_] = request
        self.airborne.add(id_)
        return id_, request

    def drop_ready(self) -> int:
        """Forget what was not begun: those leases went to others. Returns how many."""
        count = len(self.ready)
        self.ready.clear()
        return count

    def collect(self, in_progress: Iterable[Request]) -> list[bytes]:
        """Move what the engine has finished with to `done`; returns those ids."""
        held = set(in_progress)
        finished = [id_ for id_, request in self.working.items() if request not in held]
        for id_ in finished:
            del self.working[id_]
            self.airborne.discard(id_)
            self.done.append(id_)
        return finished

    def rank(self, parent: bytes, fingerprint: bytes) -> int:
        """Return how many times a page has now given this unfiltered request."""
        ranks = self._children.setdefault(parent, {})
        ranks[fingerprint] = ranks.get(fingerprint, 0) + 1
        return ranks[fingerprint]

    def count_page(self, id_: bytes) -> None:
        """A response came for this lease."""
        self._pages[id_] = 1

    def count_item(self, id_: bytes) -> None:
        """An item was kept under this lease."""
        self._items[id_] = self._items.get(id_, 0) + 1

    def settle(self, ids: Iterable[bytes]) -> list[tuple[bytes, int, int]]:
        """Return the acknowledgements (id, pages, items) of committed leases."""
        acks = []
        for id_ in ids:
            self.settled[id_] = None
            acks.append((id_, self._pages.pop(id_, 0), self._items.pop(id_, 0)))
        return acks

    def acknowledged(self, ids: Iterable[bytes]) -> None:
        """The frontier has these acknowledgements."""
        for id_ in ids:
            self.settled.pop(id_, None)
            self._children.pop(id_, None)
            if id_ == START:
                self.start = False
