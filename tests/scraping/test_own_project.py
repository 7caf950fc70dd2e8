"""A student's own project: three lines of settings, any item, the four real stores."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lab.scraping.reindex import reindex

from .servers import wait_until

COUNT = 120
SETTINGS = """
BOT_NAME = "essai"
SPIDER_MODULES = ["essai.spiders"]
ADDONS = {"lab.scraping.addon.LabStorage": 100}
LAB_STORES = ["mongo", "elasticsearch", "redis", "s3"]
LAB_STORE_DEADLINE = 60
"""
SPIDER = """
import scrapy


class Citations(scrapy.Spider):
    name = "citations"
    start_urls = ["data:,x"]

    def parse(self, response):
        for n in range({count}):
            yield {{
                "url": f"https://citations.example/{{n}}",
                "texte": f"Les chevaux galopent {{n}}",
                "mots": ["cheval", str(n)],
                "note": n if n % 2 else n + 0.5,
            }}
        for hostile in HOSTILE:
            yield {{"url": f"https://citations.example/{{hostile['id']}}", **hostile}}


HOSTILE = [
    {{"id": "h-nul", "texte": "a\\x00b"}},
    {{"id": "h-surrogate", "texte": "\\ud800"}},
    {{"id": "h-where", "texte": "x", "$where": "sleep(1000)", "__proto__": {{"a.b": 1}}, "": 2}},
    {{"id": "h-big", "texte": "mot " * 249_999 + "fin"}},
    {{"id": "h-word", "texte": "m" * 1_000_000}},  # so does it this one
    {{"id": "h-int", "texte": "x", "numero": 2**70}},
    {{"id": "h-type", "texte": "x", "note": "beaucoup"}},  # Elasticsearch alone refuses it
    {{"id": "h-bytes", "texte": b"\\xff"}},
    {{"id": "h-inf", "texte": float("inf")}},
    {{"id": "h-object", "texte": object()}},
    {{"id": "h-too-big", "texte": "m" * 1_000_001}},
]
"""
STORED = {"h-nul", "h-surrogate", "h-where", "h-big", "h-word", "h-int", "h-type"}
NOT_INDEXED = {"h-type", "h-word"}


# One item a page, slowly: there is time to kill it.
SLOW = """
import scrapy


class Citations(scrapy.Spider):
    name = "citations"
    start_urls = [f"data:,{{n}}" for n in range({count})]

    def parse(self, response):
        yield {{"url": f"https://citations.example/{{response.text}}", "texte": response.text}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as `scrapy startproject` makes it, reduced to what matters."""
    folder = tmp_path / "projet"
    (folder / "essai" / "spiders").mkdir(parents=True)
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = essai.settings\n")
    (folder / "essai" / "__init__.py").touch()
    (folder / "essai" / "settings.py").write_text(SETTINGS)
    (folder / "essai" / "spiders" / "__init__.py").write_text(SPIDER.format(count=COUNT))
    return folder


def start(project: Path, settings: dict, *options: str) -> subprocess.Popen[str]:
    hidden = {k: str(v) for k, v in settings.items() if not k.startswith(("LAB_", "LOG_"))}
    command = [sys.executable, "-m", "scrapy", "crawl", "citations"]
    command += ["-s", f"LAB_DEAD_LETTERS={settings['LAB_DEAD_LETTERS']}", *options]
    return subprocess.Popen(
        command,
        cwd=project,
        env={**os.environ, **hidden, "LAB_BUCKET": "lab"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def crawl(project: Path, settings: dict, *options: str) -> str:
    process = start(project, settings, *options)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return said


@pytest.fixture
def emptied(content):
    """The stores, without these collections before and after: other tests count theirs."""
    _empty(content)
    yield content
    _empty(content)


def _empty(content) -> None:
    for name in ("citations", "proverbes"):
        content.mongo["lab"][name].drop()
        found = content.search.get(f"/{name}")
        for index in found.json() if found.is_success else {}:
            content.search.delete(f"/{index}").raise_for_status()


def test_any_item_in_the_four_stores_and_hostile_values_alone_are_refused(
    project, settings, emptied, dead_letters
):
    log = crawl(project, settings)
    content = emptied
    held = content.documents("citations")
    assert len(held) == COUNT + len(STORED)
    assert set(held) >= STORED
    assert held["h-nul"]["texte"] == "ab"
    assert held["h-where"]["where"] == "sleep(1000)"
    assert held["h-where"]["proto"] == {"a_b": 1}
    assert held["h-int"]["numero"] == str(2**70)
    assert len(held["h-big"]["texte"]) == 999_999
    # A type conflict costs one document, in the search index only, and it is kept aside.
    assert set(content.indexed("citations")) == set(held) - NOT_INDEXED
    (file,) = dead_letters.iterdir()
    letters = [json.loads(line) for line in file.read_text().splitlines()]
    assert {letter["store"] for letter in letters} == {"elasticsearch"}
    assert {letter["document"]["id"] for letter in letters} == NOT_INDEXED
    assert content.seen("citations") == {f"citations:{identity}" for identity in held}
    lines = content.archived("citations", "citations")
    assert {line["id"] for line in lines} == set(held)
    assert log.count("objet invalide") == 4
    for query, count in (
        ({"match": {"texte": "cheval"}}, COUNT),
        ({"term": {"mots.keyword": "7"}}, 1),
        ({"range": {"note": {"gte": 0.4, "lte": 0.6}}}, 1),
    ):
        reply = content.search.post("/citations/_search", json={"query": query}).json()
        assert reply["hits"]["total"]["value"] == count, query

    objects = content.objects()
    crawl(project, settings)
    assert content.documents("citations").keys() == held.keys()
    assert content.objects() == objects  # nothing changed: nothing archived again


def test_the_collection_can_be_named_and_its_index_rebuilt(project, settings, emptied):
    crawl(project, settings, "-s", "LAB_COLLECTION=proverbes", "-s", "LAB_STORES=mongo")
    assert len(emptied.documents("proverbes")) == COUNT + len(STORED)
    counts = reindex({**settings, "LAB_BATCH_SIZE": 50, "LAB_STORES": "mongo,elasticsearch"})
    assert counts["proverbes"] == COUNT + len(STORED) - len(NOT_INDEXED)
    assert set(emptied.documents("proverbes")) - set(emptied.indexed("proverbes")) == NOT_INDEXED


def test_several_items_of_one_page_are_all_kept(project, settings, emptied):
    spider = project / "essai" / "spiders" / "__init__.py"
    spider.write_text(SPIDER.format(count=COUNT).replace("/{n}", "/page-{n // 10}"))
    log = crawl(project, settings, "-s", "LAB_STORES=mongo")
    assert len(emptied.documents("citations")) == COUNT + len(STORED)
    assert log.count("ont la même adresse") == 1


def test_parquet_on_s3(project, settings, emptied, tmp_path):
    own = {"s3://lab/mes-donnees/citations.parquet": {"format": "parquet"}}
    crawl(
        project,
        settings,
        *("-s", "LAB_ARCHIVE_FORMAT=parquet", "-s", "LAB_ARCHIVE_BATCH=50"),
        *("-s", f"FEEDS={json.dumps(own)}"),
    )
    archived = [name for name in emptied.objects() if name.startswith("crawls/citations/")]
    assert len(archived) == -(-(COUNT + len(STORED)) // 50)
    assert all(name.endswith(".parquet") for name in archived)
    ids: list[str] = []
    for name in [*archived, "mes-donnees/citations.parquet"]:
        file = tmp_path / "lu.parquet"
        emptied.s3.download_file("lab", name, str(file))
        table = pq.read_table(file)
        assert str(table.schema.field("note").type) == "double"
        assert str(table.schema.field("scraped_at").type) == "timestamp[ms, tz=UTC]"
        assert set(table["_collection"].to_pylist()) == {"citations"}
        if name in archived:
            ids += table["id"].to_pylist()
        else:
            whole = {row["id"]: row for row in table.to_pylist()}
    assert sorted(ids) == sorted(whole)
    assert len(ids) == COUNT + len(STORED)
    # What no column can hold is not lost.
    assert json.loads(whole["h-type"]["_extra"]) == {"note": "beaucoup"}
    assert json.loads(whole["h-where"]["proto"]) == {"a_b": 1}
    assert emptied.redis.hlen("lab:citations:archived") == len(ids)


def test_a_feed_of_ones_own_to_s3(project, settings, emptied):
    own = {
        "s3://lab/mes-donnees/citations.json.gz": {
            "format": "json",
            "postprocessing": ["scrapy.extensions.postprocessing.GzipPlugin"],
        }
    }
    crawl(project, settings, "-s", f"FEEDS={json.dumps(own)}", "-s", "LAB_STORES=s3")
    body = emptied.s3.get_object(Bucket="lab", Key="mes-donnees/citations.json.gz")["Body"].read()
    assert len(json.loads(gzip.decompress(body))) == COUNT + len(STORED)


def test_killed_in_the_middle_then_run_again(project, settings, emptied):
    """Nothing that was stored is lost, and the second run stores nothing twice."""
    (project / "essai" / "spiders" / "__init__.py").write_text(SLOW.format(count=COUNT))
    slowly = ("-s", "DOWNLOAD_DELAY=0.05", "-s", "LAB_BATCH_SIZE=5", "-s", "LAB_ARCHIVE_BATCH=10")
    process = start(project, settings, *slowly)
    try:
        wait_until(lambda: len(emptied.documents("citations")) >= COUNT // 4, 60)
    finally:
        process.kill()
        process.communicate(timeout=10)
    before = emptied.documents("citations")
    assert COUNT // 4 <= len(before) < COUNT
    crawl(project, settings)
    ids = {item["id"] for item in emptied.documents("citations").values()}
    assert len(ids) == COUNT
    assert ids >= set(before)
    assert set(emptied.indexed("citations")) == ids
    assert emptied.seen("citations") == {f"citations:{identity}" for identity in ids}
    archived = [line["id"] for line in emptied.archived("citations", "citations")]
    assert set(archived) == ids
    # A kill between an upload and its entry in the ledger archives that batch once more.
    assert max(Counter(archived).values()) <= 2
