"""The Elasticsearch mapping: French analysis, exact sub-fields, no surprise field.

The kinds of `lab.scraping.items.COLLECTIONS` are known field by field, `dynamic: strict`: an
unknown field is an error that is seen, not a guess that is kept. Any other collection gets
`ANY`: a mapping that grows with its documents, within bounds, and that guesses little.
`ignore_above` is under Lucene's limit of 32,766 bytes for a term (4 bytes per character).
"""

from __future__ import annotations

from typing import Any

from lab.scraping.items import COLLECTIONS, names

MOST_FIELDS = 1000  # of one index: what a hostile or careless spider can make it grow to
KEYWORD = {"type": "keyword", "ignore_above": 8191}
DATE = {"type": "date"}
STORED_ONLY = {"type": "keyword", "index": False, "doc_values": False}
FRENCH = {
    "type": "text",
    "analyzer": "french",
    "fields": {"keyword": {"type": "keyword", "ignore_above": 512}},
}
LONG_FRENCH = {"type": "text", "analyzer": "french"}
# Names of people and brands: words matter, French stemming would mangle them.
NAME = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 512}}}

# What every stored item has.
COMMON: dict[str, dict[str, Any]] = {
    "id": KEYWORD,
    "url": STORED_ONLY,
    "canonical_url": KEYWORD,
    "source": KEYWORD,
    "spider": KEYWORD,
    "scraped_at": DATE,
}
PROPERTIES: dict[str, dict[str, Any]] = {
    **COMMON,
    "title": FRENCH,
    "name": FRENCH,
    "description": LONG_FRENCH,
    "body": LONG_FRENCH,
    "authors": NAME,
    "brand": NAME,
    "section": KEYWORD,
    "category": KEYWORD,
    "tags": KEYWORD,
    "language": KEYWORD,
    "sku": KEYWORD,
    "currency": KEYWORD,
    "availability": KEYWORD,
    "price": {"type": "double"},
    "rating": {"type": "double"},
    "reviews": {"type": "long"},
    "published": DATE,
    "modified": DATE,
    "image": STORED_ONLY,
}
# Texts are searched in French and exactly; whole numbers are numbers (the first price may be
# 12, the next one 12.5); a text is a date only when it is written as this lab writes dates,
# so that « bientôt » is not refused because the first document said « 2026-09-15 ».
ANY: dict[str, Any] = {
    "dynamic": True,
    "date_detection": True,
    "dynamic_date_formats": ["strict_date_time||strict_date_time_no_millis"],
    "numeric_detection": False,
    "dynamic_templates": [
        {"textes": {"match_mapping_type": "string", "mapping": FRENCH}},
        {"entiers": {"match_mapping_type": "long", "mapping": {"type": "double"}}},
        {"decimaux": {"match_mapping_type": "double", "mapping": {"type": "double"}}},
    ],
    "properties": {**COMMON, "url": KEYWORD, "source": NAME},
}


def index_body(collection: str) -> dict[str, Any]:
    """Return settings and mappings of the index behind a collection's name."""
    settings: dict[str, Any] = {"number_of_shards": 1, "number_of_replicas": 0}
    kind = COLLECTIONS.get(collection)
    if kind is not None:
        properties = {name: PROPERTIES[name] for name in names(kind)}
        return {"settings": settings, "mappings": {"dynamic": "strict", "properties": properties}}
    settings["mapping"] = {
        "total_fields": {"limit": MOST_FIELDS, "ignore_dynamic_beyond_limit": True}
    }
    return {"settings": settings, "mappings": ANY}
