"""Media types: Elasticsearch's clients speak vendor types, the engine plain JSON only.

A client 8.x or 9.x sends ``application/vnd.elasticsearch+json; compatible-with=9`` and accepts
the same; the engine answers 406 to it. NDJSON is accepted by the engine as JSON is.
"""

from __future__ import annotations

JSON = "application/json"
NDJSON = "application/x-ndjson"
TEXT = "text/plain"
VENDOR = "application/vnd.elasticsearch+"


def to_engine(content_type: str) -> str:
    """Return the type to send to the engine for what the client sent ("" if nothing)."""
    base = content_type.partition(";")[0].strip().lower()
    if not base.startswith(VENDOR):
        return content_type
    return {"json": JSON, "x-ndjson": NDJSON}.get(base[len(VENDOR) :], content_type)


def to_client(content_type: str, accept: str) -> str:
    """Return the type to give the client for what the engine answered."""
    base = content_type.partition(";")[0].strip().lower()
    if VENDOR not in accept.lower():
        return content_type
    wanted = next(part for part in accept.split(",") if VENDOR in part.lower()).strip()
    if base == JSON and "+json" in wanted.lower():
        # the clients compare against the compact spelling
        return wanted.replace("; ", ";")
    return content_type
