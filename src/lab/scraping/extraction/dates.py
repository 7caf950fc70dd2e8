"""Dates of pages: many writings, often without a time zone.

The zone of a date, in this order: written in it; the country of the host's last label
(``.be``); the region of the language (``fr-BE``); the language's main country (``fr``:
Europe/Paris); else UTC. A country with several zones counts as its press does (``en-US``:
New York, ``fr-CA``: Toronto).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

import dateparser  # type: ignore[import-untyped]

COUNTRIES = {
    "fr": "Europe/Paris", "be": "Europe/Brussels", "ch": "Europe/Zurich", "lu": "Europe/Luxembourg",
    "mc": "Europe/Monaco", "ca": "America/Toronto", "re": "Indian/Reunion", "pf": "Pacific/Tahiti",
    "nc": "Pacific/Noumea", "ma": "Africa/Casablanca", "dz": "Africa/Algiers",
    "tn": "Africa/Tunis", "sn": "Africa/Dakar", "uk": "Europe/London", "gb": "Europe/London",
    "ie": "Europe/Dublin", "us": "America/New_York", "au": "Australia/Sydney",
    "nz": "Pacific/Auckland", "za": "Africa/Johannesburg", "de": "Europe/Berlin",
    "at": "Europe/Vienna", "es": "Europe/Madrid", "it": "Europe/Rome", "pt": "Europe/Lisbon",
    "nl": "Europe/Amsterdam", "br": "America/Sao_Paulo", "mx": "America/Mexico_City",
}  # fmt: skip
# A language names a country of its own only where most of its press is.
LANGUAGES = {"fr": "fr", "de": "de", "es": "es", "it": "it", "nl": "nl", "pt": "pt"}
OLDEST = 1600  # Gutenberg's presses are older, newspapers are not: 0001-01-01 is an empty field
FUTURE = timedelta(days=366)  # an embargo may be announced, a date in 2099 is a mistake

_DIGITS = re.compile(r"\d{10}(?:\d{3})?")
_HOURS = re.compile(r"(\d{1,2})\s*[hH]\s*(\d{2})?(?![a-z])")
_MONTHS = (
    r"(?:janv|févr|fevr|mars|avr|mai|juin|juil|août|aout|sept|oct|nov|déc|dec|jan|feb|mar|apr|may"
    r"|jun|jul|aug|sep)[a-zéû]*\.?"
)
_TIME = r"(?:[\s,–—-]*(?:à|a|at|@)?\s*(\d{1,2}\s*[h:]\s*(?:\d{2})?(?:\s*[ap]\.?m\.?)?))?"
_WRITTEN = re.compile(
    rf"(\d{{1,2}}(?:er|st|nd|rd|th)?\s+{_MONTHS},?\s+\d{{4}}|{_MONTHS}\s+\d{{1,2}},?\s+\d{{4}}"
    rf"|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{4}}){_TIME}",
    re.IGNORECASE,
)
_MODIFIED = re.compile(
    r"(?:mise?s? à jour|modifiée?|actualisée?|updated|modified|edited)\b\s*:?", re.IGNORECASE
)
_HOUR_ONLY = re.compile(r"^\W*(?:à|at)?\s*(\d{1,2})\s*[h:]\s*(\d{2})?", re.IGNORECASE)


def zone_of(language: str | None, host: str) -> ZoneInfo:
    """Return the zone in which a site writes its dates (see the module's rule)."""
    name, _, region = (language or "").replace("_", "-").lower().partition("-")
    country = host.rsplit(".", 1)[-1]
    for known in (country, region.split("-")[-1], LANGUAGES.get(name, "")):
        if known in COUNTRIES:
            return ZoneInfo(COUNTRIES[known])
    return ZoneInfo("UTC")


def read(written: object) -> datetime | None:
    """Return a machine-readable date (ISO 8601, RFC 5322, epoch), naive when it has no zone.

    None for anything else, and for the dates that mean "unknown" (epoch 0, year 1, year 2099).
    """
    if not isinstance(written, str | int) or isinstance(written, bool):
        return None
    text = re.sub(r"\s+", " ", str(written)).strip()
    if _DIGITS.fullmatch(text):
        seconds = int(text[:10])
        return _possible(datetime.fromtimestamp(seconds, UTC))
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return _possible(parse(text))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _possible(moment: datetime) -> datetime | None:
    if moment.replace(tzinfo=None) == datetime(1970, 1, 1) or moment.year < OLDEST:
        return None
    latest = datetime.now(UTC) + FUTURE
    return None if moment.replace(tzinfo=None) > latest.replace(tzinfo=None) else moment


def day_only(moment: datetime) -> bool:
    """Tell whether a date seems to be a day without an hour."""
    return not (moment.hour or moment.minute or moment.second or moment.microsecond)


def read_text(written: object, language: str | None) -> datetime | None:
    """Return a date written for people (``lun 02/03/2026 - 14:05``), or None."""
    if not isinstance(written, str) or not 6 <= len(written.strip()) <= 80:
        return None
    text = _HOURS.sub(lambda found: f"{found[1]}:{found[2] or '00'}", written.strip())
    name = (language or "fr").split("-")[0].lower()
    try:
        moment = dateparser.parse(
            text,
            languages=list(dict.fromkeys((name if name in LANGUAGES else "en", "en"))),
            settings={"STRICT_PARSING": True, "DATE_ORDER": "MDY" if name == "en" else "DMY"},
        )
    except (ValueError, OverflowError):
        return None
    return None if moment is None else _possible(moment)


def in_sentence(sentence: str, language: str | None) -> tuple[datetime | None, datetime | None]:
    """Return (published, modified) of ``Publié le 3 mars 2026 à 7 h 45, mis à jour à 9h10``."""
    modified_at = _MODIFIED.search(sentence)
    cut = modified_at.start() if modified_at else len(sentence)
    published = _found(sentence[:cut], language)
    if modified_at is None:
        return published, None
    rest = sentence[modified_at.end() :]
    modified = _found(rest, language)
    hour = _HOUR_ONLY.match(rest)
    if modified is None and published and hour:
        try:
            modified = published.replace(hour=int(hour[1]), minute=int(hour[2] or 0))
        except ValueError:
            modified = None
    return published, modified


def _found(text: str, language: str | None) -> datetime | None:
    found = _WRITTEN.search(text)
    return read_text(found[0].strip(" ,–—-"), language) if found else None


def localised(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return an aware date: its own zone, or the site's."""
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
