"""Dead letters: what is kept, and how it comes back."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

from lab.scraping import stores
from lab.scraping.deadletters import TAKEN, DeadLetters, take
from lab.scraping.replay import pending, replay

from .test_stores import Stats, articles


def test_replay_stores_everything_and_removes_the_files(content, settings, dead_letters):
    for name in ("mongo", "elasticsearch", "redis", "s3"):
        DeadLetters(dead_letters, "essai", name).add(articles(12), "panne")
    result = replay(dead_letters, settings)
    assert result.stored == {"mongo": 12, "elasticsearch": 12, "redis": 12, "s3": 12}
    assert pending(dead_letters) == []
    content.check("essai", "articles", {item.id for item in articles(12)})
    assert len(content.archived("essai")) == 12


def test_replay_twice_archives_once(content, settings, dead_letters):
    for _ in range(2):
        DeadLetters(dead_letters, "essai", "s3").add(articles(5), "panne")
        assert replay(dead_letters, settings).stored == {"s3": 5}
    assert len(content.archived("essai")) == 5


def test_what_is_still_refused_stays_with_its_reason(content, settings, dead_letters):
    items = articles(3)
    letters = DeadLetters(dead_letters, "essai", "mongo")
    letters.add(items, "panne")
    with letters.path.open("a") as file:
        file.write('{"store": "mongo", "collec\n')  # a torn line: the disk was full
        file.write('{"store": "mongo", "collection": "articles", "document": {"title": "x"}}\n')
    result = replay(dead_letters, settings)
    assert result.stored == {"mongo": 3}
    assert result.remain == {"mongo": 2}
    assert "illisibles" in result.reasons["mongo"]
    (left,) = pending(dead_letters)
    assert len(left.read_text().splitlines()) == 2
    assert left.stat().st_mode & 0o777 == 0o600
    assert replay(dead_letters, settings).remain == {"mongo": 2}


def test_a_store_still_down_keeps_every_letter(content, settings, dead_letters, stores):
    for _ in range(2):
        DeadLetters(dead_letters, "essai", "redis").add(articles(4), "panne")
    stores["redis"].kill()
    try:
        result = replay(dead_letters, {**settings, "LAB_STORE_DEADLINE": 1})
    finally:
        stores["redis"].start()
    assert result.stored["redis"] == 0
    assert result.remain["redis"] == 4  # the second file was not even tried
    assert result.reasons["redis"]
    assert sum(len(f.read_text().splitlines()) for f in pending(dead_letters)) == 8
    assert replay(dead_letters, settings).stored == {"redis": 8}


def test_an_old_letter_never_replaces_a_newer_copy(content, settings, dead_letters, config):
    old = articles(3)
    fresh = replace(old[0], title="Corrigé", scraped_at=datetime(2099, 1, 1, tzinfo=UTC))

    async def store(name):
        one = stores.build(name, config, "essai")
        await one.open()
        await one.write([fresh])
        await one.close()

    for name in ("mongo", "elasticsearch"):
        asyncio.run(store(name))
        DeadLetters(dead_letters, "essai", name).add(old, "panne")
    content.search.post("/articles/_refresh")
    assert replay(dead_letters, settings).stored == {"mongo": 3, "elasticsearch": 3}
    assert content.documents("articles")[fresh.id]["title"] == "Corrigé"
    assert content.indexed("articles")[fresh.id]["title"] == "Corrigé"
    assert len(content.documents("articles")) == 3


def test_letters_written_during_a_replay_are_not_lost(dead_letters):
    letters = DeadLetters(dead_letters, "essai", "mongo")
    letters.add(articles(2), "panne")
    taken = take(letters.path)
    letters.add(articles(1), "encore")
    assert taken.name.endswith(TAKEN)
    assert len(taken.read_text().splitlines()) == 2
    assert len(letters.path.read_text().splitlines()) == 1
    assert pending(dead_letters) == [letters.path, taken]


def test_an_interrupted_replay_is_taken_up_again(content, settings, dead_letters):
    letters = DeadLetters(dead_letters, "essai", "mongo")
    letters.add(articles(2), "panne")
    take(letters.path)
    letters.add(articles(5)[2:], "panne")
    assert replay(dead_letters, settings).stored == {"mongo": 5}
    assert pending(dead_letters) == []
    assert len(content.documents("articles")) == 5


def test_a_letter_says_where_it_comes_from(dead_letters):
    letters = DeadLetters(dead_letters, "essai", "mongo")
    letters.add(articles(1), "panne")
    line = json.loads(letters.path.read_text())
    assert set(line) == {"store", "collection", "reason", "at", "document"}
    assert (line["store"], line["collection"], line["reason"]) == ("mongo", "articles", "panne")
    assert letters.path.parent.stat().st_mode & 0o777 == 0o700
    assert Stats() == {}
