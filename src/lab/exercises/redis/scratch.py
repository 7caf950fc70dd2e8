"""What the judges of this chapter share: keys of their own, a meddling client, safe calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong

PREFIX = "redis00:juge"


def client() -> Any:
    """The lab's Redis client. Any: the stubs give every command a value *or* an awaitable."""
    return workspace.redis()


@contextmanager
def key(*names: str) -> Iterator[Any]:
    """Give one new key (or a tuple of them, one per name); they are removed at the end."""
    root = f"{PREFIX}:{uuid4().hex[:8]}"
    keys = [f"{root}:{name}" for name in names or ("cle",)]
    try:
        yield keys[0] if len(keys) == 1 else tuple(keys)
    finally:
        client().delete(*keys)


def called(function: Any, *arguments: Any, hint: str = "") -> Any:
    """Return what the student's function gives. Raises Wrong when it is none, or raises."""
    call = expect.callable_(function, hint)
    try:
        return call(*arguments)
    except Exception as error:
        said = f"Appelée par la vérification, elle lève {type(error).__name__} : {error}"
        raise Wrong(f"{said[:200].rstrip('.')}.", hint) from None


class Meddled:
    """A client like any other, but another worker acts once, right after a given command.

    ``Meddled(client, {"sismember"}, action)``: `action` runs after the first such command, sent
    directly or through a pipeline that executes at once (WATCH). Atomic solutions never notice.
    """

    def __init__(self, target: Any, after: set[str], action: Callable[[], object]) -> None:
        self._target, self._after, self._action = target, after, action
        self._acted = False

    def _act(self) -> None:
        if not self._acted:
            self._acted = True
            self._action()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def command(*arguments: Any, **options: Any) -> Any:
            result = found(*arguments, **options)
            if name == "pipeline":
                inner = Meddled(result, self._after, self._act)
                return inner
            if name in self._after and result is not self._target:
                self._act()
            return result

        return command

    def __enter__(self) -> Meddled:
        self._target.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._target.__exit__(*details)


class Counted:
    """A client that counts its round trips: each direct command, each pipeline executed."""

    def __init__(self, target: Any) -> None:
        self._target, self.trips = target, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def command(*arguments: Any, **options: Any) -> Any:
            result = found(*arguments, **options)
            if name == "pipeline":
                execute = result.execute

                def once(*inner: Any, **more: Any) -> Any:
                    self.trips += 1
                    return execute(*inner, **more)

                result.execute = once
            else:
                self.trips += 1
            return result

        return command


class Crash(BaseException):
    """The death of a worker: no `except Exception` of the student's catches it."""


class Mortal:
    """A client whose worker dies right after its `allowed`-th round trip."""

    def __init__(self, target: Any, allowed: int) -> None:
        self._target, self._left = target, allowed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found) or name in ("pipeline", "register_script"):
            return found

        def command(*arguments: Any, **options: Any) -> Any:
            result = found(*arguments, **options)
            self._left -= 1
            if self._left <= 0:
                raise Crash
            return result

        return command
