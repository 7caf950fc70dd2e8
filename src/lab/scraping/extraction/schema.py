"""Read the schema.org objects of a page, whatever their writing: JSON-LD or microdata.

Both become plain dicts in JSON-LD's form (``{"@type": ["NewsArticle"], "headline": …}``).
JSON-LD is read here, block by block, because one broken block must never cost the page
(extruct's own reader gives up on the whole page); its repair is jstyleson's, as in extruct.
Microdata is read by extruct. Rules: https://www.w3.org/TR/json-ld11/#embedding-json-ld-in-html-documents
and https://html.spec.whatwg.org/multipage/microdata.html.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import jstyleson  # type: ignore[import-untyped]
from extruct.w3cmicrodata import LxmlMicrodataExtractor  # type: ignore[import-untyped]

Node = dict[str, Any]
LONGEST_BLOCK = 2_000_000  # characters: larger is a data dump, not a description of the page
LONGEST_REPAIR = 200_000  # jstyleson reads character by character
DEEPEST = 12  # nested objects looked into when following @id

_WRAPPERS = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|"
    r"(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)


def is_of(node: Node, kinds: frozenset[str]) -> bool:
    """Tell whether one of the object's types is in `kinds` (names without address)."""
    return not kinds.isdisjoint(types(node))


def types(node: Node) -> list[str]:
    """Return the names of the object's types: ``http://schema.org/Product`` is ``Product``."""
    several = node.get("@type")
    listed = several if isinstance(several, list) else [several]
    return [
        re.split(r"[/#:]", kind.rstrip("/"))[-1]
        for kind in listed
        if isinstance(kind, str) and kind
    ]


def load_json(text: str) -> Any:
    """Return what a JSON-LD script says, mended when it can be; None when it cannot.

    Mended: HTML comments and CDATA around it, raw line ends in strings, // comments, trailing
    commas, a final semicolon, HTML-escaped quotes.
    """
    if len(text) > LONGEST_BLOCK:
        return None
    text = text.strip("\ufeff \t\r\n")
    while True:
        bare = _WRAPPERS.sub("", text).strip()
        if bare == text:
            break
        text = bare
    text = text.rstrip(";")
    if text.startswith(("{&quot;", "[{&quot;")):
        text = html.unescape(text)
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        if not text or len(text) > LONGEST_REPAIR:
            return None
    try:
        return json.loads(jstyleson.dispose(text), strict=False)
    except (ValueError, RecursionError, IndexError):
        return None


def json_ld(root: Any) -> list[Node]:
    """Return the main objects of every readable JSON-LD script, references resolved."""
    blocks = []
    for script in root.iter("script"):
        kind = (script.get("type") or "").split(";")[0].strip().lower()
        if kind == "application/ld+json" and script.text:
            blocks.append(load_json(script.text))
    index: dict[str, Node] = {}
    for block in blocks:
        _index(block, index, 0)
    return [_resolved(node, index, 0) for block in blocks for node in _main(block)]


def _main(value: Any) -> Iterator[Node]:
    """Yield the objects that stand for the page: not those inside lists of other pages."""
    if isinstance(value, list):
        for element in value:
            yield from _main(element)
    elif isinstance(value, dict):
        if "@graph" in value:
            yield from _main(value["@graph"])
        if value.get("@type"):
            yield value
            for name in ("mainEntity", "mainEntityOfPage"):
                inside = value.get(name)
                if isinstance(inside, dict) and len(inside) > 2:
                    yield from _main(inside)


def _index(value: Any, index: dict[str, Node], depth: int) -> None:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for element in value:
            _index(element, index, depth + 1)
    elif isinstance(value, dict):
        name = value.get("@id")
        # The fullest description wins over bare references.
        if isinstance(name, str) and len(value) > len(index.get(name, {})):
            index[name] = value
        for inner in value.values():
            if isinstance(inner, dict | list):
                _index(inner, index, depth + 1)


def _resolved(value: Any, index: dict[str, Node], depth: int) -> Any:
    """Replace ``{"@id": …}`` by what it points at (a few levels: graphs are cyclic)."""
    if isinstance(value, list):
        return [_resolved(element, index, depth) for element in value]
    if not isinstance(value, dict):
        return value
    if depth > 3:
        return value
    name = value.get("@id")
    whole = {**index.get(name, {}), **value} if isinstance(name, str) and depth else value
    return {key: _resolved(inner, index, depth + 1) for key, inner in whole.items()}


def microdata(root: Any, base: str) -> list[Node]:
    """Return the page's microdata items, the main ones first, nested ones inside them."""
    if root is None or not root.xpath("boolean(//*[@itemscope])"):
        return []
    extractor = LxmlMicrodataExtractor(strict=False)
    try:
        found = [_as_node(item) for item in extractor.extract_items(root, base)]
    except (ValueError, RecursionError):  # an address in it that is not one, a bottomless page
        return []
    inside = [
        inner
        for node in found
        for inner in _several(node.get("mainEntity"))
        if isinstance(inner, dict)
    ]
    return [node for node in [*inside, *found] if node.get("@type")]


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _as_node(item: Any) -> Any:
    if isinstance(item, list):
        return [_as_node(element) for element in item]
    if not isinstance(item, dict):
        return item
    node: Node = {"@type": item.get("type")}
    if "id" in item:
        node["@id"] = item["id"]
    node.update({key: _as_node(value) for key, value in item.get("properties", {}).items()})
    return node
