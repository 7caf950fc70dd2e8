"""Plain elasticsearch-py, as a student writes it: what was crawled is in the search index."""

import json
import os
import sys

from elasticsearch import Elasticsearch

with Elasticsearch(os.environ["ELASTICSEARCH_URL"], request_timeout=10) as client:
    counts = {name: client.count(index=name)["count"] for name in ("articles", "products")}
    found = client.search(index="articles", query={"match": {"body": "le"}}, size=1)
    everything = client.search(index="articles", query={"match_all": {}}, size=1)
hits = found["hits"]["hits"] or everything["hits"]["hits"]
sample = {"title": hits[0]["_source"]["title"]} if hits else {}
line = {"store": "elasticsearch", "counts": counts, "sample": sample}
print(json.dumps(line, ensure_ascii=False))
sys.exit(0 if all(counts.values()) and sample.get("title") else 1)
