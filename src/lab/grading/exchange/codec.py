"""Values as JSON, and back: no pickle, no code, whatever the bytes are.

A value becomes plain JSON (text, numbers, lists) or ``{"t": tag, "v": …}``. What is no data (a
function, an instance) is left to the two sides' own `extend`: a reference, never its content.
Every container met is remembered in the same order on both sides (`shared`), so that a function
can return, or change, the very object that it was given.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

LARGEST = 16 * 2**20  # bytes of one message
DEEPEST = 150  # levels of nesting
Extend = Callable[[Any, "Encoder"], Any]
Build = Callable[[str, Any, "Decoder"], Any]


class BadValue(Exception):
    """The value cannot be handed over; the message is a French sentence for its author."""


def dumps(message: Mapping[str, Any]) -> bytes:
    """One message as bytes. Raises BadValue when it is too large."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > LARGEST:
        raise BadValue(f"La valeur est trop grande (plus de {LARGEST // 2**20} Mio).")
    return data


def loads(data: bytes) -> dict[str, Any]:
    """A message from bytes that may come from anyone. Raises BadValue."""
    try:
        message = json.loads(data.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        raise BadValue("Le message n'est pas lisible.") from None
    if not isinstance(message, dict):
        raise BadValue("Le message n'est pas lisible.")
    return message


class Encoder:
    """Turns values into JSON; `shared` remembers the containers in order."""

    def __init__(self, extend: Extend, lend: Callable[[Path], str] = str) -> None:
        self.extend, self.lend = extend, lend  # `lend` gives the other side's name of a file
        self.shared: list[Any] = []
        self._open: list[int] = []

    def value(self, value: Any) -> Any:
        """The JSON of any value. Raises BadValue."""
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if abs(value) < 2**63 else {"t": "int", "v": hex(value)}
        if kind is float:
            return value if math.isfinite(value) else {"t": "float", "v": repr(value)}
        if isinstance(value, PurePath):
            return {"t": "path", "v": self.lend(Path(value))}
        if (plain := _scalar(value)) is not None:
            return plain
        if id(value) in self._open:
            raise BadValue("La valeur se contient elle-même.")
        if len(self._open) >= DEEPEST:
            raise BadValue("La valeur est trop imbriquée.")
        self._open.append(id(value))
        try:
            return self._container(value)
        finally:
            self._open.pop()

    def remember(self, value: Any) -> None:
        """The other side remembers its copy at the same place."""
        self.shared.append(value)

    def _container(self, value: Any) -> Any:
        if isinstance(value, list):
            self.remember(value)
            return [self.value(one) for one in list.__iter__(value)]
        if isinstance(value, dict):
            self.remember(value)
            pairs = [[self.value(k), self.value(v)] for k, v in dict.items(value)]
            return {"t": "dict", "v": pairs}
        sorts: tuple[tuple[str, Any], ...] = (
            ("tuple", tuple),
            ("set", set),
            ("frozenset", frozenset),
        )
        for tag, sort in sorts:
            if isinstance(value, sort):
                return {"t": tag, "v": [self.value(one) for one in sort.__iter__(value)]}
        return self.extend(value, self)


def _scalar(value: Any) -> Any:
    """Subclasses too: only their plain value travels."""
    if isinstance(value, str):
        return str.__str__(value) if type(value) is str else "".join(str.__iter__(value))
    if isinstance(value, int):
        return {"t": "int", "v": hex(int.__int__(value))}
    if isinstance(value, float):
        return {"t": "float", "v": float.__repr__(value)}
    if isinstance(value, bytes | bytearray):
        return {"t": "bytes", "v": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return {"t": "date", "v": value.isoformat()}
    if isinstance(value, time):
        return {"t": "time", "v": value.isoformat()}
    if isinstance(value, timedelta):
        return {"t": "delta", "v": [value.days, value.seconds, value.microseconds]}
    if isinstance(value, Decimal):
        return {"t": "decimal", "v": str(value)}
    if value is ...:
        return {"t": "ellipsis"}
    return None


def _moment(value: datetime) -> Any:
    if value != value:
        return None
    aware = value.utcoffset() is not None
    plain = value.astimezone(UTC) if aware else value
    text = datetime(*plain.timetuple()[:6], plain.microsecond).isoformat()
    hours = value.utcoffset() if aware else None
    return {"t": "moment", "v": [text, None if hours is None else hours.total_seconds()]}


class Decoder:
    """Builds values from JSON that may come from anyone."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.shared: list[Any] = []

    def value(self, data: Any) -> Any:
        """The value. Raises BadValue, whatever is wrong with it."""
        try:
            return self._value(data)
        except BadValue:
            raise
        except RecursionError:
            raise BadValue("La valeur est trop imbriquée.") from None
        except Exception as error:
            raise BadValue(f"La valeur n'est pas lisible ({type(error).__name__}).") from None

    def _value(self, data: Any) -> Any:
        if isinstance(data, list):
            made: list[Any] = []
            self.shared.append(made)
            made.extend(self._value(one) for one in data)
            return made
        if not isinstance(data, dict):
            return data
        tag: str = str(data["t"])
        content: Any = data.get("v")
        if tag == "dict":
            pairs: dict[Any, Any] = {}
            self.shared.append(pairs)
            for key, one in content:
                name = self._value(key)
                pairs[name] = self._value(one)
            return pairs
        if tag in _SORTS:
            return _SORTS[tag](self._value(one) for one in content)
        if tag in _SCALARS:
            return _SCALARS[tag](content)
        return self.build(tag, content, self)

    def reserve(self) -> int:
        """A place in `shared`, before what is inside is read."""
        self.shared.append(None)
        return len(self.shared) - 1


def _read_moment(content: Any) -> datetime:
    from datetime import timezone

    moment = datetime.fromisoformat(content[0])
    if content[1] is None:
        return moment
    zone = UTC if content[1] == 0 else timezone(timedelta(seconds=content[1]))
    return moment.replace(tzinfo=UTC).astimezone(zone)


_SORTS: dict[str, Callable[[Any], Any]] = {"tuple": tuple, "set": set, "frozenset": frozenset}
_SCALARS: dict[str, Callable[[Any], Any]] = {
    "int": lambda text: int(text, 16),
    "float": float,
    "bytes": lambda text: base64.b64decode(text),
    "moment": _read_moment,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "delta": lambda parts: timedelta(*parts),
    "decimal": Decimal,
    "path": Path,
    "ellipsis": lambda _: ...,
}
