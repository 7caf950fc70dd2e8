"""Rows to Parquet: one schema, bounded memory, nothing lost."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pyarrow.parquet as pq

from lab.scraping import parquet
from lab.scraping.items import Article, as_record, clean


def written(rows, kind=None):
    file = io.BytesIO()
    table = parquet.Rows(file)
    for row in rows:
        table.add(row, 100, kind)
    table.close()
    file.seek(0)
    return file


def test_columns_come_from_the_class_even_when_every_value_is_absent():
    item = clean(Article(url="https://a.example/1", title="T"))
    schema = pq.read_schema(written([as_record(item)], Article))
    types = {name: str(schema.field(name).type) for name in schema.names}
    assert types["published"] == types["scraped_at"] == "timestamp[ms, tz=UTC]"
    assert types["tags"] == "list<element: string>"
    assert types["body"] == "string"


def test_what_comes_back_is_what_went_in():
    rows = [
        {"a": 1, "b": "x", "c": [1, "x"], "d": {"k": [None]}, "t": ["u"], "v": True},
        {"a": 2.5, "b": 7, "neuf": "y", "t": ["u", 3], "w": datetime(2026, 1, 2, tzinfo=UTC)},
        {"a": 2**60},
    ]
    assert list(parquet.read(written(rows))) == rows


def test_a_row_that_the_schema_does_not_know_is_kept_after_the_first_group(monkeypatch):
    monkeypatch.setattr(parquet, "GROUP_ROWS", 2)
    rows = [{"a": "x"}, {"a": "y"}, {"a": "z", "plus": {"n": 1}}, {"a": 3}]
    file = written(rows)
    assert pq.ParquetFile(file).num_row_groups == 2
    assert list(parquet.read(file)) == rows


def test_row_groups_are_bounded_in_bytes(monkeypatch):
    monkeypatch.setattr(parquet, "GROUP_BYTES", 1000)
    assert pq.ParquetFile(written([{"a": n} for n in range(50)])).num_row_groups == 5


def test_an_empty_file_is_a_parquet_file():
    assert list(parquet.read(written([]))) == []
