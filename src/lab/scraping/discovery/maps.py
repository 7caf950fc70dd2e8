"""Read sitemaps and feeds as they are on the Web: large, compressed, broken.

Formats: https://www.sitemaps.org/protocol.html, the news extension
(https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap), plain text,
RSS and Atom (by feedparser). A sitemap is read as a stream: 50,000 entries cost no tree.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

import feedparser  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]

from lab.scraping.cleaning import LOCAL_ZONE
from lab.scraping.extraction import dates

MOST_BYTES = 50 * 1024 * 1024  # of one file, uncompressed (the protocol's own limit)
MOST_ENTRIES = 50_000  # of one file (the protocol's own limit)
CHUNK = 64 * 1024
_YEAR_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_/.]?(0[1-9]|1[0-2])(?!\d)")
_NEWS = re.compile(r"news|actu|google|recent|latest|today|jour", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """An address found, and when it was published or changed, if the file says so."""

    url: str
    date: datetime | None = None


@dataclass
class Map:
    """What a file holds: ``index`` (of sitemaps), ``pages`` or ``feed``; "" when unreadable."""

    kind: str = ""
    entries: list[Entry] = field(default_factory=list)
    cut: bool = False  # True when a limit was reached
    news: bool = False  # a news sitemap: the last two days only


def read(body: bytes, url: str, zone: ZoneInfo = LOCAL_ZONE) -> Map:
    """Return the entries of a sitemap or feed, in their order. Never raises."""
    body, cut = unpacked(body)
    start = body[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"https?://", start):
        lines = body.decode("utf-8-sig", "replace").split()[:MOST_ENTRIES]
        written = [line for line in lines if line.startswith("http")]
        return Map("pages", [e for line in written if (e := _entry(line, None, url, zone))], cut)
    if re.search(rb"<(?:rss|feed|rdf:rdf)[\s>]", start):
        return Map("feed", list(_feed(body, url, zone)), cut)
    found = _xml(body.lstrip(b"\xef\xbb\xbf \t\r\n"), url, zone)
    found.cut = found.cut or cut
    found.news = b"schemas/sitemap-news" in start
    return found


def unpacked(body: bytes) -> tuple[bytes, bool]:
    """Return a body out of its gzip, whatever its name or headers say; True when cut short."""
    if not body.startswith(b"\x1f\x8b"):
        return body[:MOST_BYTES], len(body) > MOST_BYTES
    reader = zlib.decompressobj(wbits=31)
    try:
        whole = reader.decompress(body, MOST_BYTES)
    except zlib.error:
        # Damaged in the middle: keep what comes before, chunk by chunk.
        reader, parts = zlib.decompressobj(wbits=31), []
        for start in range(0, len(body), 1024):
            try:
                parts.append(reader.decompress(body[start : start + 1024], MOST_BYTES))
            except zlib.error:
                break
        return b"".join(parts)[:MOST_BYTES], True
    return whole, bool(reader.unconsumed_tail)


def _entry(written: str | None, date: str | None, base: str, zone: ZoneInfo) -> Entry | None:
    text = (written or "").strip()
    if not text:
        return None
    try:
        url = urljoin(base, text)
        if not urlsplit(url).hostname or urlsplit(url).scheme not in ("http", "https"):
            return None
    except ValueError:
        return None
    moment = dates.read(date) if date else None
    return Entry(url, dates.localised(moment, zone) if moment else None)


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1].lower() if isinstance(tag, str) else ""


def _xml(body: bytes, url: str, zone: ZoneInfo) -> Map:
    parser = etree.XMLPullParser(
        events=("end",), recover=True, resolve_entities=False, no_network=True, load_dtd=False
    )
    found = Map()
    for start in range(0, len(body), CHUNK):
        try:
            parser.feed(body[start : start + CHUNK])
        except etree.XMLSyntaxError:
            break
        # Not closed at the end: an entry cut in its middle must not be taken for a whole one.
        for _, element in parser.read_events():
            name = _name(element)
            if name not in ("url", "sitemap"):
                continue
            found.kind = found.kind or ("index" if name == "sitemap" else "pages")
            if entry := _of_element(element, url, zone):
                found.entries.append(entry)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            if len(found.entries) >= MOST_ENTRIES:
                found.cut = True
                return found
    return found


def _of_element(element: Any, url: str, zone: ZoneInfo) -> Entry | None:
    place = date = news = None
    for child in element:
        name = _name(child)
        if name == "loc":
            # An entity left unresolved is a child: the address is not known.
            place = None if len(child) else child.text
        elif name == "lastmod":
            date = child.text
        elif name == "news":
            news = next((c.text for c in child.iter() if _name(c) == "publication_date"), None)
    return _entry(place, news or date, url, zone)


def _feed(body: bytes, url: str, zone: ZoneInfo) -> Iterator[Entry]:
    parsed = feedparser.parse(body, response_headers={"content-location": url})
    for item in parsed.entries[:MOST_ENTRIES]:
        links = item.get("links", [])
        page = next((one.get("href") for one in links if one.get("rel") == "alternate"), None)
        place = item.get("feedburner_origlink") or page or item.get("link")
        if entry := _entry(place, item.get("published") or item.get("updated"), url, zone):
            yield entry


def newest_first(entries: list[Entry]) -> list[Entry]:
    """Return entries by date, the newest first; undated ones last, in their order."""
    return sorted(entries, key=lambda entry: -entry.date.timestamp() if entry.date else 0.0)


def sitemaps_in_order(entries: list[Entry]) -> list[Entry]:
    """Return sitemaps in reading order: news ones, then the newest, then the others."""

    def rank(entry: Entry) -> tuple[int, float]:
        path = urlsplit(entry.url).path
        written = _YEAR_MONTH.search(path)
        when = entry.date.timestamp() if entry.date else 0.0
        if written:  # /sitemap-2026-03.xml: better than a lastmod that is often today's
            when = datetime(int(written[1]), int(written[2]), 1, tzinfo=LOCAL_ZONE).timestamp()
        return (0 if _NEWS.search(path) else 1, -when)

    return sorted(entries, key=rank)
