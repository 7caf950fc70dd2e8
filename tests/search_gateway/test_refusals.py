"""What the local engine does not do is refused in French, and names the stack that does it."""

from __future__ import annotations

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from .conftest import GatewayProcess

VECTOR = {"mappings": {"properties": {"v": {"type": "dense_vector", "dims": 3}}}}
NOW = {"query": {"range": {"d": {"lt": "now-1d"}}}}
KNN = {"knn": {"field": "v", "query_vector": [1, 2], "k": 1}}
SCRIPT = {"script": {"source": "ctx._source.n = 1"}}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/_query", {"query": "FROM refus"}),
        ("POST", "/_sql", {"query": "SELECT 1"}),
        ("GET", "/_sql", None),
        ("PUT", "/_ingest/pipeline/p", {"processors": []}),
        ("PUT", "/_snapshot/s", {"type": "fs"}),
        ("PUT", "/_scripts/s", SCRIPT),
        ("POST", "/_osmem/clones", None),
        ("GET", "/_osmem", None),
        ("PUT", "/refus/_doc/1?pipeline=p", {"n": 1}),
        ("PUT", "/refus/_doc/1?version=3&version_type=external", {"n": 1}),
        ("POST", "/refus/_update/1", SCRIPT),
        ("POST", "/refus/_update_by_query", SCRIPT),
        ("POST", "/refus/_delete_by_query", NOW),
        ("POST", "/refus/_delete_by_query?wait_for_completion=false", {"query": {"match_all": {}}}),
        ("POST", "/_reindex", {"source": {"index": "refus"}, "dest": {"index": "x"}, **SCRIPT}),
        ("PUT", "/vecteurs", VECTOR),
        ("PUT", "/coupe", {"mappings": {"_source": {"enabled": False}}}),
        ("PUT", "/p", {"settings": {"index.default_pipeline": "p"}}),
        ("POST", "/refus/_search", KNN),
        ("POST", "/refus/_search", {"query": KNN}),
        ("POST", "/refus/_search", {"retriever": {"standard": {}}}),
        ("POST", "/refus/_search", {"runtime_mappings": {"z": {"type": "long"}}}),
        ("POST", "/refus/_search", {"query": {"semantic": {"field": "t", "query": "x"}}}),
        ("PUT", "/%3Cjour-%7Bnow%2Fd%7D%3E/_doc/1", {"n": 1}),
        ("PUT", "/_data_stream/flux", None),
        ("POST", "/refus/_rollover", None),
        ("POST", "/refus/_pit?keep_alive=1m", {"index_filter": {"match_all": {}}}),
    ],
)
def test_refused(gateway: GatewayProcess, method: str, path: str, body: Any) -> None:
    gateway.request("PUT", "/refus/_doc/0", json={"n": 0, "d": "2020-01-01"})
    answer = gateway.request(method, path, json=body) if body else gateway.request(method, path)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert "./lab up --docker" in error["reason"]
    assert error["root_cause"][0]["type"] == error["type"]
    assert answer.json()["status"] == 400
    assert gateway.get("/refus/_count").json()["count"] == 1


@pytest.mark.parametrize(
    "lines",
    [
        '{"index": {"_index": "b", "pipeline": "p"}}\n{"n": 1}\n',
        '{"update": {"_index": "b", "_id": "1"}}\n{"script": {"source": "x"}}\n',
        '{"index": {"_index": "b", "version": 1, "version_type": "external"}}\n{"n": 1}\n',
        '{"index": {"_index": "<b-{now/d}>"}}\n{"n": 1}\n',
    ],
)
def test_refused_in_bulk(gateway: GatewayProcess, lines: str) -> None:
    good = '{"index": {"_index": "b", "_id": "ok"}}\n{"n": 1}\n'
    headers = {"Content-Type": "application/x-ndjson"}
    answer = gateway.request("POST", "/_bulk", content=good + lines, headers=headers)
    assert answer.status_code == 400
    assert "./lab up --docker" in answer.json()["error"]["reason"]
    # all or nothing: the good line was not applied either
    assert gateway.get("/b").status_code == 404


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "\n",
        '{"index": {}}\n{"n": 1}',
        "pas du json\n",
        '{"manger": {}}\n{}\n',
        '{"index": {}}\n',
    ],
)
def test_malformed_bulk(gateway: GatewayProcess, lines: str) -> None:
    headers = {"Content-Type": "application/x-ndjson"}
    answer = gateway.request("POST", "/c/_bulk", content=lines, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "illegal_argument_exception"
    assert gateway.get("/c").status_code == 404


def test_fields_named_as_features_are_not_refused(es: Elasticsearch) -> None:
    es.index(index="noms", id="1", document={"knn": "x", "script": "y", "pipeline": "z"})
    es.update(index="noms", id="1", doc={"script": "z"})
    assert es.search(index="noms", query={"match": {"knn": "x"}})["hits"]["total"]["value"] == 1
    operations = [{"update": {"_id": "1"}}, {"doc": {"script": "w"}}]
    assert not es.bulk(index="noms", operations=operations)["errors"]
    assert es.get(index="noms", id="1")["_source"]["script"] == "w"


def test_engine_errors_pass_unchanged(gateway: GatewayProcess) -> None:
    answer = gateway.request("POST", "/absent/_search", json={"query": {"match_all": {}}})
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "index_not_found_exception"
    assert "docker" not in answer.text
