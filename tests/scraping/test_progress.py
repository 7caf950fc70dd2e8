"""The lines that tell how a crawl goes, from one worker and from several."""

from __future__ import annotations

from lab.scraping.config import STORES
from lab.scraping.counters import Lag, dropped, families
from lab.scraping.observations import KINDS, LATENCIES, LENGTH, PER_KIND, Examples, Observations
from lab.scraping.together import Together

from .conftest import ARTICLES

FIELDS = {
    *("pages", "items", "errors", "elapsed", "stored", "pending", "lag", "queue", "in_flight"),
    *("status", "failed", "retries", "blocked", "failures", "dropped", "traps", "odd", "paused"),
    *("bytes", "memory", "cpu", "latency", "coverage"),
}


def test_each_line_has_the_documented_fields_and_they_add_up(run, content):
    lines: list[dict] = []
    result = run("gazette", on_progress=lines.append)
    for line in lines:
        assert set(line) - {"examples", "crawl"} >= FIELDS
    last = lines[-1]
    assert set(last) - {"examples"} == FIELDS | {
        *("crawl", "reason", "duplicates", "unavailable", "lost")
    }
    assert last["reason"] == result.reason == "finished"
    assert last["coverage"]["articles"]["items"] == last["items"] == ARTICLES
    assert sum(last["latency"]) == last["pages"]
    assert len(last["latency"]) == len(LATENCIES) + 1
    assert last["status"]["200"] >= last["pages"]
    assert set(last["lag"]) == set(STORES)
    assert set(last["lag"].values()) == {0.0}
    assert last["memory"] > 10_000_000
    assert last["cpu"] > 0
    assert last["bytes"] > 0
    assert any(isinstance(line["queue"], int) for line in lines)
    for name in ("pages", "items", "elapsed", "cpu", "bytes"):
        values = [line[name] for line in lines]
        assert values == sorted(values), name


def test_settings_that_matter_are_told_and_no_secret(run, content, contract):
    lines: list[dict] = []
    run("gazette", pages=3, on_progress=lines.append, LAB_STORES="redis,s3")
    for line in (lines[0], lines[-1]):
        settings = line["crawl"]["settings"]
        assert settings["LAB_STORES"] == ["redis", "s3"] or settings["LAB_STORES"] == "redis,s3"
        assert "newscrawler" in settings["USER_AGENT"]
        assert line["crawl"]["versions"]["scrapy"]
    told = str(lines)
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "REDIS_URL"):
        assert contract[name] not in told


def test_failures_come_with_examples(run, content):
    lines: list[dict] = []
    run("gazette", {"rubrique": "absente"}, on_progress=lines.append, LAB_STORES="redis")
    examples = {kind: found for line in lines for kind, found in line.get("examples", {}).items()}
    ((url, detail),) = examples["HTTP 404"]
    assert url.endswith("/gazette/rubrique/absente/")
    assert detail == ""
    assert lines[-1]["status"]["404"] == 1


def test_lag_is_the_age_of_the_oldest_item_that_waits():
    lag = Lag()
    for second in range(1, 11):
        lag.ready(float(second), second * 100)
    assert lag.of(10.0, 1000) == 0.0
    assert lag.of(10.0, 950) == 0.0  # came with the last look
    assert lag.of(10.0, 700) == 2.0  # number 701 came at 8 s
    assert lag.of(10.0, 0) == 9.0
    assert Lag().of(5.0, 0) == 0.0


def test_dropped_items_by_reason_and_what_the_project_drops_itself():
    stats = {
        "lab/items/invalid": 3,
        "lab/items/invalid/title": 2,
        "lab/items/invalid/price": 1,
        "lab/items/duplicate": 7,
        "item_dropped_count": 15,
    }
    found = {"invalid/title": 2, "invalid/price": 1, "duplicate": 7, "other": 5}
    assert dropped(stats) == found
    assert dropped({}) == {}


def test_families_of_counters():
    found = families(
        {
            "downloader/response_status_count/200": 9,
            "downloader/response_count": 9,
            "downloader/exception_type_count/twisted.internet.error.TimeoutError": 2,
            "lab/traps/calendrier": 1,
        }
    )
    assert found == {
        "status": {"200": 9},
        "failures": {"TimeoutError": 2},
        "traps": {"calendrier": 1},
    }


def test_examples_are_few_short_and_without_secrets():
    examples = Examples()
    for number in range(100):
        examples.add("HTTP 404", f"http://x/{number}", "d" * 5000)
        examples.add(f"sorte {number}", "http://u:pw@x/?token=abc&page=2")
    news = examples.news()
    assert len(news) == KINDS
    assert len(news["HTTP 404"]) == PER_KIND
    assert len(news["HTTP 404"][0][1]) == LENGTH
    assert news["sorte 1"][0][0] == "http://x/?token=•••&page=2"
    assert examples.news() == {}


def test_latency_classes():
    notes = Observations()
    for seconds in (0.0, 0.001, 0.0011, 29.9, 31.0):
        notes.latency(seconds)
    assert notes.latencies[0] == 2
    assert notes.latencies[1] == 1
    assert notes.latencies[-2:] == [1, 1]


def worker(pages: int, **more: object) -> dict:
    return {
        "pages": pages,
        "items": pages,
        "errors": 1,
        "elapsed": 2.0,
        "stored": {"mongo": pages},
        "pending": {"mongo": 2},
        "lag": {"mongo": pages / 10},
        "queue": 30,
        "in_flight": 4,
        "status": {"200": pages},
        "dropped": {"duplicate": 1},
        "memory": 100,
        "latency": [pages, 0, 1],
        "coverage": {"articles": {"items": pages, "fields": {"title": pages}}},
        **more,
    }


def test_two_workers_make_one_line():
    together = Together()
    together.add("1", worker(10, elapsed=3.0))
    line = together.add(
        "2", worker(5, status={"200": 4, "404": 1}, examples={"HTTP 404": [["u", ""]]})
    )
    assert (line["pages"], line["items"], line["errors"]) == (15, 15, 2)
    assert (line["elapsed"], line["workers"], line["memory"]) == (3.0, 2, 200)
    assert (line["stored"], line["pending"], line["lag"]) == (
        {"mongo": 15},
        {"mongo": 4},
        {"mongo": 1.0},
    )
    assert (line["queue"], line["in_flight"]) == (30, 8)  # one queue for all
    assert line["status"] == {"200": 14, "404": 1}
    assert line["latency"] == [15, 0, 2]
    assert line["coverage"] == {"articles": {"items": 15, "fields": {"title": 15}}}
    assert line["examples"] == {"HTTP 404": [["u", ""]]}


def test_a_worker_that_died_keeps_its_counts_only():
    together = Together()
    together.add("1", worker(10))
    together.gone("1")
    line = together.add("1 bis", worker(5))
    assert (line["pages"], line["stored"]) == (15, {"mongo": 15})
    assert (line["workers"], line["memory"], line["in_flight"]) == (1, 100, 4)
    assert line["pending"] == {"mongo": 2}


def test_the_last_line_of_several_workers_gives_the_worst_reason():
    together = Together()
    ended = {"duplicates": 2, "lost": {}, "unavailable": {}}
    together.add("1", worker(10, reason="finished", **ended))
    together.add("2", worker(5, reason="finished", **ended))
    assert (together.last()["reason"], together.last()["duplicates"]) == ("finished", 4)
    down = {**ended, "unavailable": {"mongo": "TimeoutError"}}
    together.add("3", worker(1, reason="store_unavailable", **down))
    last = together.last()
    assert last["reason"] == "store_unavailable"
    assert last["unavailable"] == {"mongo": "TimeoutError"}
    assert last["workers"] == 0
    assert Together().last("shutdown")["reason"] == "shutdown"
