"""Scrapy feed formats: the archive's own lines, and ``parquet`` for any feed.

``FEED_EXPORTERS`` has both once the add-on is on: ``FEEDS = {"s3://lab/x.parquet": {"format":
"parquet"}}``.
"""

from __future__ import annotations

from typing import IO, Any, cast

from scrapy.exporters import BaseItemExporter

from lab.scraping import generic
from lab.scraping.items import Document, Record, as_bytes, as_record
from lab.scraping.parquet import COLLECTION, Rows

# The archive's names for its formats, and the file names that go with them.
ARCHIVE = {"jsonl.gz": "lab-archive", "parquet": "parquet"}


class LinesExporter(BaseItemExporter):
    """One JSON line per clean item, with its collection; see `lab.scraping.archive`."""

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self.file = file

    def export_item(self, item: Any) -> None:
        """Write the line that the other stores were given too: it is made once per item."""
        name = item.collection.encode()  # a slug: nothing to escape
        self.file.write(b'{"%b":"%b",%b\n' % (COLLECTION.encode(), name, as_bytes(item)[1:]))
        note(self.file, item)


class ParquetExporter(BaseItemExporter):
    """Columns; see `lab.scraping.parquet`. Takes any item, cleaned by the add-on or not."""

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self.file, self._rows = file, Rows(file)

    def export_item(self, item: Any) -> None:
        """Add a row."""
        if isinstance(item, Record | Document):
            row = {COLLECTION: item.collection, **as_record(item)}
            kind = type(item) if isinstance(item, Record) else None
            self._rows.add(self._chosen(row), len(as_bytes(item)), kind)
            note(self.file, item)
        else:
            row = generic.document(item)
            self._rows.add(self._chosen(row), sum(len(str(value)) for value in row.values()))

    def _chosen(self, row: dict[str, Any]) -> dict[str, Any]:
        """Keep the fields that the feed's option ``fields`` asks for."""
        wanted = self.fields_to_export
        if not wanted:
            return row
        names = dict(wanted) if isinstance(wanted, dict) else dict.fromkeys(wanted)
        return {names[n] or n: row[n] for n in names if n in row}

    def finish_exporting(self) -> None:
        """Write the footer; the file stays open for its storage."""
        self._rows.close()


def note(file: IO[bytes], item: Record | Document) -> None:
    """Tell the archive's file, if it is one, what it holds."""
    noted = getattr(file, "note", None)
    if noted is not None:
        cast(Any, noted)(item)
