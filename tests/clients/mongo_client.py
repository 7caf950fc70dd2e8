"""Plain pymongo, as a student writes it: what was crawled is in MongoDB."""

import json
import os
import sys

import pymongo

with pymongo.MongoClient(os.environ["MONGO_URL"], serverSelectionTimeoutMS=5000) as client:
    database = client.get_default_database()
    counts = {name: database[name].count_documents({}) for name in ("articles", "products")}
    sample = database.articles.find_one({}, {"title": 1, "canonical_url": 1}) or {}
print(json.dumps({"store": "mongo", "counts": counts, "sample": sample}, ensure_ascii=False))
sys.exit(0 if all(counts.values()) and sample.get("title") else 1)
