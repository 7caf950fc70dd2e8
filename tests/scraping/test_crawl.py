"""Whole crawls of the practice web into the four real stores."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lab.errors import CrawlFailed, UnknownName
from lab.practice.world import World
from lab.scraping.runner import Option

from . import truth
from .conftest import ARTICLES, PRODUCTS, PROJECT

WORLD = World(2026, ARTICLES, PRODUCTS)
CASES = [("gazette", "articles", ARTICLES), ("boutique", "products", PRODUCTS)]


@pytest.mark.parametrize(("spider", "collection", "count"), CASES)
def test_exact_in_four_stores_and_nothing_twice(run, content, practice, spider, collection, count):
    expected = truth.expected(collection, practice.url, WORLD)
    first = run(spider)
    four = dict.fromkeys(("mongo", "elasticsearch", "redis", "s3"), count)
    assert first.as_dict() == {
        "spider": spider,
        "pages": first.pages,
        "items": count,
        "seconds": first.seconds,
        "stored": four,
        "errors": 0,
    }
    assert first.pages > count
    assert first.reason == "finished"
    content.check(spider, collection, set(expected))
    for documents in (
        content.documents(collection),
        content.indexed(collection),
        {line["id"]: line for line in content.archived(spider)},
    ):
        assert {key: truth.seen(value) for key, value in documents.items()} == expected

    objects = content.objects()
    assert len(content.archived(spider)) == count
    second = run(spider)
    assert second.as_dict()["stored"] == four
    assert content.objects() == objects
    content.check(spider, collection, set(expected))


def test_only_what_changed_is_archived_again(run, content):
    run("boutique")
    (one, *_) = content.documents("products")
    content.redis.hset("lab:boutique:archived", one, "autre-contenu")
    assert run("boutique").stored["s3"] == PRODUCTS
    lines = [line["id"] for line in content.archived("boutique")]
    assert len(lines) == PRODUCTS + 1
    assert lines.count(one) == 2


def test_small_batches_make_several_objects(run, content):
    assert run("boutique", LAB_ARCHIVE_BATCH=25).stored["s3"] == PRODUCTS
    assert len(content.objects()) == -(-PRODUCTS // 25)
    assert all(name.startswith("crawls/boutique/") for name in content.objects())


@pytest.mark.parametrize("pages", [1, 7, 40])
def test_exactly_so_many_pages(run, content, pages):
    result = run("gazette", pages=pages)
    assert result.pages == pages
    assert result.errors == 0
    assert len(content.documents("articles")) == result.items


def test_one_section_only(run, content):
    sections = {item["section"] for item in truth.expected("articles", "", WORLD).values()}
    assert "Sport" in sections
    result = run("gazette", {"rubrique": "sport"})
    held = content.documents("articles")
    assert {document["section"] for document in held.values()} == {"Sport"}
    assert len(held) == result.items < ARTICLES


def test_stores_can_be_left_out(run, content):
    result = run("boutique", LAB_STORES=["redis", "mongo"])
    assert result.as_dict()["stored"] == {
        "mongo": PRODUCTS,
        "elasticsearch": 0,
        "redis": PRODUCTS,
        "s3": 0,
    }
    assert not content.objects()


def test_robots_txt_is_obeyed(run, tmp_path):
    run("gazette", LAB_STORES="", LOG_LEVEL="DEBUG")
    run("boutique", LAB_STORES="", LOG_LEVEL="DEBUG")
    log = (tmp_path / "crawl.log").read_text()
    assert "/robots.txt> (referer: None)" in log
    crawled = [line for line in log.splitlines() if "Crawled (" in line]
    assert len(crawled) > ARTICLES
    assert not [line for line in crawled if "/admin" in line or "/panier" in line]


def test_progress_lines(run, content):
    lines: list[dict] = []
    run("gazette", on_progress=lines.append)
    numbers = {"pages", "items", "stored", "pending", "errors", "elapsed"}
    assert all(set(line) >= numbers for line in lines)
    last = lines[-1]
    assert set(last) > numbers | {"reason", "duplicates", "unavailable", "lost"}
    assert last["lost"] == {}
    assert last["reason"] == "finished"
    assert set(last["pending"].values()) == {0}
    assert [line["pages"] for line in lines] == sorted(line["pages"] for line in lines)


def test_unknown_spider(run):
    with pytest.raises(UnknownName, match=r"boutique, .*gazette") as caught:
        run("gazete")
    assert caught.value.exit_code == 2


def test_practice_web_down(run, content):
    with pytest.raises(CrawlFailed, match="Aucune page") as caught:
        run("gazette", PRACTICE_URL="http://127.0.0.1:9", LAB_STORES="redis")
    assert caught.value.result.pages == 0
    assert caught.value.result.errors == 1


def test_a_broken_project_is_one_sentence(settings, tmp_path):
    from lab.scraping.runner import crawl

    (tmp_path / "projet").mkdir()
    (tmp_path / "projet" / "scrapy.cfg").write_text("[settings]\ndefault = absent.settings\n")
    with pytest.raises(CrawlFailed, match="ne se charge pas"):
        crawl("gazette", {}, 0, settings, tmp_path / "projet", None)


def test_a_school_proxy_is_not_asked_for_the_labs_own_services(run, content, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert set(run("boutique").stored.values()) == {PRODUCTS}


def test_passwords_are_not_on_the_command_line_nor_in_the_log(run, contract, tmp_path):
    seen: list[str] = []

    def look(line):
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = entry.read_bytes().decode(errors="replace")
            except OSError:
                continue
            if "\0crawl\0boutique" in command:
                seen.append(command)

    run("boutique", on_progress=look, LOG_LEVEL="DEBUG")
    assert seen
    log = (tmp_path / "crawl.log").read_text()
    for secret in (contract["AWS_SECRET_ACCESS_KEY"], "mot-de-passe-de-test"):
        assert not [command for command in seen if secret in command]
        assert secret not in log


def test_ctrl_c_finishes_cleanly(settings, content, tmp_path):
    """The real signal to the process that called `crawl`, as a terminal sends it."""
    settings["CONCURRENT_REQUESTS"] = 1  # slow enough to be interrupted half-way
    script = tmp_path / "appel.py"
    script.write_text(
        "import json, sys\n"
        "from pathlib import Path\n"
        "from lab.scraping.runner import crawl\n"
        f"settings = json.loads({json.dumps(json.dumps(settings))})\n"
        "def show(line):\n"
        "    print(line['items'], flush=True)\n"
        f"result = crawl('gazette', {{}}, 0, settings, Path({str(PROJECT)!r}), show)\n"
        "print(json.dumps({**result.as_dict(), 'reason': result.reason}), flush=True)\n"
    )
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    )
    guard = threading.Timer(60, process.kill)
    guard.start()
    try:
        lines, asked = [], False
        for line in process.stdout:
            lines.append(line.strip())
            if not asked and line.strip().isdigit() and 0 < int(line) < ARTICLES:
                asked = True
                process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    finally:
        guard.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    result = json.loads(lines[-1])
    assert result["reason"] in {"shutdown", "finished"}  # on a busy machine, just too late
    assert 0 < result["items"] <= ARTICLES
    assert set(result["stored"].values()) == {result["items"]}
    assert len(content.documents("articles")) == result["items"]


def test_a_job_that_stops_at_n_pages_is_taken_up_without_a_loss(run, content, tmp_path):
    job = {"JOBDIR": Option(tmp_path / "job")}
    parts = [run("gazette", pages=pages, **job) for pages in (40, 90, 0)]
    assert [part.pages for part in parts[:2]] == [40, 90]
    assert parts[2].reason == "finished"
    whole = run("gazette", LAB_STORES="")
    assert sum(part.pages for part in parts) == whole.pages
    assert sum(part.items for part in parts) == whole.items == ARTICLES
