"""The students' CHANGELOG.rst: what is already published stays as it was published."""

from __future__ import annotations

import re
import time

PATH = "CHANGELOG.rst"
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
TITLE_OF_CHANGES = "Dans les dossiers du cours :"
_TITLE = re.compile(r"^(\d+\.\d+\.\d+)\b[^\n]*\n=+\n", re.MULTILINE)


def compose(instructors: str, published: str, version: str, changes: str, now: float) -> str:
    """Return the CHANGELOG of a release.

    `instructors`: that of the instructors' branch, whose sections not published yet come first (the
    one of `version` is added when it is absent); `published`: that of the previous release;
    `changes`: what changed in the notebooks, added to the section of `version`; `now`: the date,
    in seconds since 1970, for the title of an added section.
    """
    header, fresh = split(instructors)
    _, known = split(published)
    if version not in fresh:
        day = time.localtime(now)
        title = f"{version} ({MONTHS[day.tm_mon - 1]} {day.tm_year})"
        fresh = {version: f"{title}\n{'=' * len(title)}\n", **fresh}
    if changes:
        fresh[version] = f"{fresh[version].rstrip()}\n\n{TITLE_OF_CHANGES}\n\n{changes}\n"
    unknown = {one: text for one, text in fresh.items() if one not in known}
    sections = {**unknown, **known, version: fresh[version]}
    return "\n\n".join(text.strip() for text in (header, *sections.values())) + "\n"


def section(text: str, version: str) -> str:
    """Return what a CHANGELOG says of a version, its title left out; "" when it says nothing."""
    found = split(text)[1].get(version, "")
    return _TITLE.sub("", found, count=1).strip()


def split(text: str) -> tuple[str, dict[str, str]]:
    """Return (what comes before, {version: its section, title included})."""
    starts = [*_TITLE.finditer(text)]
    ends = [*(match.start() for match in starts), len(text)][1:]
    header = text[: starts[0].start()] if starts else text
    found = zip(starts, ends, strict=True)
    return header, {match[1]: text[match.start() : end] for match, end in found}
