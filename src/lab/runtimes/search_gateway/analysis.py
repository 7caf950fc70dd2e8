"""Text analysis: what the engine applies when it indexes, and nothing else.

osmem drops in silence the components it does not know (a synonym filter, an elision filter…),
and its ``_analyze`` shows them all the same: a student would see the right tokens and search the
wrong ones. The tables below were measured on osmem-server 0.1.6, component by component, by
asking the index itself for each token that ``_analyze`` gives (tests/search_gateway/
test_analysis.py does it again). What is not in them is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lab.runtimes.search_gateway.errors import Unsupported

LANGUAGES = frozenset(
    {"english", "french", "german", "spanish", "italian", "portuguese", "russian"}
)
ANALYZERS = LANGUAGES | frozenset({"standard", "simple", "whitespace", "keyword", "stop"})
# type of a defined analyzer → parameters the engine applies
ANALYZER_TYPES: Mapping[str, frozenset[str]] = {
    "custom": frozenset({"tokenizer", "filter", "char_filter", "position_increment_gap"}),
    "standard": frozenset({"stopwords"}),
    "stop": frozenset({"stopwords"}),
    "simple": frozenset(),
    "keyword": frozenset(),
    **{language: frozenset() for language in LANGUAGES},
}
TOKENIZERS = frozenset({"standard", "whitespace", "keyword", "letter"})
_GRAMS = frozenset({"min_gram", "max_gram", "token_chars"})
TOKENIZER_TYPES: Mapping[str, frozenset[str]] = {
    **{name: frozenset() for name in TOKENIZERS},
    "ngram": _GRAMS,
    "edge_ngram": _GRAMS,
}
FILTERS = frozenset(
    {
        "lowercase",
        "asciifolding",
        "stop",
        "porter_stem",
        "unique",
        "reverse",
        "apostrophe",
        "truncate",
        "length",
        "shingle",
        "ngram",
        "edge_ngram",
        "stemmer",
    }
)
FILTER_TYPES: Mapping[str, frozenset[str]] = {
    "lowercase": frozenset(),
    "asciifolding": frozenset({"preserve_original"}),
    "stop": frozenset({"stopwords"}),
    "stemmer": frozenset({"language", "name"}),
    "snowball": frozenset({"language"}),
    "porter_stem": frozenset(),
    "ngram": frozenset({"min_gram", "max_gram"}),
    "edge_ngram": frozenset({"min_gram", "max_gram"}),
    "shingle": frozenset(
        {"min_shingle_size", "max_shingle_size", "output_unigrams", "token_separator"}
    ),
    "truncate": frozenset({"length"}),
    "length": frozenset({"min", "max"}),
    "unique": frozenset(),
    "reverse": frozenset(),
    "apostrophe": frozenset(),
}
CHAR_FILTERS: frozenset[str] = frozenset()
CHAR_FILTER_TYPES: Mapping[str, frozenset[str]] = {
    "pattern_replace": frozenset({"pattern", "replacement"}),
}
STEMMERS = frozenset({"english", "porter", "french"})
STOP_SETS = frozenset({"_english_", "_none_"})
_SECTIONS = {
    "analyzer": ("l'analyseur", ANALYZER_TYPES),
    "tokenizer": ("le découpeur (tokenizer)", TOKENIZER_TYPES),
    "filter": ("le filtre", FILTER_TYPES),
    "char_filter": ("le filtre de caractères (char_filter)", CHAR_FILTER_TYPES),
    "normalizer": ("le normaliseur", {"custom": frozenset({"filter", "char_filter"})}),
}


def check_settings(settings: Any) -> None:
    """Raise Unsupported if index settings hold an analysis the engine would not apply."""
    tree = _tree(settings)
    if isinstance(tree.get("index"), dict):
        tree = {**tree, **tree["index"]}
    if "similarity" in tree:
        raise Unsupported("Le réglage « similarity »")
    analysis = tree.get("analysis")
    if analysis is None:
        return
    if not isinstance(analysis, dict):
        raise Unsupported("Un réglage « analysis » de cette forme")
    for section, definitions in analysis.items():
        if section not in _SECTIONS:
            raise Unsupported(f"Le réglage « analysis.{section} »")
        label, types = _SECTIONS[section]
        for name, definition in definitions.items():
            _check_component(f"{label} « {name} »", definition, section, types)
    _check_references(analysis)


def check_mapping(mapping: Any, defined: frozenset[str] = frozenset()) -> None:
    """Raise Unsupported if a field names a built-in analyzer that the engine imitates badly."""
    for key, value in _walk(mapping):
        if key in ("analyzer", "search_analyzer", "search_quote_analyzer") and value in FAKED:
            if value in defined:
                continue
            raise Unsupported(f"L'analyseur « {value} »")


FAKED = frozenset(
    {"kuromoji", "nori", "smartcn", "japanese", "korean", "chinese", "thai", "cjk", "lowercase"}
)


def _check_component(
    what: str, definition: Any, section: str, types: Mapping[str, frozenset[str]]
) -> None:
    if not isinstance(definition, dict):
        raise Unsupported(f"Définir {what} de cette manière")
    implied = "custom" if section in ("analyzer", "normalizer") else ""
    kind = str(definition.get("type", implied))
    if kind not in types:
        raise Unsupported(f"Dans l'analyse, {what} de type « {kind} »")
    for parameter in definition:
        if parameter != "type" and parameter not in types[kind]:
            raise Unsupported(f"Dans l'analyse, {what} : le paramètre « {parameter} »")
    _check_values(what, kind, definition)


def _check_values(what: str, kind: str, definition: dict[str, Any]) -> None:
    words = definition.get("stopwords")
    named = [words] if isinstance(words, str) else (words or [])
    for word in named:
        listed = not isinstance(words, str) and not word.startswith("_")
        if not listed and word not in STOP_SETS:
            raise Unsupported(f"Dans l'analyse, {what} : la liste de mots vides « {word} »")
    if kind in ("stemmer", "snowball"):
        language = str(definition.get("language", definition.get("name", "english"))).lower()
        if language not in STEMMERS or (kind == "snowball" and language != "french"):
            raise Unsupported(f"Dans l'analyse, {what} : la langue « {language} »")
    if kind == "pattern_replace" and "$" in str(definition.get("replacement", "")):
        raise Unsupported(f"Dans l'analyse, {what} : un remplacement avec « $ »")


def _check_references(analysis: dict[str, Any]) -> None:
    """Check the components that analyzers and normalizers call by name."""
    known = {
        "tokenizer": TOKENIZERS | set(analysis.get("tokenizer", {})),
        "filter": FILTERS | set(analysis.get("filter", {})),
        "char_filter": CHAR_FILTERS | set(analysis.get("char_filter", {})),
    }
    for section in ("analyzer", "normalizer"):
        for name, definition in analysis.get(section, {}).items():
            _check_order(name, definition, analysis.get("filter", {}))
            for part, allowed in known.items():
                called = definition.get(part, [])
                for one in [called] if isinstance(called, str) else called:
                    if one not in allowed:
                        label = _SECTIONS[part][0]
                        raise Unsupported(f"Dans l'analyse « {name} », {label} « {one} »")


def _check_order(name: str, definition: dict[str, Any], filters: dict[str, Any]) -> None:
    """Refuse a French stemmer before ``lowercase``: measured to differ in the index."""
    called = definition.get("filter", [])
    lowered = False
    for one in [called] if isinstance(called, str) else called:
        spec = filters.get(one, {"type": one})
        lowered = lowered or spec.get("type") == "lowercase"
        language = str(spec.get("language", spec.get("name", ""))).lower()
        if language == "french" and not lowered:
            raise Unsupported(f"Dans l'analyse « {name} », « french » sans « lowercase » avant lui")


def _tree(settings: Any) -> dict[str, Any]:
    """Return settings with dotted keys ("index.analysis.filter") unfolded into a tree."""
    tree: dict[str, Any] = {}
    if not isinstance(settings, dict):
        return tree
    for key, value in settings.items():
        node = tree
        *parents, leaf = str(key).split(".")
        for parent in parents:
            inner = node.setdefault(parent, {})
            node = inner if isinstance(inner, dict) else {}
        value = _tree(value) if isinstance(value, dict) else value
        if isinstance(value, dict) and isinstance(node.get(leaf), dict):
            node[leaf] = {**node[leaf], **value}
        else:
            node[leaf] = value
    return tree


def _walk(document: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(document, dict):
        for key, value in document.items():
            if isinstance(value, str):
                yield key, value
            yield from _walk(value)
    elif isinstance(document, list):
        for value in document:
            yield from _walk(value)
