"""Ask pages and stores from inside the project's network: sent as text to our own container.

``python -c <this file> '<JSON>'`` prints JSON: ``{"pages": [...], "stores": [...]}``. It imports
nothing of the lab, whose version in that image may be older; what it reads is bounded and hostile.
"""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Any
from urllib.parse import urljoin, urlsplit

LARGEST = 2_000_000  # bytes of a page
LINKS = 8  # pages followed from the first one
ASK = 5.0  # seconds for one answer
# What shows data, and how many of it are more than a menu.
MARKS = {
    "figures": (re.compile(r"<canvas\b|<svg\b|plotly|vega-embed|echarts|bokeh", re.I), 1),
    "lignes de tableau": (re.compile(r"<tr\b", re.I), 3),
    "fiches": (re.compile(r"<article\b|class=[\"'][^\"']*\b(?:card|item|result|row)\b", re.I), 4),
    "entrées de liste": (re.compile(r"<li\b|<option\b", re.I), 12),
    "images": (re.compile(r"<img\b", re.I), 4),
}
_LINK = re.compile(r"<a\b[^>]*\bhref=[\"']([^\"'#]+)", re.I)
_SHELL = re.compile(r"<title>Streamlit</title>|_dash-loading|_dash-app-content|gradio-app", re.I)
_PATHS = ("/_dash-layout", "/openapi.json")  # where an application drawn by scripts says its data


def fetch(client: Any, url: str) -> tuple[int, str, str]:
    """Status, content type and text of a page, its first LARGEST bytes; (0, "", why) otherwise."""
    import httpx

    try:
        with client.stream("GET", url) as reply:
            body, late = b"", time.monotonic() + 2 * ASK
            for chunk in reply.iter_bytes():
                body += chunk
                if len(body) > LARGEST or time.monotonic() > late:
                    break
            text = body.decode("utf-8", "replace")
            return reply.status_code, reply.headers.get("content-type", ""), text
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, UnicodeError) as error:
        return 0, "", f"{type(error).__name__} {error}"[:200]


def shown(kind: str, text: str) -> str:
    """What data a page shows, in French; "" when none can be seen."""
    if "json" in kind:
        try:
            size = leaves(json.loads(text))
        except (ValueError, RecursionError):
            return ""
        return f"JSON de {size} valeurs" if size > 3 else ""
    found = [
        f"{count} {title}"
        for title, (pattern, least) in MARKS.items()
        if (count := len(pattern.findall(text))) >= least
    ]
    return ", ".join(found)


def leaves(data: Any) -> int:
    """How many plain values a JSON document holds."""
    count, waiting = 0, [data]
    while waiting and count < 10_000:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
        elif one is not None:
            count += 1
    return count


def look(host: str, port: int, deadline: float) -> list[dict[str, Any]]:
    """Ask the first page, then those it links to, until one shows data."""
    import httpx

    start = f"http://{host}:{port}/"
    pages: list[dict[str, Any]] = []
    with httpx.Client(timeout=ASK, follow_redirects=True, trust_env=False) as client:
        waiting, known = [start], {start}
        while waiting and time.monotonic() < deadline and len(pages) <= LINKS:
            url = waiting.pop(0)
            status, kind, text = fetch(client, url)
            seen = shown(kind, text) if status == 200 else ""
            if url.endswith("/openapi.json"):
                waiting += routes(start, text, known) if status == 200 else []
                continue
            page = {"path": urlsplit(url).path or "/", "status": status, "shows": seen}
            if url == start or status == 200:
                pages.append({**page, "error": text if status == 0 else "", "shell": shell(text)})
            if seen:
                break
            if url == start:
                if status == 0:
                    break
                extra = [urljoin(start, path) for path in _PATHS]
                waiting += [*links(url, text, known), *extra]
    return pages


def shell(text: str) -> bool:
    """Is the page drawn by scripts, which this look does not run?"""
    return bool(_SHELL.search(text))


def links(page: str, text: str, known: set[str]) -> list[str]:
    """Addresses of the same application that a page links to."""
    found: list[str] = []
    for target in _LINK.findall(text):
        try:
            url = urljoin(page, target)
            same = urlsplit(url).netloc == urlsplit(page).netloc
        except ValueError:
            continue
        if same and url not in known and len(found) < LINKS:
            known.add(url)
            found.append(url)
    return found


def routes(start: str, text: str, known: set[str]) -> list[str]:
    """What an OpenAPI description can be asked without an argument."""
    try:
        paths = json.loads(text)["paths"]
        found = [urljoin(start, path) for path in paths if "get" in paths[path] and "{" not in path]
    except (ValueError, KeyError, TypeError):
        return []
    return [url for url in found if url not in known][:LINKS]


def mongo(host: str, user: str, password: str) -> dict[str, int]:
    import pymongo

    wait = int(ASK * 1000)
    options: dict[str, Any] = {"serverSelectionTimeoutMS": wait, "directConnection": True}
    if user:
        options |= {"username": user, "password": password}
    with pymongo.MongoClient(host, 27017, **options) as client:
        return {
            f"{base}.{name}": client[base][name].estimated_document_count()
            for base in client.list_database_names()
            if base not in ("admin", "config", "local")
            for name in client[base].list_collection_names(filter={"type": "collection"})
            if not name.startswith("system.")
        }


def redis(host: str, user: str, password: str) -> dict[str, int]:
    import redis as library

    client = library.Redis(
        host, socket_timeout=ASK, username=user or None, password=password or None
    )
    with client:
        spaces: Any = client.info("keyspace")
        return {name: int(one["keys"]) for name, one in spaces.items()}


def elasticsearch(host: str, user: str, password: str) -> dict[str, int]:
    import httpx

    who = (user or "elastic", password) if password else None
    last: Exception | None = None
    for scheme in ("http", "https"):
        url = f"{scheme}://{host}:9200/_cat/indices?format=json&h=index,docs.count"
        try:
            reply = httpx.get(url, auth=who, timeout=ASK, verify=False, trust_env=False)  # noqa: S501
            reply.raise_for_status()
            return {
                one["index"]: int(one["docs.count"] or 0)
                for one in reply.json()
                if not one["index"].startswith(".")
            }
        except (httpx.HTTPError, ValueError, KeyError) as error:
            last = error
    raise RuntimeError(str(last)[:200])


def s3(host: str, user: str, password: str) -> dict[str, int]:
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:9000",
        region_name="us-east-1",
        aws_access_key_id=user,
        aws_secret_access_key=password,
        config=Config(
            connect_timeout=ASK, read_timeout=ASK, retries={"max_attempts": 1}, proxies={}
        ),
    )
    found = {}
    for bucket in client.list_buckets()["Buckets"]:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"])
        found[bucket["Name"]] = sum(page["KeyCount"] for page in pages)
    return found


COUNTERS = {"mongo": mongo, "redis": redis, "elasticsearch": elasticsearch, "s3": s3}


def count(one: dict[str, str]) -> dict[str, Any]:
    """Count what a store holds; `error` says why it could not be."""
    try:
        found = COUNTERS[one["kind"]](one["service"], one.get("user", ""), one.get("password", ""))
        return {"service": one["service"], "held": found, "error": ""}
    except Exception as error:  # whatever a store answers, the others are asked
        return {"service": one["service"], "held": None, "error": f"{type(error).__name__}"}


def main(asked: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + asked.get("seconds", 30)
    return {
        "stores": [count(one) for one in asked.get("stores", ())],
        "pages": [
            {"service": service, "port": port, **page}
            for service, port in asked.get("pages", ())
            for page in look(service, port, deadline)
        ],
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
