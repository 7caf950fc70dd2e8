"""The text of an article: what the site declares (articleBody) or what trafilatura finds.

trafilatura (https://trafilatura.readthedocs.io) finds the main text; before it, what sites put
between paragraphs is cut by its usual names (newsletter boxes, "related", pull quotes), and
what the publisher marks as not free is never read.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import trafilatura
from lxml import etree  # type: ignore[import-untyped]

from lab.scraping.extraction.schema import Node
from lab.scraping.extraction.values import paragraphs, several

ENOUGH = 250  # characters under which a slower search is worth its time
CUT_SHORT = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*$")
INSERTS = re.compile(
    r"(?:^|[\s_-])(?:newsletter|signup|sign-up|related|lire-aussi|a-lire|read-?more|read-also|catcher"
    r"|pull-?quote|support-banner|paywall(?:-\w+)?|share|sharing|social|comments?|comment-list"
    r"|respond|page-links|promo|interstitial|interstitial-link|sponsored|advert|ads?|breadcrumbs?"
    r"|spip_note_ref|tags?|byline|caption|most-read|cookie|consent)(?:$|[\s_-])",
    re.IGNORECASE,
)
SEE_ALSO = re.compile(
    r"^[\W_]*(?:[àa] )?(?:lire|voir|écouter|découvrir)(?: aussi| également)\b|"
    r"^[\W_]*(?:read|see)\s+(?:more|also)\b",
    re.IGNORECASE,
)
DATELINE = re.compile(
    r"^(?:publié|posté|mis à jour|modifié|published|posted|updated)\b.{0,60}\d", re.IGNORECASE
)
LONG_PARAGRAPH = 80
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CANDIDATES = etree.XPath(
    "//*[@class or @id or self::aside or self::nav or self::form or self::figcaption]"
)
_CONTAINERS = ("html", "body", "main", "article", "head")


def is_free(node: Node) -> bool:
    """Tell whether an object says nothing against reading it for free (Google's paywall rule)."""
    value = next(iter(several(node.get("isAccessibleForFree"))), True)
    return not (value is False or str(value).strip().lower() in ("false", "no", "0")
                or str(value).rstrip("/").endswith("/False"))  # fmt: skip


def closed_classes(node: Node) -> list[str]:
    """Return the class names of the parts kept for subscribers (``hasPart``/``cssSelector``)."""
    selectors = [
        selector
        for part in several(node.get("hasPart"))
        if isinstance(part, dict) and not is_free(part)
        for selector in several(part.get("cssSelector"))
    ]
    # Google allows class selectors only.
    found = [re.findall(r"\.([\w-]+)", one) for one in selectors if isinstance(one, str)]
    return [name for names in found for name in names]


def declared(node: Node) -> list[str]:
    """Return the paragraphs of articleBody, nothing when it is cut or not free."""
    if not is_free(node):
        return []
    lines = paragraphs(node.get("articleBody"))
    return [] if not lines or CUT_SHORT.search(lines[-1]) else lines


def main_text(root: Any, node: Node, known: tuple[str | None, ...]) -> list[str]:
    """Return the paragraphs of the page's main text; `known` lines (title…) are left out."""
    if root is None:
        return []
    tree = deepcopy(root)
    _prune(tree, closed_classes(node))
    found = _search(tree, fast=True)
    if len("".join(found)) < ENOUGH:
        found = max(found, _search(tree, fast=False), key=lambda lines: len("".join(lines)))
    return tidy(found, known)


def _search(tree: Any, fast: bool) -> list[str]:
    try:
        document = trafilatura.bare_extraction(
            tree, fast=fast, include_comments=False, include_tables=False, with_metadata=False
        )
    except Exception:  # a page that the library cannot read costs its text, not its other fields
        return []
    text = getattr(document, "text", None) or ""
    return [line.strip() for line in text.split("\n") if line.strip()]


def tidy(lines: list[str], known: tuple[str | None, ...]) -> list[str]:
    """Drop what is not the text: a first line that repeats a field, "read also" lines."""
    repeated = {_key(text) for text in known if text}
    kept: list[str] = []
    for line in lines:
        if not kept and (_key(line) in repeated or (len(line) < 100 and DATELINE.match(line))):
            continue
        if len(line) < 200 and SEE_ALSO.match(line):
            continue
        kept.append(line)
    return kept


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _prune(tree: Any, closed: list[str]) -> None:
    doomed = [
        element
        for element in _CANDIDATES(tree)
        if element.tag not in _CONTAINERS and _is_doomed(element, closed)
    ]
    for element in doomed:
        parent = element.getparent()
        if parent is not None:
            _drop(element, parent)


def _is_doomed(element: Any, closed: list[str]) -> bool:
    classes = element.get("class") or ""
    if closed and not set(classes.split()).isdisjoint(closed):
        return True
    if element.tag in ("aside", "nav", "form", "figcaption"):
        return True
    named = INSERTS.search(classes) or INSERTS.search(element.get("id") or "")
    # A wrapper may be called « has-comments »: what holds the text itself is never cut.
    return bool(named) and _long_paragraphs(element) < 3


def _long_paragraphs(element: Any) -> int:
    return sum(len(p.text_content()) >= LONG_PARAGRAPH for p in element.iter("p"))


def _drop(element: Any, parent: Any) -> None:
    """Remove an element and keep the text that follows it."""
    if element.tail:
        # lxml reads control characters but refuses to write them.
        previous = element.getprevious()
        if previous is not None:
            previous.tail = _CONTROLS.sub(" ", (previous.tail or "") + element.tail)
        else:
            parent.text = _CONTROLS.sub(" ", (parent.text or "") + element.tail)
    parent.remove(element)


def with_standfirst(
    lines: list[str], standfirst: str | None, known: tuple[str | None, ...]
) -> list[str]:
    """Put the standfirst (« chapô ») before the text unless a field or the text already says it."""
    said = {_key(text) for text in known if text}
    said.add("")
    new = bool(standfirst) and _key(standfirst or "") not in said
    if new and lines and _key(standfirst or "") not in _key("".join(lines)):
        return [standfirst or "", *lines]
    return lines


def same_text(flat: list[str], found: list[str]) -> bool:
    """Tell whether the page's text holds what a one-line articleBody says."""
    whole, part = _key("".join(found)), _key("".join(flat))
    return len(whole) >= 0.8 * len(part) and part[:60] in whole
