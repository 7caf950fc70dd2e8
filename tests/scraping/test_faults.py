"""Stores that are killed, paused or gone while a crawl runs: nothing is lost, nothing hangs."""

from __future__ import annotations

import contextlib
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab.errors import StoreUnavailable
from lab.practice.world import World
from lab.scraping.replay import pending, replay

from . import truth
from .conftest import ARTICLES

STORES = ["mongo", "elasticsearch", "redis", "s3"]
# Slow enough for the fault to fall in the middle, with several batches before and after.
PACE = {"concurrency": 1, "delay": 0.01, "randomize_delay": False}
SLOWLY = {
    "LAB_BATCH_SIZE": 10,
    "LAB_ARCHIVE_BATCH": 20,
    "DOWNLOAD_SLOTS": json.dumps({"127.0.0.1": PACE}),
}
# Where a store's client changes little, two stores are enough every day.
TWO = [
    name if name in ("mongo", "s3") else pytest.param(name, marks=pytest.mark.long)
    for name in STORES
]
PATIENCE = 50  # seconds: less than the deadline of the settings, which was not waited for
IDS = set(truth.expected("articles", "", World(2026, ARTICLES, 1)))


class Once:
    """An `on_progress` that does something once, when `items` items have been seen."""

    def __init__(self, items: int, action: Callable[[], None]) -> None:
        self.items, self.action, self.at = items, action, 0

    def __call__(self, line: dict[str, Any]) -> None:
        if not self.at and line["items"] >= self.items:
            self.at = line["items"]
            self.action()


def later(seconds: float, action: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, action)
    timer.start()
    return timer


@contextlib.contextmanager
def fault(begin: Callable[[], None], seconds: float, end: Callable[[], None]) -> Iterator[Once]:
    """Yield an `on_progress` that begins a fault at the 20th item; it has ended on leaving."""
    timers: list[threading.Timer] = []

    def strike() -> None:
        begin()
        timers.append(later(seconds, end))

    try:
        yield Once(20, strike)
    finally:
        for timer in timers:
            timer.join()


@pytest.mark.parametrize("name", STORES)
def test_killed_and_back_three_seconds_later(run, content, stores, name):
    server = stores[name]
    with fault(server.kill, 3, server.start) as once:
        result = run("gazette", on_progress=once, **SLOWLY)
    assert 0 < once.at < ARTICLES, "la panne n’est pas tombée pendant la collecte"
    assert result.reason == "finished"
    assert result.stored == dict.fromkeys(STORES, ARTICLES)
    content.check("gazette", "articles", IDS)


@pytest.mark.parametrize("name", TWO)
def test_paused_longer_than_a_timeout(run, content, stores, name):
    server = stores[name]
    with fault(server.pause, 7, server.resume) as once:
        result = run("gazette", on_progress=once, LAB_STORE_TIMEOUT=2, **SLOWLY)
    assert 0 < once.at < ARTICLES
    assert result.stored == dict.fromkeys(STORES, ARTICLES)
    content.check("gazette", "articles", IDS)


@pytest.mark.long
@pytest.mark.parametrize("name", STORES)
def test_down_for_twenty_seconds(run, content, stores, name):
    server = stores[name]
    with fault(server.kill, 20, server.start) as once:
        result = run("gazette", on_progress=once, **SLOWLY)
    assert result.stored == dict.fromkeys(STORES, ARTICLES)
    content.check("gazette", "articles", IDS)


@pytest.mark.parametrize("name", TWO)
def test_down_for_good_then_replayed(run, content, stores, settings, dead_letters, name):
    server = stores[name]
    started = time.monotonic()
    once = Once(20, server.kill)
    try:
        with pytest.raises(StoreUnavailable, match=name) as caught:
            run("gazette", on_progress=once, LAB_STORE_DEADLINE=3, **SLOWLY)
        assert time.monotonic() - started < PATIENCE
    finally:
        if not server.family():
            server.start()
    error, result = caught.value, caught.value.result
    assert error.hint == "./lab crawl --replay"
    assert result.reason == "store_unavailable"
    assert list(result.unavailable) == [name]
    files = pending(dead_letters)
    assert files
    assert all(file.name.startswith("gazette-") for file in files)
    assert all(file.name.endswith(f"-{name}.jsonl") for file in files)
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)

    others = set(STORES) - {name}
    assert {result.stored[other] for other in others} == {result.items}
    letters = sum(len(file.read_text().splitlines()) for file in files)
    assert result.stored[name] + letters == result.items
    assert letters == result.errors > 0

    outcome = replay(dead_letters, settings)
    assert outcome.as_dict() == {"stored": {name: letters}, "remain": {}, "reasons": {}}
    assert pending(dead_letters) == []
    ids = set(content.documents("articles"))
    assert len(ids) == result.items
    content.check("gazette", "articles", ids)
    assert not replay(dead_letters, settings).stored


@pytest.mark.parametrize("name", ["mongo", "s3"])
def test_ctrl_c_while_the_last_batches_wait_for_a_store(run, content, stores, name):
    """Scrapy alone stops here before the pipelines have flushed (see `lab.scraping.closing`)."""
    server, timers = stores[name], []

    def stop():  # the store answers again only once the crawl was asked to stop
        timers.append(later(4, server.resume))
        signal.raise_signal(signal.SIGINT)

    once = Once(20, server.pause)
    interrupt = Once(ARTICLES, stop)

    def on_progress(line):
        once(line)
        interrupt(line)

    try:
        result = run("gazette", on_progress=on_progress, **{**SLOWLY, "LAB_BATCH_SIZE": 200})
    finally:
        for timer in timers:
            timer.join()
        server.resume()
    assert interrupt.at == ARTICLES
    assert result.stored == dict.fromkeys(STORES, ARTICLES)
    content.check("gazette", "articles", IDS)


def test_ctrl_c_after_the_last_write_is_no_failure(run, content):
    pressed = []

    def on_progress(line):
        if line.get("reason") == "finished" and not pressed:
            pressed.append(line)
            signal.raise_signal(signal.SIGINT)

    result = run("boutique", on_progress=on_progress)
    assert pressed
    assert set(result.stored.values()) == {result.items}


@pytest.mark.parametrize("name", STORES)
def test_down_from_the_start(run, content, stores, dead_letters, name):
    server = stores[name]
    server.kill()
    started = time.monotonic()
    try:
        with pytest.raises(StoreUnavailable, match=name) as caught:
            run("gazette", LAB_STORE_DEADLINE=2)
        assert time.monotonic() - started < PATIENCE
    finally:
        server.start()
    assert caught.value.result.pages == 0
    assert pending(dead_letters) == []


@pytest.mark.parametrize("name", ["mongo", "elasticsearch", "redis", "s3"])
def test_a_wrong_password_is_said_at_once(run, content, settings, name):
    wrong = {
        key: value.replace("mot-de-passe-de-test", "faux").replace("secret-de-test", "faux")
        for key, value in settings.items()
        if isinstance(value, str) and key in servers_keys(name)
    }
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match=name):
        run("gazette", **wrong)
    assert time.monotonic() - started < PATIENCE


def servers_keys(name: str) -> set[str]:
    return {
        "mongo": {"MONGO_URL"},
        "elasticsearch": {"ELASTICSEARCH_URL"},
        "redis": {"REDIS_URL"},
        "s3": {"AWS_SECRET_ACCESS_KEY"},
    }[name]


@pytest.mark.parametrize("name", ["mongo", "s3"])
def test_what_even_the_dead_letters_cannot_take_is_said_to_be_lost(
    run, content, stores, tmp_path, name
):
    (tmp_path / "plein").write_text("un fichier où il faudrait un dossier")
    server = stores[name]
    try:
        with pytest.raises(StoreUnavailable, match="ni rangées ni gardées") as caught:
            run(
                "gazette",
                on_progress=Once(20, server.kill),
                LAB_STORE_DEADLINE=3,
                LAB_DEAD_LETTERS=str(tmp_path / "plein" / "x"),
                **SLOWLY,
            )
    finally:
        if not server.family():
            server.start()
    assert caught.value.result.lost[name] > 0
    assert caught.value.result.stored[name] + caught.value.result.lost[name] <= ARTICLES
    assert caught.value.hint.startswith("./lab doctor")
