"""Plain redis-py, as a student writes it: what was crawled is in Redis."""

import json
import os
import sys

import redis

with redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True) as client:
    counts = {spider: client.scard(f"lab:{spider}:seen") for spider in ("gazette", "boutique")}
    sample = client.hgetall("lab:gazette:stats")
print(json.dumps({"store": "redis", "counts": counts, "sample": sample}, ensure_ascii=False))
sys.exit(0 if all(counts.values()) and sample else 1)
