"""One check, on the judge's side: the answer is data, or a reference that can be called."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from lab.exercises import registry, session
from lab.exercises.elastic import pages
from lab.exercises.result import Result, Status
from lab.grading import exports, files, remote
from lab.grading.exchange import things
from lab.grading.exchange.codec import BadValue, Decoder, Encoder
from lab.grading.exchange.wire import Message, Wire

UNTOUCHED = ("s3-16",)  # exercises whose function may not change what it is given


class Unreadable:
    """An answer that could not be handed over; `said` tells why."""

    def __init__(self, said: str) -> None:
        self.said = said


class Hearing:
    """A check and the calls it makes, over one connection."""

    def __init__(self, link: socket.socket, counter: Path) -> None:
        self.wire = Wire(link, self._serve)
        self.files = files.Counter(counter)
        self.lent: list[Any] = []
        self.errors: list[BaseException] = []
        self.touched = False  # a call changed its arguments (its copies: never the judge's)

    def ask(self) -> Message:
        """Read what is to be judged. Raises BadValue, Closed."""
        message = self.wire.receive()
        if message.get("op") != "check":
            raise BadValue("Ce n'est pas une vérification.")
        return message

    def judge(self, message: Message) -> Result:
        """Judge it; never raises for what an answer can be."""
        name = str(message.get("exercise"))[:40]
        try:
            registry.find(name)
            answer = Decoder(self._build).value(message.get("answer"))
        except registry.UnknownExercise:
            return Result(name, Status.ERROR, "Cet exercice n'existe pas.")
        except BadValue as error:
            return Result(name, Status.WRONG, str(error))
        if isinstance(answer, Unreadable):
            return Result(name, Status.WRONG, answer.said)
        result = session.judge(name, answer)
        if name in UNTOUCHED and self.touched and result.status is Status.RIGHT:
            return Result(name, Status.WRONG, "Les valeurs données ont été modifiées.")
        return result

    def _encode(self, value: Any, into: Encoder) -> Any:
        if isinstance(value, remote.Remote):
            return {"t": "yours", "v": value._lab_ref}
        if (found := things.encode(value, into)) is not None:
            return found
        if (client := _live(value)) is not None:
            return {"t": "live", "v": client}
        if type(value).__name__ == "StreamingBody":
            return {"t": "body", "v": into.value(value.read())}
        special, family = exports.lent(value)
        if not any(value is one for one in self.lent):
            self.lent.append(value)
        ref = next(n for n, one in enumerate(self.lent) if one is value)
        said = {"ref": ref, "name": type(value).__name__, "special": special}
        return {"t": "ref", "v": said | {"fallback": family}}

    def _build(self, tag: str, content: Any, out: Decoder) -> Any:
        if tag == "object":
            if content["stub"] is True:
                return ...
            return remote.made(content, self._call)
        if tag == "yours":
            return self.lent[content] if type(content) is int else None
        if tag == "bad":
            return Unreadable(str(content[1])[:200])
        if tag == "s3client":
            return _borrowed(content)
        return things.build(tag, content, out)

    def _call(self, ref: int, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call something of the student's: its value, its exception, its changes to arguments."""
        into = Encoder(self._encode, self.files.lend)
        message = {"op": "call", "ref": ref, "name": name}
        message |= {"args": into.value(list(args)), "kwargs": into.value(kwargs)}
        try:
            answer = self.wire.ask(message)
        finally:
            self.files.take_back()
        if answer.get("op") == "raise":
            token = answer.get("token")
            if type(token) is int and 0 <= token < len(self.errors):
                raise self.errors[token]  # it is the judge's own, come back
            raise remote.error(answer)
        self.touched = self.touched or answer.get("changed") is not False
        for watcher in pages.watchers:  # the student's word: nothing but a habit is judged by it
            watcher.extend(one for one in answer.get("asked", []) if type(one) is int)
        value = answer.get("value")
        if isinstance(value, dict) and value.get("t") == "same":
            return into.shared[value["v"]]
        return Decoder(self._build).value(value)

    def _serve(self, message: Message) -> Message:
        """Answer a call of the student's code to something that was lent to it."""
        try:
            target = self.lent[message["ref"]]
            name = str(message["name"])
            if not exports.allowed(target, name):
                raise AttributeError(name)
            args = Decoder(self._build).value(message["args"])
            kwargs = Decoder(self._build).value(message["kwargs"])
        except Exception as error:
            return self._raised(error)
        try:
            value = getattr(target, name)(*args, **kwargs)
            return {"op": "return", "value": Encoder(self._encode).value(value)}
        except TimeLimit:
            raise
        except BaseException as error:
            return self._raised(error)

    def _raised(self, error: BaseException) -> Message:
        self.errors.append(error)
        types = [f"{one.__module__}.{one.__qualname__}" for one in type(error).__mro__]
        said = {"op": "raise", "types": types, "message": str(error)[:500]}
        return said | {"token": len(self.errors) - 1}


class TimeLimit(BaseException):
    """The time of a check is spent; no `except Exception` of a judge stops it."""


def _live(value: Any) -> list[str] | None:
    """The other side's own client, for a plain client of a store."""
    import redis
    from pymongo.collection import Collection
    from redis.client import Pipeline

    from lab.exercises.s3.scratch import small_pages

    if isinstance(value, redis.Redis) and not isinstance(value, Pipeline):
        return ["redis"]
    if isinstance(value, Collection):
        return ["mongo", value.name]
    if type(value).__module__ == "botocore.client":
        return ["s3pages" if value is small_pages() else "s3"]
    if type(value).__name__ == "S3FileSystem":
        return ["s3fs"]
    return None


def _borrowed(content: Any) -> Any:
    """A client with the student's keys; only the stores of this student can be reached."""
    import boto3
    from botocore.config import Config

    address, key, secret, token = (None if one is None else str(one) for one in content)
    return boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
