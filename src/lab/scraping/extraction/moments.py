"""When an article was published and modified, from every place a page may say it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from lab.scraping.extraction import dates
from lab.scraping.extraction.page import BESIDE
from lab.scraping.extraction.reader import Reader, named
from lab.scraping.extraction.values import first

PUBLISHED = (
    "article:published_time", "article:published", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "dc.date.issued",
    "dcterms.created", "dc.date", "dcterms.date", "date", "pubdate", "publish-date",
    "publication_date",
)  # fmt: skip
MODIFIED = (
    "article:modified_time", "article:modified", "og:updated_time", "datemodified", "last-modified",
    "dcterms.modified", "lastmod",
)  # fmt: skip
DATELINES = (
    "date", "dates", "publication", "published", "publie", "meta", "info", "posted-on",
    "submitted", "timestamp",
)  # fmt: skip


def moments(reader: Reader) -> tuple[datetime | None, datetime | None]:
    """Return (published, modified), aware.

    Machine-readable dates come first, then those written for people.
    """
    published = _date(
        reader, "published", ("datePublished", "uploadDate", "dateCreated"), PUBLISHED
    )
    modified = _date(reader, "modified", ("dateModified",), MODIFIED)
    if published is None:
        published, changed = _sentence(reader)
        modified = modified or changed
    if modified and published and modified < published:
        modified = None  # a publishing system's default, not a date
        reader.provenance.pop("modified", None)
    return published, modified


def _date(
    reader: Reader, field: str, keys: tuple[str, ...], metas: tuple[str, ...]
) -> datetime | None:
    written = [(s, first(node.get(key))) for s, node in reader.sources for key in keys]
    for name in metas:
        source = "opengraph" if ":" in name and not name.startswith("cx") else "meta"
        written += [(source, value) for value in reader.page.metas.get(name, ())[:1]]
    read = [(source, moment) for source, value in written if (moment := dates.read(value))]
    if not read or read[0][1].tzinfo is None or dates.day_only(read[0][1]):
        # The page's own elements may say more; else they are not even looked for.
        shown = [("html", value) for value in _times(reader, field)]
        written += shown
        read += [(source, moment) for source, value in shown if (moment := dates.read(value))]
    if not read:
        read = [
            (source, moment)
            for source, value in written
            if (moment := dates.read_text(value, reader.language))
        ]
    if not read:
        return None
    source, moment = _most_precise(reader.zone, read)
    reader.provenance[field] = source
    return dates.localised(moment, reader.zone)


def _most_precise(zone: ZoneInfo, read: list[tuple[str, datetime]]) -> tuple[str, datetime]:
    """Return the first date, or one that says the same with an hour or a zone more."""
    best = read[0]
    for other in read[1:]:
        mine, its = best[1], other[1]
        wall = its.astimezone(zone) if its.tzinfo else its
        hour_more = dates.day_only(mine) and not dates.day_only(its) and wall.date() == mine.date()
        same_clock = its.replace(tzinfo=None, microsecond=0) == mine.replace(
            tzinfo=None, microsecond=0
        )
        zone_more = mine.tzinfo is None and its.tzinfo is not None and same_clock
        if hour_more or zone_more:
            best = other
    return best


def _times(reader: Reader, field: str) -> list[str]:
    """Return machine-readable dates of the article's own elements."""
    if reader.page.root is None:
        return []
    word = "published" if field == "published" else "modified"
    other = "[not(contains(@class,'published'))]" if field == "modified" else ""
    french = "publie" if word == "published" else "updated"
    classes = f"contains(@class,'{word}') or contains(@class,'{french}')"
    scope = reader.page.scope
    found = [
        *reader.page.texts(f"{scope}//time[{classes}]{other}/@datetime"),
        *reader.page.texts(f"{scope}//*[{classes}]{other}//time/@datetime"),
        *reader.page.texts(f"{scope}//abbr[{classes}]/@title"),
        *reader.page.texts(f"//*[contains(@property,'date{word.capitalize()}')]/@content"),
    ]
    if field == "published" and not found:
        plain_times = reader.page.texts(f"{scope}//time[not({BESIDE})]/@datetime")
        found = plain_times[:1] if len(set(plain_times)) == 1 else []
    return found


def _sentence(reader: Reader) -> tuple[datetime | None, datetime | None]:
    """Read « Publié le mardi 3 mars 2026 à 7 h 45, mis à jour à 9h10 » near the title."""
    if reader.page.root is None:
        return None, None
    lines = reader.page.texts(f"{reader.page.scope}//*[{named(*DATELINES)}][not({BESIDE})]")
    lines += reader.page.texts(
        f"{reader.page.scope}//*[self::p or self::span or self::div or self::i or self::small]"
        "[contains(.,'ubli') or contains(.,'pdated')][string-length(.)<200]"
    )
    for line in lines:
        published, modified = (
            dates.in_sentence(line, reader.language) if len(line) < 200 else (None, None)
        )
        if published:
            reader.provenance["published"] = "html"
            if modified:
                reader.provenance["modified"] = "html"
            return (
                dates.localised(published, reader.zone),
                dates.localised(modified, reader.zone) if modified else None,
            )
    return None, None
