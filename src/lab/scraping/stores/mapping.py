"""The Elasticsearch mapping: French analysis, exact sub-fields, no surprise field.

`dynamic: strict` makes an unknown field an error that is seen, not a guess that is kept.
`ignore_above` is under Lucene's limit of 32,766 bytes for a term (4 bytes per character).
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from lab.scraping.items import COLLECTIONS

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

PROPERTIES: dict[str, dict[str, Any]] = {
    "id": KEYWORD,
    "url": STORED_ONLY,
    "canonical_url": KEYWORD,
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
    "source": KEYWORD,
    "spider": KEYWORD,
    "price": {"type": "double"},
    "rating": {"type": "double"},
    "reviews": {"type": "long"},
    "published": DATE,
    "modified": DATE,
    "scraped_at": DATE,
    "image": STORED_ONLY,
}


def index_body(collection: str) -> dict[str, Any]:
    """Return settings and mappings of the index behind `articles` or `products`."""
    names = [one.name for one in fields(COLLECTIONS[collection])]
    return {
        "settings": {"number_of_shards": 1, "number_of_replicas": 0},
        "mappings": {
            "dynamic": "strict",
            "properties": {name: PROPERTIES[name] for name in names},
        },
    }
