"""Read the values of a schema.org object: texts, names, addresses, lists of keywords."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urljoin

from w3lib.html import remove_tags, remove_tags_with_content

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_BREAKS = re.compile(r"(?i)<br\s*/?>|</(?:p|div|h[1-6]|li|blockquote|section|ul|ol)\s*>")


def several(value: Any) -> list[Any]:
    """Return a list, whatever schema.org's author wrote: nothing, one value or many."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def first(value: Any) -> Any:
    """Return the first value that is something, or None."""
    return next((one for one in several(value) if one not in (None, "", [], {})), None)


def decoded(text: str) -> str:
    """Decode HTML entities, twice when a publishing system encoded them twice."""
    for _ in range(2):
        if "&" not in text:
            break
        text = html.unescape(text)
    return text


def plain(value: Any) -> str | None:
    """Return one line of text without tags, or None. Objects give their name."""
    value = first(value)
    if isinstance(value, dict):
        value = first(value.get("name")) or first(value.get("@value"))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = decoded(str(value))
    if _TAG.search(text):
        text = remove_tags(_BREAKS.sub(" ", remove_tags_with_content(text, ("script", "style"))))
    return re.sub(r"[ \t\r\n]+", " ", text).strip() or None


def paragraphs(value: Any) -> list[str]:
    """Return the lines of a text that may be HTML, tags removed, entities decoded."""
    value = first(value)
    if not isinstance(value, str):
        return []
    if _TAG.search(value):
        value = re.sub(r"[\r\n]+", " ", value)
        value = _BREAKS.sub("\n", remove_tags_with_content(value, ("script", "style")))
        value = remove_tags(value)
    lines = (re.sub(r"[ \t\r]+", " ", line).strip() for line in decoded(value).split("\n"))
    return [line for line in lines if line]


def names(value: Any) -> list[str]:
    """Return the names of persons, organisations, brands or terms: texts or objects."""
    found: list[str] = []
    for one in several(value):
        if isinstance(one, dict):
            found += names(one.get("name"))
        elif text := plain(one):
            found.append(text)
    return found


def address(value: Any, base: str) -> str | None:
    """Return the absolute http(s) address of an image or page: text, object or list."""
    value = first(value)
    if isinstance(value, dict):
        inside = (value.get(name) for name in ("url", "contentUrl", "@id"))
        return next((found for one in inside if (found := address(one, base))), None)
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        whole = urljoin(base, html.unescape(value.strip()))
    except ValueError:
        return None
    return whole if whole.lower().startswith(("http://", "https://")) else None


def keywords(value: Any) -> list[str]:
    """Return distinct keywords: a list, a comma string, or a list holding comma strings.

    Prefixed machine words are dropped (``Lite:true``) or unwrapped (``Tag:Cities``).
    """
    words = [word.strip() for text in names(value) for word in re.split(r"[,;]", text)]
    kept: dict[str, str] = {}
    for word in words:
        prefix, mark, rest = word.partition(":")
        if mark and rest and not rest.startswith((" ", "\u00a0")) and prefix.isalpha():
            if prefix.lower() != "tag":
                continue
            word = rest
        if word:
            kept.setdefault(word.casefold(), word)
    return list(kept.values())
