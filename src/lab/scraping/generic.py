"""Any other item a student yields (dict, dataclass, attrs, scrapy.Item, pydantic) made storable.

`plain` turns a value into what MongoDB, Elasticsearch and JSON all know: texts, 64-bit
integers, finite numbers, booleans, aware dates, lists and dicts. What has no such form is
refused with a reason; nothing is guessed. Limits are those of the stores: 16 MiB per BSON
document, and far below Elasticsearch's defaults for depth (20) and fields (1,000).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from itemadapter import ItemAdapter

from lab.scraping import cleaning

DEPTH = 16  # dicts and lists inside one another
FIELDS = 500  # names in one document, at all levels
NAME = 200  # characters of a field's name
ELEMENTS = 100_000  # values in one document
SIZE = 12_000_000  # bytes of one document, under BSON's 16 MiB


class Refused(ValueError):
    """A value that no store can hold: `path` (a field) and a French reason."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path


def document(item: Any) -> dict[str, Any]:
    """Return the fields of any item as plain values. Raises Refused."""
    return _Cleaner().mapping(ItemAdapter(item), "", 0)


def plain(value: Any) -> Any:
    """Return one value in the form that every store can write. Raises ValueError."""
    return _Cleaner().value(value, "", 0)


def field_name(name: object) -> str:
    """Return a name that is a field in every store.

    Dots become underscores (they are paths in MongoDB and Elasticsearch); ``$`` and ``_`` at
    the beginning go (operators of MongoDB, metadata of Elasticsearch: ``$where``, ``_id``,
    ``__proto__``); nothing left becomes ``champ``.
    """
    written = cleaning.text(str(name)) or ""
    if len(written) > NAME:
        raise ValueError(f"nom de champ trop long : {len(written)} caractères, {NAME} au plus")
    cleaned = written.replace(".", "_").lstrip("$_ ")
    if written.startswith("_"):
        cleaned = cleaned.rstrip("_")
    return cleaned or "champ"


class _Cleaner:
    """One document: counts what it is made of, so that its size is bounded."""

    def __init__(self) -> None:
        self._fields = self._elements = self._size = 0

    def mapping(self, values: Mapping[Any, Any], path: str, depth: int) -> dict[str, Any]:
        """Clean names and values; two names that become one are refused."""
        cleaned: dict[str, Any] = {}
        for key, value in values.items():
            try:
                name = field_name(key)
            except ValueError as error:
                raise Refused(path or str(key)[:40], str(error)) from error
            here = f"{path}.{name}" if path else name
            if name in cleaned:
                raise Refused(here, "deux champs portent ce nom une fois nettoyé")
            self._fields += 1
            if self._fields > FIELDS:
                raise Refused(path or here, f"trop de champs : {FIELDS} au plus")
            self._measure(here, len(name))
            cleaned[name] = self.value(value, here, depth + 1)
        return cleaned

    def value(self, value: Any, path: str, depth: int) -> Any:
        """Clean one value."""
        self._elements += 1
        if self._elements > ELEMENTS:
            raise Refused(path, f"trop de valeurs : {ELEMENTS} au plus")
        if depth > DEPTH:
            raise Refused(path, f"trop de niveaux imbriqués : {DEPTH} au plus")
        if isinstance(value, list | tuple):
            return [self.value(one, path, depth + 1) for one in value]
        if isinstance(value, set | frozenset):
            several = [self.value(one, path, depth + 1) for one in value]
            return sorted(several, key=lambda one: (type(one).__name__, str(one)))
        for kind, convert in _SCALARS.items():
            if isinstance(value, kind):
                try:
                    scalar = convert(value)
                except ValueError as error:
                    raise Refused(path, str(error)) from error
                self._measure(path, len(scalar.encode()) if isinstance(scalar, str) else 8)
                return scalar
        if isinstance(value, Mapping):
            return self.mapping(value, path, depth)
        if ItemAdapter.is_item(value):
            return self.mapping(ItemAdapter(value), path, depth)
        raise Refused(path, f"aucun dépôt ne sait ranger une valeur {type(value).__name__}")

    def _measure(self, path: str, size: int) -> None:
        self._size += size
        if self._size > SIZE:
            raise Refused(path, f"document trop gros : {SIZE // 1_000_000} Mo au plus")


def _text(value: str) -> str:
    if len(value) > cleaning.LONG:
        raise ValueError(f"texte trop long : {len(value)} caractères, {cleaning.LONG} au plus")
    return cleaning.writable(str(value))


def _bytes(value: bytes | bytearray | memoryview) -> str:
    try:
        return _text(bytes(value).decode())
    except UnicodeDecodeError:
        raise ValueError("octets qui ne sont pas du texte : gardez-les dans un fichier") from None


def _integer(value: int) -> int | str:
    if value.bit_length() > 4000:
        raise ValueError("nombre de plus de mille chiffres")
    # Over 64 bits a number is a name (a bar code, a message): its digits matter, not its sum.
    return int(value) if -(2**63) <= value < 2**63 else str(int(value))


def _number(value: float | Decimal) -> float | None:
    amount = float(value)
    if math.isnan(amount):  # how pandas and numpy write « absent »
        return None
    if math.isinf(amount):
        raise ValueError("un nombre infini ne se range pas")
    return amount


_SCALARS: Mapping[Any, Callable[[Any], Any]] = {
    Enum: lambda value: plain(value.value),
    str: _text,
    bool: bool,
    int: _integer,
    float: _number,
    type(None): lambda value: None,
    datetime: cleaning.moment,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: timedelta.total_seconds,
    Decimal: _number,
    bytes | bytearray | memoryview: _bytes,
    UUID | PurePath: lambda value: _text(str(value)),
}
