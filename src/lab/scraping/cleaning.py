"""Turn what pages say into clean values: text, addresses, dates, prices.

Every function returns the clean value, ``None`` when there is nothing, or raises
`ValueError` with a short French reason when there is something that cannot be understood:
a wrong value is worse than a missing one.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from w3lib.html import replace_entities
from w3lib.url import canonicalize_url, url_query_cleaner

LOCAL_ZONE = ZoneInfo("Europe/Paris")
DEFAULT_PORTS = {"http": 80, "https": 443}
# Parameters that follow the reader, not the page (Google, Facebook, Microsoft, newsletters).
TRACKING = (
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id"),
    *("gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "igshid"),
    *("mc_cid", "mc_eid", "xtor", "at_medium", "at_campaign"),
)

# Control characters have no place in a text, except tab and line ends.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
# No-break spaces are meant (French puts them before « : » and in numbers): they are kept.
_BLANKS = re.compile(r"[ \t]+")
# What makes it necessary to tidy blanks line by line (`in` is faster than one expression).
_UNTIDY = ("  ", "\n ", " \n", "\n\n\n", "\t")
# An address that is canonical already, as most are: nothing below would change it.
_CANONICAL = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*"
    r"(?::(?!80/|443/)(?:[1-9][0-9]{1,3}|[1-5][0-9]{4}))?/[A-Za-z0-9/._~-]*"
)
LONG = 1_000_000  # characters of a body: larger is a trap, not an article
MEDIUM = 5_000
SHORT = 1_000
_NUMBER = re.compile(
    r"[-+]?\d{1,3}(?:[ \u00a0\u202f.,']\d{3})+(?:[.,]\d{1,2})?|[-+]?\d+(?:[.,]\d+)?"
)


def canonical_url(url: str) -> str:
    """Return the one address under which a page is known.

    Scheme and host in lower case, default port, user name, fragment and tracking parameters
    removed, query sorted, percent-encoding normalised (`w3lib.url.canonicalize_url`), an
    empty path written ``/``. The path's case and its last slash are kept: they can matter.
    Idempotent. Raises ValueError when it is not an absolute http(s) address.
    """
    text = url.strip() if isinstance(url, str) else ""
    if _CANONICAL.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise ValueError(f"adresse illisible : {text[:80]!r}") from error
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not host:
        raise ValueError(f"adresse http(s) absolue attendue : {text[:80]!r}")
    netloc = f"[{host}]" if ":" in host else host
    if port and port != DEFAULT_PORTS[scheme]:
        netloc = f"{netloc}:{port}"
    bare = urlunsplit((scheme, netloc, parts.path or "/", parts.query, ""))
    if parts.query:
        bare = url_query_cleaner(bare, TRACKING, remove=True)
    return canonicalize_url(bare)


def text(value: object, *, lines: bool = False, limit: int = 0) -> str | None:
    """Return a readable text: HTML entities decoded, NFC, no control character, tidy blanks.

    `lines` keeps line ends (at most one empty line in a row); `limit` is a length in
    characters. Lone surrogates become U+FFFD, so that every store can write the value.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"texte attendu, reçu {type(value).__name__}")
    whole = writable(replace_entities(value) if "&" in value else value)
    if not lines:
        whole = _BLANKS.sub(" ", whole.replace("\n", " ")).strip()
    elif any(untidy in whole for untidy in _UNTIDY):
        kept = "\n".join(_BLANKS.sub(" ", line).strip(" ") for line in whole.split("\n"))
        whole = re.sub(r"\n{3,}", "\n\n", kept).strip()
    else:
        whole = whole.strip()
    if limit and len(whole) > limit:
        raise ValueError(f"texte trop long : {len(whole)} caractères, {limit} au plus")
    return whole or None


def writable(value: str) -> str:
    """Return a text that every store can write: NFC, no control character but tab and ``\\n``.

    Lone surrogates become U+FFFD. Blanks and HTML entities are left as they are.
    """
    # Most texts are clean already: the tests below cost far less than rewriting them.
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if not unicodedata.is_normalized("NFC", value):
            value = unicodedata.normalize("NFC", value)
    # No-break spaces and line ends are « not printable », but welcome.
    if value.replace("\n", "").replace("\u00a0", "").replace("\u202f", "").isprintable():
        return value
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", value) if _CONTROLS.search(value) else value


def texts(values: object, *, limit: int = 1000) -> list[str]:
    """Return the distinct clean texts of a list (or of one text), in their order."""
    if values is None:
        return []
    several: Iterable[object] = [values] if isinstance(values, str) else values  # type: ignore[assignment]
    if not isinstance(several, list | tuple | set):
        raise ValueError(f"liste de textes attendue, reçu {type(values).__name__}")
    cleaned = (text(value, limit=limit) for value in several)
    return list(dict.fromkeys(value for value in cleaned if value))


def moment(value: object) -> datetime | None:
    """Return an aware UTC date to the millisecond (what MongoDB keeps).

    Understands `datetime`, ISO 8601 (JSON-LD, OpenGraph) and RFC 5322 (RSS, HTTP). A date
    without a zone is taken as French local time, which is what French sites mean.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = _parse_date(value.strip())
    if not isinstance(value, datetime):
        raise ValueError(f"date attendue, reçu {type(value).__name__}")
    if value.tzinfo is None:
        value = value.replace(tzinfo=LOCAL_ZONE)
    try:
        value = value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"date hors limites : {value!r}") from error
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def _parse_date(written: str) -> datetime:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(written)
        except (ValueError, TypeError, IndexError):
            continue
    raise ValueError(f"date illisible : {written[:60]!r}")


def number(value: object) -> float | None:
    """Return a finite, non-negative number from `12.5`, ``"12,50 €"`` or ``"1 299,90"``.

    A group of exactly three digits after a blank, dot or comma is read as thousands only when
    the sign is repeated or followed by decimals, or is a blank: ``"1.299"`` stays 1.299, as
    JSON-LD writes it.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError(f"nombre attendu, reçu {type(value).__name__}")
    result = _parse_number(value) if isinstance(value, str) else float(value)
    if not math.isfinite(result) or result < 0:
        raise ValueError(f"nombre fini et positif attendu : {str(value)[:40]!r}")
    return result


def _parse_number(written: str) -> float:
    found = _NUMBER.findall(written)
    if len(found) != 1:
        raise ValueError(f"nombre illisible : {written[:40]!r}")
    digits = re.sub(r"[ \u00a0\u202f']", "", found[0])
    signs = [sign for sign in digits if sign in ".,"]
    if len(signs) > 1:  # the first one groups thousands
        digits = digits.replace(signs[0], "")
    try:
        return float(Decimal(digits.replace(",", ".")))
    except InvalidOperation as error:
        raise ValueError(f"nombre illisible : {written[:40]!r}") from error


def short(value: object) -> str | None:
    """Return a text of one line, of at most `SHORT` characters (a name, a category)."""
    return text(value, limit=SHORT)


def medium(value: object) -> str | None:
    """Return a text of one line, of at most `MEDIUM` characters (a title)."""
    return text(value, limit=MEDIUM)


def long(value: object) -> str | None:
    """Return a text that keeps its lines, of at most `LONG` characters (a body)."""
    return text(value, lines=True, limit=LONG)


def address(value: object) -> str | None:
    """Return the canonical form of an address, None for an empty one."""
    return canonical_url(str(value)) if value else None


def language(value: object) -> str | None:
    """Return the language alone: ``fr`` for ``fr-FR`` or ``fr_CA``."""
    code = short(value)
    return code.replace("_", "-").split("-")[0].lower() if code else None


def currency(value: object) -> str | None:
    """Return an ISO 4217 code in capitals; ``€`` is understood."""
    code = short(value)
    code = {"€": "EUR"}.get(code, code.upper()) if code else None
    if code is not None and (len(code) != 3 or not code.isascii() or not code.isalpha()):
        raise ValueError(f"code de monnaie inconnu : {code[:20]!r}")
    return code


def availability(value: object) -> str | None:
    """Return schema.org's word: ``InStock`` for ``https://schema.org/InStock``."""
    word = short(value)
    return word.rstrip("/").rsplit("/", 1)[-1] if word else None


def count(value: object) -> int | None:
    """Return a whole, non-negative number."""
    amount = number(value)
    if amount is not None and not amount.is_integer():
        raise ValueError(f"nombre entier attendu : {value!r}")
    return None if amount is None else int(amount)
