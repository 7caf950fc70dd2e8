"""Rows to Parquet, one row group at a time: memory holds one group, whatever the file's size.

A Parquet file has one schema, written at its first row group. Columns come from the classes of
the items in that group (`Record`) or from their values. What does not fit afterwards is never
lost: it goes, as JSON, to the column `EXTRA`. Dicts and mixed lists are JSON texts too (a
struct would silently drop the keys it does not know); `read` gives them back as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import IO, Any

import orjson
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import parquet

from lab.scraping import cleaning
from lab.scraping.items import Record

GROUP_ROWS, GROUP_BYTES = 5_000, 16 * 2**20  # of one row group, whichever comes first
COLLECTION, EXTRA = "_collection", "_extra"
DATE = pa.timestamp("ms", tz="UTC")
TEXTS = pa.list_(pa.string())
AS_JSON = {b"lab": b"json"}  # metadata of a column whose texts are JSON

BY_CLEANER: Mapping[Callable[[Any], Any], pa.DataType] = {
    cleaning.moment: DATE,
    cleaning.number: pa.float64(),
    cleaning.count: pa.int64(),
    cleaning.texts: TEXTS,
    **dict.fromkeys(
        (
            *(cleaning.short, cleaning.medium, cleaning.long, cleaning.address),
            *(cleaning.language, cleaning.currency, cleaning.availability),
        ),
        pa.string(),
    ),
}
BY_TYPE: Mapping[type, pa.DataType] = {
    str: pa.string(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    datetime: DATE,
}


class Rows:
    """Writes rows to a binary file, which is left open and complete after `close`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._rows: list[dict[str, Any]] = []
        self._kinds: dict[type[Record], None] = {}
        self._size = 0
        self._schema: pa.Schema | None = None
        self._writer: parquet.ParquetWriter | None = None

    def add(self, row: dict[str, Any], size: int, kind: type[Record] | None = None) -> None:
        """Add one row of plain values; `size` (bytes of its JSON) bounds the row group."""
        self._rows.append(row)
        self._size += size
        if kind is not None:
            self._kinds[kind] = None
        if len(self._rows) >= GROUP_ROWS or self._size >= GROUP_BYTES:
            self._write_group()

    def close(self) -> None:
        """Write the last group and the footer."""
        if self._rows or self._writer is None:
            self._write_group()
        if self._writer is not None:
            self._writer.close()

    def _write_group(self) -> None:
        if self._schema is None or self._writer is None:
            self._schema = schema_of(self._kinds, self._rows)
            self._writer = parquet.ParquetWriter(self._file, self._schema, compression="zstd")
        rows = [fit(row, self._schema) for row in self._rows]
        self._writer.write_table(pa.Table.from_pylist(rows, schema=self._schema))
        self._rows, self._size = [], 0


def schema_of(kinds: Mapping[type[Record], None], rows: list[dict[str, Any]]) -> pa.Schema:
    """Return the columns of these classes, then those that the rows add."""
    columns: dict[str, pa.Field] = {COLLECTION: pa.field(COLLECTION, pa.string())}
    for kind in kinds:
        for one in fields(kind):
            known = BY_CLEANER.get(one.metadata.get("clean"))  # type: ignore[arg-type]
            if one.name in ("id", "url", "canonical_url", "spider"):
                known = pa.string()
            if known is not None:
                columns.setdefault(one.name, pa.field(one.name, known))
    for row in rows:
        for name, value in row.items():
            if name not in columns and value is not None and value != []:
                columns[name] = column(name, value)
    for row in rows:  # never filled in this group: a text, as most are
        for name in row:
            columns.setdefault(name, pa.field(name, pa.string()))
    columns.setdefault(EXTRA, pa.field(EXTRA, pa.string()))
    return pa.schema(list(columns.values()))


def column(name: str, value: Any) -> pa.Field:
    """Return the column that a first value asks for. Numbers are wide: 12 may precede 12.5."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return pa.field(name, TEXTS)
    kind = pa.float64() if type(value) is int else BY_TYPE.get(type(value))
    return pa.field(name, pa.string(), metadata=AS_JSON) if kind is None else pa.field(name, kind)


def fit(row: Mapping[str, Any], schema: pa.Schema) -> dict[str, Any]:
    """Return a row that the schema takes; what it has no room for is JSON in `EXTRA`."""
    fitted: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in row.items():
        place = schema.get_field_index(name)
        if value is None:
            continue
        if place < 0:
            extra[name] = value
            continue
        one = schema.field(place)
        if one.metadata == AS_JSON:
            fitted[name] = orjson.dumps(value).decode()
        elif accepts(one.type, value):
            fitted[name] = value
        else:
            extra[name] = value
    if extra:
        fitted[EXTRA] = orjson.dumps(extra).decode()
    return fitted


def accepts(kind: pa.DataType, value: Any) -> bool:
    """Tell whether a column takes a value as it is."""
    if kind == TEXTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind == pa.float64():
        exact = type(value) is int and abs(value) <= 2**53
        return exact or type(value) is float
    return bool(BY_TYPE.get(type(value)) == kind)


def read(file: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file (or a path) as they were added; absent values are left out."""
    source = parquet.ParquetFile(file)
    json_columns = {f.name for f in source.schema_arrow if f.metadata == AS_JSON}
    for batch in source.iter_batches(batch_size=1000):
        for row in batch.to_pylist():
            found = {
                name: orjson.loads(value) if name in json_columns else value
                for name, value in row.items()
                if value is not None
            }
            found.update(orjson.loads(found.pop(EXTRA, "{}")))
            yield found
