"""The search index is rebuilt from MongoDB, under the same name, without a gap."""

from __future__ import annotations

import threading

from lab.scraping.reindex import reindex

from .test_stores import articles, write


async def fill(config, folder, count):
    await write("mongo", config, articles(count), folder)


def test_rebuilt_from_the_record(content, settings, config, run):
    run("boutique")
    record = set(content.documents("products"))
    old = next(iter(content.search.get("/products").json()))
    # The index lies: one document missing, one that the record never had.
    lost = next(iter(record))
    content.search.delete(f"/products/_doc/{lost}").raise_for_status()
    content.search.put("/products/_doc/intrus", json={"name": "Intrus"}).raise_for_status()

    seen: list[tuple[str, int, int]] = []
    counts = reindex({**settings, "LAB_BATCH_SIZE": 25}, lambda *line: seen.append(line))
    assert counts == {"articles": 0, "products": len(record)}
    assert set(content.indexed("products")) == record
    assert [line for line in seen if line[0] == "products"] == [
        ("products", 25, 60),
        ("products", 50, 60),
        ("products", 60, 60),
    ]
    (new,) = content.search.get("/products").json()
    assert new != old
    assert content.search.head(f"/{old}").status_code == 404
    assert content.search.head("/articles").status_code == 200


def test_rebuilt_while_a_crawl_runs(content, settings, run):
    run("gazette", pages=60)
    errors: list[BaseException] = []

    def rebuild():
        try:
            for _ in range(3):
                reindex({**settings, "LAB_BATCH_SIZE": 20})
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=rebuild)
    started = threading.Event()

    def on_progress(line):
        if line["items"] and not started.is_set():
            started.set()
            thread.start()

    result = run("gazette", on_progress=on_progress, CONCURRENT_REQUESTS=1, LAB_BATCH_SIZE=10)
    assert started.is_set()
    thread.join()
    assert not errors
    assert set(result.stored.values()) == {200}
    reindexed = set(content.indexed("articles"))
    assert reindexed == set(content.documents("articles"))
    assert len(reindexed) == 200


def test_search_never_sees_a_half_filled_index(content, settings, run):
    run("boutique")
    found: list[int] = []

    def look(*line):
        found.append(content.search.get("/products/_count").json()["count"])

    content.search.post("/products/_refresh")
    reindex({**settings, "LAB_BATCH_SIZE": 10}, look)
    assert len(found) >= 6
    assert set(found) == {60}


def test_nothing_to_index(content, settings):
    assert reindex(settings) == {"articles": 0, "products": 0}
    assert content.search.get("/articles/_count").json()["count"] == 0
