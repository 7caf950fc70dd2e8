"""What is let through is really applied when the engine indexes; the rest is refused."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from lab.runtimes.search_gateway import analysis

TEXT = "L'économie des Écoles abc-def chevaux running x12 abc"
_numbers = itertools.count()


def _index(es: Elasticsearch, settings: dict[str, Any], field: dict[str, Any]) -> str:
    name = f"analyse-{next(_numbers)}"
    es.indices.create(
        index=name, settings={"analysis": settings}, mappings={"properties": {"t": field}}
    )
    return name


def _agrees(es: Elasticsearch, settings: dict[str, Any], text: str = TEXT) -> list[str]:
    """Ask the index itself for each token that `_analyze` gives, and for those it must not hold."""
    index = _index(es, settings, {"type": "text", "analyzer": "x"})
    es.index(index=index, id="1", document={"t": text})
    tokens = [t["token"] for t in es.indices.analyze(index=index, field="t", text=text)["tokens"]]
    assert tokens
    for token in tokens:
        assert es.count(index=index, query={"term": {"t": token}})["count"] == 1, token
    words = {*text.replace("-", " ").split(), *text.lower().split(), *text.split()}
    for word in words - set(tokens):
        assert es.count(index=index, query={"term": {"t": word}})["count"] == 0, word
    return tokens


@pytest.mark.parametrize("name", sorted(analysis.FILTERS))
def test_filters_by_name(es: Elasticsearch, name: str) -> None:
    _agrees(es, {"analyzer": {"x": {"tokenizer": "standard", "filter": [name]}}})


FILTERS: list[dict[str, Any]] = [
    {"type": "lowercase"},
    {"type": "asciifolding"},
    {"type": "asciifolding", "preserve_original": True},
    {"type": "stop", "stopwords": ["des"]},
    {"type": "stop", "stopwords": "_english_"},
    {"type": "stemmer", "language": "english"},
    {"type": "stemmer", "language": "french"},
    {"type": "snowball", "language": "French"},
    {"type": "porter_stem"},
    {"type": "ngram", "min_gram": 2, "max_gram": 3},
    {"type": "edge_ngram", "min_gram": 2, "max_gram": 3},
    {"type": "shingle", "min_shingle_size": 2, "max_shingle_size": 3},
    {"type": "shingle", "output_unigrams": False, "token_separator": "_"},
    {"type": "truncate", "length": 3},
    {"type": "length", "min": 4, "max": 8},
    {"type": "unique"},
    {"type": "reverse"},
    {"type": "apostrophe"},
]


@pytest.mark.parametrize("spec", FILTERS, ids=str)
def test_defined_filters(es: Elasticsearch, spec: dict[str, Any]) -> None:
    french = str(spec.get("language", "")).lower() == "french"
    analyzer = {"tokenizer": "standard", "filter": ["lowercase", "f"] if french else ["f"]}
    _agrees(es, {"analyzer": {"x": analyzer}, "filter": {"f": spec}})


def test_every_filter_type_is_measured() -> None:
    assert {spec["type"] for spec in FILTERS} == set(analysis.FILTER_TYPES)


@pytest.mark.parametrize(
    "spec",
    [
        *({"type": name} for name in sorted(analysis.TOKENIZERS)),
        {"type": "ngram", "min_gram": 2, "max_gram": 3},
        {"type": "ngram", "min_gram": 2, "max_gram": 3, "token_chars": ["letter"]},
        {"type": "edge_ngram", "min_gram": 2, "max_gram": 3},
        {"type": "edge_ngram", "min_gram": 2, "max_gram": 3, "token_chars": ["letter", "digit"]},
    ],
    ids=str,
)
def test_tokenizers(es: Elasticsearch, spec: dict[str, Any]) -> None:
    _agrees(es, {"analyzer": {"x": {"tokenizer": "k"}}, "tokenizer": {"k": spec}})
    if spec["type"] in analysis.TOKENIZERS:
        _agrees(es, {"analyzer": {"x": {"tokenizer": spec["type"]}}})


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "standard"},
        {"type": "standard", "stopwords": ["des"]},
        {"type": "stop", "stopwords": ["des"]},
        {"type": "simple"},
        {"type": "keyword"},
        *({"type": language} for language in sorted(analysis.LANGUAGES)),
    ],
    ids=str,
)
def test_defined_analyzers(es: Elasticsearch, spec: dict[str, Any]) -> None:
    text = TEXT if spec["type"] not in analysis.LANGUAGES else "abc def x12"
    _agrees(es, {"analyzer": {"x": spec}}, text)


@pytest.mark.parametrize(
    "spec", [{"type": "pattern_replace", "pattern": "-", "replacement": " "}], ids=str
)
def test_char_filters(es: Elasticsearch, spec: dict[str, Any]) -> None:
    analyzer = {"tokenizer": "whitespace", "char_filter": ["c"]}
    _agrees(es, {"analyzer": {"x": analyzer}, "char_filter": {"c": spec}})


def test_normalizer(es: Elasticsearch) -> None:
    normalizer = {"n": {"type": "custom", "filter": ["lowercase", "plie"]}}
    filters = {"plie": {"type": "asciifolding"}}
    settings = {"normalizer": normalizer, "filter": filters}
    index = _index(es, settings, {"type": "keyword", "normalizer": "n"})
    es.index(index=index, id="1", document={"t": "Écoles"})
    for asked in ("Écoles", "ECOLES", "ecoles"):
        assert es.count(index=index, query={"term": {"t": asked}})["count"] == 1
    assert es.count(index=index, query={"term": {"t": "ecole"}})["count"] == 0


REFUSED: list[dict[str, Any]] = [
    {"filter": {"f": {"type": "synonym", "synonyms": ["auto, voiture"]}}},
    {"filter": {"f": {"type": "synonym_graph", "synonyms": ["auto, voiture"]}}},
    {"filter": {"f": {"type": "elision", "articles": ["l", "d"]}}},
    {"filter": {"f": {"type": "word_delimiter_graph"}}},
    {"filter": {"f": {"type": "stop", "stopwords": "_french_"}}},
    {"filter": {"f": {"type": "stop", "stopwords": ["des"], "ignore_case": True}}},
    {"filter": {"f": {"type": "stemmer", "language": "light_french"}}},
    {"filter": {"f": {"type": "keyword_marker", "keywords": ["x"]}}},
    {"filter": {"f": {"type": "uppercase"}}},
    {"filter": {"f": {"type": "inconnu"}}},
    {"char_filter": {"c": {"type": "mapping", "mappings": ["é => e"]}}},
    {"char_filter": {"c": {"type": "html_strip"}}},
    {"char_filter": {"c": {"type": "pattern_replace", "pattern": "(a)", "replacement": "$1"}}},
    {"tokenizer": {"k": {"type": "pattern", "pattern": ","}}},
    {"tokenizer": {"k": {"type": "path_hierarchy"}}},
    {"tokenizer": {"k": {"type": "char_group", "tokenize_on_chars": ["-"]}}},
    {"tokenizer": {"k": {"type": "standard", "max_token_length": 3}}},
    {"analyzer": {"x": {"tokenizer": "standard", "filter": ["elision"]}}},
    {
        "analyzer": {"x": {"tokenizer": "standard", "filter": ["f"]}},
        "filter": {"f": {"type": "stemmer", "language": "french"}},
    },
    {"analyzer": {"x": {"tokenizer": "standard", "char_filter": ["html_strip"]}}},
    {"analyzer": {"x": {"tokenizer": "lowercase"}}},
    {"analyzer": {"x": {"type": "french", "stopwords": ["le"]}}},
    {"analyzer": {"x": {"type": "arabic"}}},
    {"analyzer": {"x": {"type": "pattern", "pattern": ","}}},
    {"analyzer": {"x": {"type": "whitespace"}}},
    {"normalizer": {"n": {"type": "custom", "filter": ["uppercase"]}}},
]


def _refused(call: Any, *args: Any, **given: Any) -> str:
    with pytest.raises(BadRequestError) as caught:
        call(*args, **given)
    reason = str(caught.value.body["error"]["reason"])
    assert caught.value.body["error"]["type"] == "unsupported_operation_exception"
    assert "./lab up --docker" in reason
    return reason


@pytest.mark.parametrize("settings", REFUSED, ids=str)
def test_refused(es: Elasticsearch, settings: dict[str, Any]) -> None:
    create = es.indices.create
    _refused(create, index="refus", settings={"analysis": settings})
    _refused(create, index="refus", settings={"index": {"analysis": settings}})
    flat = {
        f"index.analysis.{section}.{name}.{key}": value
        for section, components in settings.items()
        for name, component in components.items()
        for key, value in component.items()
    }
    _refused(create, index="refus", settings=flat)
    template = {"settings": {"analysis": settings}}
    put = es.indices.put_index_template
    _refused(put, name="refus", index_patterns=["r-*"], template=template)
    _refused(es.cluster.put_component_template, name="refus", template=template)
    assert not es.indices.exists(index="refus")


@pytest.mark.parametrize("name", ["kuromoji", "thai", "smartcn", "lowercase"])
def test_imitated_analyzers_are_refused(es: Elasticsearch, name: str) -> None:
    field = {"type": "text", "fields": {"x": {"type": "text", "analyzer": name}}}
    _refused(es.indices.create, index="refus", mappings={"properties": {"t": field}})


SEARCHES = [
    ("économie", "L'économie mondiale", True),
    ("économie", "L’économie mondiale", True),
    ("l'économie", "une économie", True),
    ("économies", "L'économie mondiale", True),
    ("cheval", "Des chevaux au galop", True),
    ("chevaux", "Le cheval blanc", True),
    ("journaux", "Un journal du soir", True),
    ("élections", "Une élection partielle", True),
    ("Élection", "les élections", True),
    ("élection", "les ÉLECTIONS", True),
    ("nationale", "les équipes nationales", True),
    ("d'hiver", "vacances d’hiver", True),
    # as Lucene's own: "été" is a stop word, the light stemmer parts français from française
    ("été", "vacances d'été", False),
    ("française", "Le cinéma français", False),
    ("qu'il", "il pleut", False),
    ("le", "le chat", False),
    ("chat", "Le cheval blanc", False),
]


@pytest.mark.parametrize(("query", "text", "found"), SEARCHES, ids=str)
def test_french(es: Elasticsearch, query: str, text: str, found: bool) -> None:
    index = _index(es, {}, {"type": "text", "analyzer": "french"})
    es.index(index=index, id="1", document={"t": text})
    hits = es.search(index=index, query={"match": {"t": query}}, highlight={"fields": {"t": {}}})
    assert hits["hits"]["total"]["value"] == int(found)
    if found:
        assert "<em>" in hits["hits"]["hits"][0]["highlight"]["t"][0]
