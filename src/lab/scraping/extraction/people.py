"""Names of authors, out of what bylines say: « Par Lise Arnoult et Karim Benhaddou »."""

from __future__ import annotations

import re
from typing import Any

from lab.scraping.extraction.values import names, plain, several

_BEGINNING = re.compile(
    r"^(?:(?:écrit|publié|rédigé|posté|texte|texte et photos|propos recueillis|written|posted|"
    r"published)\s+)?(?:par|by)\s*:?\s+|^(?:auteur|autrice|author)s?\s*:\s*",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"\s*[,;|/•]\s*|\s+(?:et|and|avec|with|&)\s+", re.IGNORECASE)
_NAME = re.compile(r"^[^\W\d_][\w.’'\- \u00a0]{1,60}$")
# What publishing systems write when nobody signed.
NOBODY = frozenset(
    {"admin", "administrator", "administrateur", "super user", "webmaster", "author", "auteur",
     "unknown", "anonymous", "anonyme", "none", "null", "root", "user"}
)  # fmt: skip
_ORGANISATIONS = ("Organization", "NewsMediaOrganization", "Corporation")


def split(byline: str) -> list[str]:
    """Return the names of a byline; a name that cannot be cut safely stays whole."""
    text = _BEGINNING.sub("", byline.strip()).strip(" .,-–—|")
    if not text or "@" in text or "://" in text or text.casefold() in NOBODY:
        return []
    parts = [part.strip() for part in _SEPARATORS.split(text) if part.strip()]
    people = [part for part in parts if _NAME.match(part) and part[0].isupper()]
    # « Jean Dupont, correspondant à Lyon »: what starts in lower case is a role, not a person.
    roles = [part for part in parts if part[0].islower()]
    if len(parts) > 1 and len(people) + len(roles) == len(parts) and people:
        return people
    return [text] if len(text) <= 200 else []


def authors(value: Any) -> list[str]:
    """Return the distinct authors of a schema.org value: texts, persons, organisations."""
    found: list[str] = []
    for one in several(value):
        if isinstance(one, dict):
            kinds = several(one.get("@type"))
            whole = names(one.get("name")) or names(one.get("alternateName"))
            if not whole and "givenName" in one:
                parts = (plain(one.get("givenName")), plain(one.get("familyName")))
                whole = [" ".join(part for part in parts if part)]
            company = any(str(kind).endswith(_ORGANISATIONS) for kind in kinds)
            found += whole if company else [name for text in whole for name in split(text)]
        elif text := plain(one):
            found += split(text)
    return distinct(found)


def distinct(found: list[str]) -> list[str]:
    """Return names once each, whatever their capitals."""
    kept: dict[str, str] = {}
    for name in found:
        kept.setdefault(name.casefold(), name)
    return list(kept.values())
