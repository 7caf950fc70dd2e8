"""`check` in the student's kernel: hand the answer over, and run it when the judge asks.

Everything here may be read and rewritten by the student; nothing here decides anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import sys
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from lab.exercises.result import Result, Status
from lab.grading.exchange import codec, things
from lab.grading.exchange.codec import BadValue, Decoder, Encoder
from lab.grading.exchange.wire import Closed, Message, Wire

SOCKET = "LAB_GRADE_SOCKET"
NAMES = 200  # public names of an object that are announced


def check(exercise: str, answer: Any = ...) -> Result:
    """Ask the judge, who is another process, elsewhere."""
    with socket.socket(socket.AF_UNIX) as link:
        try:
            link.connect(os.environ[SOCKET])
            said = Session(link).check(str(exercise), answer)
            return Result(str(exercise), Status(said["status"]), str(said["message"]))
        except (OSError, KeyError, ValueError, Closed, BadValue) as error:
            text = f"La vérification n'a pas répondu ({type(error).__name__})."
            return Result(str(exercise), Status.ERROR, text)


class Session:
    """One check: what the judge refers to lives as long as it."""

    def __init__(self, link: socket.socket) -> None:
        self.wire = Wire(link, self.serve)
        self.given: list[Any] = []

    def check(self, exercise: str, answer: Any) -> Message:
        """Return the judge's words."""
        message: Message = {"op": "check", "exercise": exercise, "cwd": str(Path.cwd())}
        try:
            message["answer"] = self.encoder().value(answer)
            codec.dumps(message)
        except BadValue as error:
            message["answer"] = {"t": "bad", "v": [type(answer).__name__, str(error)]}
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a property or an iterator of the student's that raises
            said = f"La valeur ne peut pas être lue ({type(error).__name__})."
            message["answer"] = {"t": "bad", "v": [type(answer).__name__, said]}
        return self.wire.ask(message)

    def encoder(self) -> Encoder:
        return Encoder(self._extend)

    def serve(self, message: Message) -> Message:
        """Run what the judge asks: an object handed over, or one of its methods."""
        decoder = Decoder(self._build)
        try:
            args = decoder.value(message["args"])
            kwargs = decoder.value(message["kwargs"])
            target = self.given[message["ref"]]
            call = getattr(target, message["name"]) if message["name"] else target
            before = self._state(args)
            with _searches() as asked:
                value = call(*args, **kwargs)
            return {"op": "return", "value": self._same(value, decoder.shared), "asked": asked,
                    "changed": self._state(args) != before}  # fmt: skip
        except BaseException as error:
            return self._raised(error)

    def _state(self, args: Any) -> str:
        return json.dumps(self.encoder().value(args))

    def _same(self, value: Any, shared: list[Any]) -> Any:
        for place, one in enumerate(shared):
            if one is value:
                return {"t": "same", "v": place}
        return self.encoder().value(value)

    def _raised(self, error: BaseException) -> Message:
        lines = [f"{one.__module__}.{one.__qualname__}" for one in type(error).__mro__]
        said = {"op": "raise", "types": lines, "message": str(error)[:500]}
        return said | {"token": getattr(error, "_lab_token", None)}

    def _extend(self, value: Any, into: Encoder) -> Any:
        if isinstance(value, Proxy):
            return {"t": "yours", "v": value._lab_ref}
        if (found := things.encode(value, into)) is not None:
            return found
        if type(value).__module__ == "botocore.client":
            return _borrowed(value)
        if not any(value is one for one in self.given):
            self.given.append(value)
        ref = next(n for n, one in enumerate(self.given) if one is value)
        return {"t": "object", "v": _described(value, ref)}

    def _build(self, tag: str, content: Any, out: Decoder) -> Any:
        if tag == "ref":
            return _proxy(self, content)
        if tag == "yours":
            return self.given[content]
        if tag == "live":
            return _live(content[0], content[1:])
        if tag == "body":
            import io

            from botocore.response import StreamingBody

            data = out.value(content)
            return StreamingBody(io.BytesIO(data), len(data))
        return things.build(tag, content, out)

    def far(self, ref: int, name: str, args: Any, kwargs: Any) -> Any:
        """Call something of the judge's."""
        into = self.encoder()
        message = {"op": "call", "ref": ref, "name": name}
        message |= {"args": into.value(list(args)), "kwargs": into.value(dict(kwargs))}
        answer = self.wire.ask(message)
        if answer["op"] == "raise":
            raise _error(answer)
        return Decoder(self._build).value(answer["value"])


@contextlib.contextmanager
def _searches() -> Iterator[list[int]]:
    """Give the list of the sizes that searches ask for meanwhile: the judge may want to know."""
    asked: list[int] = []
    if "elasticsearch" not in sys.modules:
        yield asked
        return
    from elasticsearch import Elasticsearch

    search: Any = Elasticsearch.search

    def watched(self: Any, *arguments: Any, **options: Any) -> Any:
        asked.append(options.get("size") or 10)
        return search(self, *arguments, **options)

    with mock.patch.object(Elasticsearch, "search", watched):
        yield asked


class Proxy:
    """Something of the judge's, asked from afar."""

    def __init__(self, session: Session, ref: int, fallback: str) -> None:
        self._lab_session, self._lab_ref, self._lab_fallback = session, ref, fallback

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._lab_fallback == "s3" and name in ("exceptions", "meta", "waiter_names"):
            return getattr(_live("s3", []), name)
        session, ref = self._lab_session, self._lab_ref
        return lambda *args, **kwargs: session.far(ref, name, args, kwargs)


def _proxy(session: Session, content: Any) -> Proxy:
    """A proxy with the special methods that the thing has, and no other."""

    def special(name: str) -> Any:
        return lambda self, *args, **kwargs: session.far(self._lab_ref, name, args, kwargs)

    names = {name: special(name) for name in content["special"]}
    if "__iter__" in names and "__next__" in names:
        names["__iter__"] = lambda self: self
    sort = type(str(content["name"]), (Proxy,), names)
    made: Proxy = sort(session, content["ref"], content.get("fallback", ""))
    return made


def _described(value: Any, ref: int) -> Message:
    from lab.grading.exchange.stub import is_stub

    names: list[str] = []
    for name in dir(value):
        if not name.startswith("_") and len(names) < NAMES:
            try:
                if callable(getattr(value, name)):
                    names.append(name)
            except Exception:  # noqa: S112  a property of the student's
                continue
    return {
        "name": type(value).__name__,
        "own": getattr(value, "__name__", "") if isinstance(value, type) else "",
        "ref": ref,
        "class": isinstance(value, type),
        "call": callable(value),
        "iter": hasattr(value, "__iter__"),
        "next": hasattr(value, "__next__"),
        "stub": isinstance(value, types.FunctionType) and is_stub(value),
        "names": names,
    }


def _borrowed(value: Any) -> Message:
    """A client of the object store: the address and the keys it uses."""
    keys = value._request_signer._credentials.get_frozen_credentials()
    words = [value.meta.endpoint_url, keys.access_key, keys.secret_key, keys.token]
    return {"t": "s3client", "v": [None if one is None else str(one) for one in words]}


@cache
def _live_client(name: str) -> Any:
    from lab import workspace

    if name == "redis":
        return workspace.redis()
    if name == "s3":
        return workspace.s3()
    values = workspace.settings()
    if name == "s3fs":
        import s3fs  # type: ignore[import-untyped,import-not-found,unused-ignore]

        return s3fs.S3FileSystem(
            skip_instance_cache=True,
            key=values.need("aws_access_key_id"),
            secret=values.need("aws_secret_access_key"),
            endpoint_url=values.need("aws_endpoint_url"),
        )
    raise BadValue("Client inconnu.")


def _live(name: str, words: list[Any]) -> Any:
    from lab import workspace

    if name == "mongo":
        return workspace.mongo()[str(words[0])]
    if name == "s3pages":
        return _small_pages()
    return _live_client(name)


@cache
def _small_pages() -> Any:
    """A client whose listings stop every 7 keys, as they do every 1,000 for everyone."""
    from lab import workspace

    workspace.s3.cache_clear()
    made: Any = workspace.s3()
    workspace.s3.cache_clear()

    def shorten(params: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**params, "MaxKeys": min(7, params.get("MaxKeys", 7))}

    for name in ("ListObjectsV2", "ListObjects"):
        made.meta.events.register(f"provide-client-params.s3.{name}", shorten)
    return made


def _error(answer: Message) -> BaseException:
    """The exception that the judge's thing raised: its real class where it is a library's."""
    import builtins
    import importlib

    found: Any = None
    for path in answer["types"]:
        module, _, name = path.rpartition(".")
        if module == "builtins":
            found = getattr(builtins, name, None)
        elif re.match(r"(redis|botocore|pymongo|elasticsearch)\.", module + "."):
            found = getattr(importlib.import_module(module), name, None)
        if isinstance(found, type):
            break
    sort: Any = type(answer["types"][0].rpartition(".")[2], (found or Exception,), {})
    error: BaseException = sort.__new__(sort)
    error.args = (answer["message"],)
    error._lab_token = answer.get("token")  # type: ignore[attr-defined]
    return error
