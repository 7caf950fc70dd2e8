"""Each store against its real server: idempotent, one bad document alone is refused."""

from __future__ import annotations

import gzip
import json

import pytest

from lab.scraping import stores
from lab.scraping.batching import BatchWriter
from lab.scraping.deadletters import DeadLetters
from lab.scraping.items import Article, clean


def articles(count, **values):
    return [
        clean(
            Article(
                url=f"https://gazette.example/{n}",
                title=f"Titre {n}",
                body="Les chevaux galopent l’hiver.",
                published="2026-09-15T12:00:00+02:00",
                **values,
            ),
            spider="essai",
        )
        for n in range(count)
    ]


async def write(name, config, items, folder, tally=None):
    stats = tally if tally is not None else Stats()
    letters = DeadLetters(folder, "essai", name)
    writer = BatchWriter(
        stores.build(name, config, "essai"), config, stats, letters, lambda n, e: None
    )
    await writer.open()
    for item in items:
        await writer.put(item)
    await writer.close()
    assert writer.failure is None
    if not letters.path.exists():
        return stats, []
    return stats, [json.loads(line) for line in letters.path.read_text().splitlines()]


class Stats(dict):
    def inc_value(self, key, count=1):
        self[key] = self.get(key, 0) + count

    def set_value(self, key, value):
        self[key] = value

    max_value = set_value


async def test_mongo(content, config, tmp_path):
    items = articles(30)
    for _ in range(2):
        stats, buried = await write("mongo", config, items, tmp_path)
        assert stats["lab/mongo/stored"] == 30
        assert not buried
    held = content.documents("articles")
    assert len(held) == 30
    one = held[items[0].id]
    assert one["_id"] == one["id"] == items[0].id
    assert one["published"] == items[0].published  # aware, to the millisecond
    assert one["title"] == "Titre 0"


async def test_mongo_refuses_one_document_alone(content, config, tmp_path):
    items = articles(30)
    items[7].body = "x" * 17_000_000  # over the 16 MiB of a BSON document
    items[21].title = "\ud800"  # cannot be written as UTF-8
    stats, buried = await write("mongo", config, items, tmp_path)
    assert {letter["document"]["id"] for letter in buried} == {items[7].id, items[21].id}
    assert stats["lab/mongo/stored"] == 28
    assert len(content.documents("articles")) == 28


async def test_elasticsearch(content, config, tmp_path):
    items = articles(30, tags=["Équitation"], authors=["Inès Marchand"])
    for _ in range(2):
        stats, buried = await write("elasticsearch", config, items, tmp_path)
        assert stats["lab/elasticsearch/stored"] == 30
        assert not buried
    assert len(content.indexed("articles")) == 30
    for query in (
        {"match": {"body": "cheval"}},  # French stemming
        {"match": {"body": "hiver"}},  # elision of « l’ »
        {"term": {"title.keyword": "Titre 3"}},
        {"term": {"tags": "Équitation"}},
        {"match": {"authors": "marchand"}},
        {"range": {"published": {"gte": "2026-09-15T09:59:59Z", "lte": "2026-09-15T10:00:00Z"}}},
    ):
        reply = content.search.post("/articles/_search", json={"query": query}).json()
        assert reply["hits"]["total"]["value"] > 0, query
    mapping = content.search.get("/articles/_mapping").json()
    ((index, found),) = mapping.items()
    assert index.startswith("articles-2")  # `articles` is an alias
    assert found["mappings"]["dynamic"] == "strict"
    assert found["mappings"]["properties"]["published"]["type"] == "date"


async def test_elasticsearch_refuses_one_document_alone(content, config, tmp_path):
    items = articles(30)
    items[4].published = "avant-hier"
    stats, buried = await write("elasticsearch", config, items, tmp_path)
    (letter,) = buried
    assert letter["document"]["id"] == items[4].id
    assert letter["store"] == "elasticsearch"
    assert "published" in letter["reason"]
    assert stats["lab/elasticsearch/stored"] == 29
    assert len(content.indexed("articles")) == 29


async def test_redis_counts_only_what_is_new(content, config, tmp_path):
    await write("redis", config, articles(20), tmp_path)
    stats, _ = await write("redis", config, articles(30), tmp_path)
    assert stats["lab/redis/stored"] == 30
    assert len(content.seen("essai")) == 30
    assert content.redis.hget("lab:essai:stats", "items") == "30"


async def test_redis_counter_survives_a_lost_answer(content, config, tmp_path):
    """The batch is applied, the answer is lost, the batch is sent again."""
    store = stores.build("redis", config, "essai")
    await store.write(articles(10))
    await store.write(articles(10))
    await store.close()
    assert content.redis.hget("lab:essai:stats", "items") == "10"


async def test_s3_same_batch_same_object(content, config, tmp_path):
    items = articles(5)
    for _ in range(2):
        await write("s3", config, items, tmp_path)
    (name,) = content.objects()
    body = content.s3.get_object(Bucket="lab", Key=name)["Body"].read()
    lines = [json.loads(line) for line in gzip.decompress(body).splitlines()]
    assert [line["id"] for line in lines] == [item.id for item in items]
    assert lines[0]["published"] == "2026-09-15T10:00:00+00:00"


@pytest.mark.parametrize(
    "hostile", ["$where", "__proto__", "a.b", "x" * 900, "é\u2028", "<b>&amp;"]
)
async def test_hostile_values_are_stored_as_they_are(content, config, tmp_path, hostile):
    items = articles(3, tags=[hostile])
    for name in ("mongo", "elasticsearch", "s3"):
        _, buried = await write(name, config, items, tmp_path)
        assert not buried
    one = items[0]
    assert content.documents("articles")[one.id]["tags"] == one.tags
    assert content.indexed("articles")[one.id]["tags"] == one.tags
