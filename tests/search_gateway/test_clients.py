"""The official clients, unchanged, on the gateway."""

from __future__ import annotations

import base64
from pathlib import Path

import httpx
import pytest
from elasticsearch import (
    AsyncElasticsearch,
    AuthenticationException,
    ConflictError,
    Elasticsearch,
    NotFoundError,
    helpers,
)

from .conftest import PASSWORD, GatewayProcess

FRENCH = {
    "properties": {
        "title": {"type": "text", "analyzer": "french"},
        "section": {"type": "keyword"},
        "price": {"type": "float"},
        "published": {"type": "date"},
    }
}


def test_root_is_honest(es: Elasticsearch, gateway: GatewayProcess) -> None:
    info = es.info()
    assert info["version"]["number"].startswith("9.")
    assert info["lab"]["real"] is False
    assert info["lab"]["engine"] == "osmem"
    assert "osmem" in info["tagline"]
    assert es.ping()
    assert es.cluster.health()["status"] in ("green", "yellow")


@pytest.mark.parametrize("path", ["/", "/_cluster/health", "/x/_search", "/_osmem", "/nulle/part"])
@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic " + base64.b64encode(b"elastic:faux").decode(),
        "Basic " + base64.b64encode(f"autre:{PASSWORD}".encode()).decode(),
        "Basic !!!",
        f"Bearer {PASSWORD}",
        "Basic " + base64.b64encode(b"elastic:").decode(),
    ],
)
def test_nothing_answers_without_credentials(
    gateway: GatewayProcess, path: str, header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    answer = httpx.get(gateway.url + path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert answer.headers["X-Elastic-Product"] == "Elasticsearch"
    assert answer.json()["error"]["type"] == "security_exception"


def test_wrong_password_in_the_client(gateway: GatewayProcess) -> None:
    with (
        Elasticsearch(gateway.url, basic_auth=("elastic", "faux")) as client,
        pytest.raises(AuthenticationException),
    ):
        client.search(index="x")


def test_documents(es: Elasticsearch) -> None:
    es.indices.create(index="livres", mappings=FRENCH)
    created = es.index(index="livres", id="1", document={"title": "Les chevaux", "price": 3.5})
    assert created["result"] == "created"
    auto = es.index(index="livres", document={"title": "sans identifiant"})
    assert auto["result"] == "created"
    assert es.get(index="livres", id=auto["_id"])["_source"] == {"title": "sans identifiant"}
    with pytest.raises(ConflictError):
        es.create(index="livres", id="1", document={"title": "encore"})
    assert es.update(index="livres", id="1", doc={"price": 4.0})["result"] == "updated"
    assert es.update(index="livres", id="2", doc={"price": 1}, doc_as_upsert=True)["_version"] == 1
    read = es.get(index="livres", id="1")
    assert read["_source"] == {"title": "Les chevaux", "price": 4.0}
    guarded = {"if_seq_no": read["_seq_no"], "if_primary_term": read["_primary_term"]}
    es.index(index="livres", id="1", document={"title": "neuf"}, **guarded)
    with pytest.raises(ConflictError):
        es.index(index="livres", id="1", document={"title": "trop tard"}, **guarded)
    assert es.delete(index="livres", id="1")["result"] == "deleted"
    with pytest.raises(NotFoundError):
        es.get(index="livres", id="1")
    assert es.exists(index="livres", id="2")
    assert es.count(index="livres")["count"] == 2
    assert es.mget(index="livres", ids=["1", "2"])["docs"][1]["found"]
    es.indices.delete(index="livres")
    assert not es.indices.exists(index="livres")


def test_ids_that_need_quoting(es: Elasticsearch) -> None:
    for name in ("a/b", "é à", "100%", "x?y#z", "+plus"):
        es.index(index="ids", id=name, document={"n": name})
        assert es.get(index="ids", id=name)["_source"] == {"n": name}
    assert es.count(index="ids")["count"] == 5


def test_bulk_search_and_aggregations(es: Elasticsearch) -> None:
    es.indices.create(index="presse", mappings=FRENCH)
    actions = [
        {
            "_index": "presse",
            "_id": str(n),
            "_source": {
                "title": f"L'économie des chevaux numéro {n}",
                "section": f"s{n % 4}",
                "price": n / 2,
                "published": f"2026-01-{n % 28 + 1:02d}T08:00:00Z",
            },
        }
        for n in range(1000)
    ]
    done, errors = helpers.bulk(es, actions, chunk_size=300, refresh=True)
    assert (done, errors) == (1000, [])
    with pytest.raises(helpers.BulkIndexError):
        helpers.bulk(es, [{"_op_type": "create", **actions[0]}])
    found = es.search(index="presse", query={"match": {"title": "économie"}}, size=3)
    assert found["hits"]["total"]["value"] == 1000
    aggs = es.search(
        index="presse",
        size=0,
        aggs={
            "s": {"terms": {"field": "section"}, "aggs": {"p": {"avg": {"field": "price"}}}},
            "h": {"date_histogram": {"field": "published", "calendar_interval": "month"}},
        },
    )["aggregations"]
    assert [bucket["doc_count"] for bucket in aggs["s"]["buckets"]] == [250] * 4
    assert aggs["s"]["buckets"][0]["p"]["value"] == pytest.approx(249.0)
    assert aggs["h"]["buckets"][0]["doc_count"] == 1000
    assert len({hit["_id"] for hit in helpers.scan(es, index="presse", size=150)}) == 1000
    assert len(_by_pit(es)) == 1000
    assert es.update_by_query(index="presse", query={"term": {"section": "s0"}})["updated"] == 250
    assert es.delete_by_query(index="presse", query={"term": {"section": "s1"}})["deleted"] == 250
    assert es.reindex(source={"index": "presse"}, dest={"index": "copie"})["created"] == 750
    assert es.count(index="presse,copie")["count"] == 1500


def _by_pit(es: Elasticsearch) -> set[str]:
    """Page through a run of equal sort values: each hit once, although it changes meanwhile."""
    seen: list[str] = []
    pit = es.open_point_in_time(index="presse", keep_alive="1m")["id"]
    after = None
    while True:
        page = es.search(
            pit={"id": pit, "keep_alive": "1m"},
            sort=[{"section": "asc"}],
            size=170,
            search_after=after,
        )
        hits = page["hits"].get("hits", [])
        if not hits:
            break
        seen += [hit["_id"] for hit in hits]
        after = hits[-1]["sort"]
        es.index(index="presse", id="999", document={"section": "s3", "title": "cheval"})
    assert es.close_point_in_time(id=pit)["num_freed"] == 1
    assert len(seen) == len(set(seen))
    return set(seen)


async def test_async_client(gateway: GatewayProcess) -> None:
    auth = ("elastic", PASSWORD)
    async with AsyncElasticsearch(gateway.url, basic_auth=auth, http_compress=True) as es:
        actions = ({"_index": "asynchrone", "n": n} for n in range(250))
        done, _ = await helpers.async_bulk(es, actions, chunk_size=100)
        assert done == 250
        assert (await es.count(index="asynchrone"))["count"] == 250
        await es.options(ignore_status=404).indices.delete(index="asynchrone,absent")
        ids = [hit["_id"] async for hit in helpers.async_scan(es, index="asynchrone")]
        assert len(set(ids)) == 250
        assert all(len(one) == 20 for one in ids)


def test_administration(es: Elasticsearch) -> None:
    es.indices.put_index_template(
        name="journaux",
        index_patterns=["journal-*"],
        template={"mappings": {"properties": {"niveau": {"type": "keyword"}}}},
    )
    es.index(index="journal-1", id="1", document={"niveau": "x"})
    properties = es.indices.get_mapping(index="journal-1")["journal-1"]["mappings"]["properties"]
    assert properties["niveau"] == {"type": "keyword"}
    es.indices.put_alias(index="journal-1", name="journaux")
    assert es.search(index="journaux")["hits"]["total"]["value"] == 1
    es.indices.put_mapping(index="journal-1", properties={"t": {"type": "text"}})
    es.indices.put_settings(index="journal-1", settings={"index": {"number_of_replicas": 0}})
    assert "journal-1" in es.cat.indices(format="json").body[0]["index"] or es.cat.indices()
    assert es.indices.refresh(index="journal-1")["_shards"]["failed"] == 0


def test_vendor_types_both_ways(gateway: GatewayProcess) -> None:
    for major in (8, 9):
        vendor = f"application/vnd.elasticsearch+json; compatible-with={major}"
        answer = gateway.request(
            "PUT",
            f"/types/_doc/{major}",
            content=b'{"a": 1}',
            headers={"Content-Type": vendor, "Accept": vendor},
        )
        assert answer.status_code == 201
        assert answer.headers["Content-Type"].replace("; ", ";") == vendor.replace("; ", ";")
    assert gateway.get("/types/_search").headers["Content-Type"].startswith("application/json")


def test_password_file_must_be_private(gateway: GatewayProcess, tmp_path: Path) -> None:
    import subprocess
    import sys

    loose = tmp_path / "ouvert"
    loose.write_text("x")
    loose.chmod(0o644)
    base = [sys.executable, "-m", "lab.runtimes.search_gateway", "--port", "0"]
    for path in (loose, tmp_path / "absent"):
        run = subprocess.run(
            [*base, "--data-dir", str(tmp_path / "d"), "--password-file", str(path)],
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert run.returncode != 0
        assert "mot de passe" in run.stderr
        assert "Traceback" not in run.stderr
