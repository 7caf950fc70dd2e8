"""Plain boto3, as a student writes it: the archive is in S3, by the plain and TLS listeners."""

import gzip
import json
import os
import sys

import boto3

bucket = os.environ["LAB_BUCKET"]


def look(client):  # type: ignore[no-untyped-def]
    """Objects per spider, lines of them, and a title of the first article."""
    counts, lines, sample = {}, {}, {}
    for spider in ("gazette", "boutique"):
        prefix = f"crawls/{spider}/"
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        counts[spider], lines[spider] = len(keys), 0
        for key in keys:
            body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
            rows = gzip.decompress(body).splitlines()
            lines[spider] += len(rows)
            if spider == "gazette" and rows and not sample:
                sample = {"key": key, "title": json.loads(rows[0])["title"]}
    return {"counts": counts, "lines": lines, "sample": sample}


plain = look(boto3.client("s3"))  # AWS_ENDPOINT_URL
tls = look(boto3.client("s3", endpoint_url=f"https://{os.environ['AWS_S3_ENDPOINT']}"))
print(json.dumps({"store": "s3", **plain, "tls_same": plain == tls}, ensure_ascii=False))
sys.exit(0 if plain == tls and all(plain["lines"].values()) and plain["sample"] else 1)
