"""The core's promises, with a store whose faults are scripted."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace

import pytest

from lab.scraping.batching import BatchWriter, ItemsLost, Outcome
from lab.scraping.config import StorageConfig
from lab.scraping.deadletters import DeadLetters
from lab.scraping.items import Article, clean


class Down(Exception):
    pass


class ScriptedStore:
    """Fails as told: `down` writes first, `poison` ids whole batch, `refuse` ids alone."""

    name = "scripted"

    def __init__(self, down=0, poison=(), refuse=(), busy=(), delay=0.0):
        self.down, self.poison, self.refuse, self.busy = down, poison, refuse, set(busy)
        self.delay, self.batches, self.held, self.opened = delay, [], set(), 0

    async def open(self):
        self.opened += 1

    async def write(self, items):
        await asyncio.sleep(self.delay)
        if self.down:
            self.down -= 1
            raise Down
        if any(item.title in self.poison for item in items):
            raise ValueError("document impossible")
        self.batches.append(len(items))
        outcome = Outcome()
        for item in items:
            if item.title in self.refuse:
                outcome.refused.append((item, "non"))
            elif item.title in self.busy:
                self.busy.discard(item.title)
                outcome.again.append(item)
            else:
                self.held.add(item.title)
        return outcome

    def transient(self, error):
        return isinstance(error, Down)

    async def close(self):
        pass


class Stats(Counter):
    def inc_value(self, key, count=1):
        self[key.split("/")[-1]] += count

    def set_value(self, key, value):
        self[key.split("/")[-1]] = value

    max_value = set_value


CONFIG = StorageConfig(batch_size=10, batch_age=0.05, queue_size=20, timeout=1, deadline=1.5)


def items(count):
    return [clean(Article(url=f"https://a.example/{n}", title=str(n))) for n in range(count)]


async def feed(store, folder, count=25, config=CONFIG, pause=0.0):
    stats, given_up = Stats(), []
    letters = DeadLetters(folder, "essai", "scripted")
    writer = BatchWriter(store, config, stats, letters, lambda name, error: given_up.append(error))
    await writer.open()
    for item in items(count):
        await writer.put(item)
        await asyncio.sleep(pause)
    await writer.close()
    buried = []
    if letters.path.exists():
        buried = [json.loads(line) for line in letters.path.read_text().splitlines()]
    return stats, given_up, buried


async def test_everything_is_written_in_batches(tmp_path):
    store = ScriptedStore()
    stats, given_up, buried = await feed(store, tmp_path)
    assert store.batches == [10, 10, 5]
    assert (stats["stored"], stats["pending"], stats["batches"]) == (25, 0, 3)
    assert not given_up
    assert not buried


async def test_a_slow_spider_is_not_kept_waiting_for_a_full_batch(tmp_path):
    store = ScriptedStore()
    await feed(store, tmp_path, count=3, pause=0.2)
    assert store.batches == [1, 1, 1]


async def test_an_outage_is_waited_out(tmp_path):
    store = ScriptedStore(down=3)
    stats, given_up, buried = await feed(store, tmp_path)
    assert len(store.held) == 25
    assert stats["retries"] == 3
    assert not given_up
    assert not buried


async def test_one_impossible_document_costs_nobody_else(tmp_path):
    store = ScriptedStore(poison={"3", "17"}, refuse={"8"})
    stats, given_up, buried = await feed(store, tmp_path)
    assert store.held == {str(n) for n in range(25)} - {"3", "8", "17"}
    assert {letter["document"]["title"] for letter in buried} == {"3", "8", "17"}
    assert all(letter["reason"].startswith("refusé : ") for letter in buried)
    assert (stats["stored"], stats["refused"]) == (22, 3)
    assert not given_up


async def test_what_an_overloaded_store_leaves_is_sent_again(tmp_path):
    store = ScriptedStore(busy={"1", "2"})
    stats, _, buried = await feed(store, tmp_path)
    assert len(store.held) == 25
    assert stats["stored"] == 25
    assert not buried


async def test_after_the_deadline_all_goes_to_the_dead_letters_without_waiting(tmp_path):
    store = ScriptedStore(down=10**6)
    async with asyncio.timeout(8):
        stats, given_up, buried = await feed(store, tmp_path, count=200)
    assert len(given_up) == 1
    assert len(buried) == 200 == stats["dead_letters"]
    assert stats["pending"] == 0
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_hanging_store_is_an_outage(tmp_path):
    store = ScriptedStore(delay=60)
    config = replace(CONFIG, timeout=0.2, deadline=0.5)
    async with asyncio.timeout(8):
        _, given_up, buried = await feed(store, tmp_path, config=config)
    assert isinstance(given_up[0], TimeoutError)
    assert len(buried) == 25


async def test_memory_is_bounded_by_back_pressure(tmp_path):
    store = ScriptedStore(delay=0.3)
    writer = BatchWriter(
        store, CONFIG, Stats(), DeadLetters(tmp_path, "essai", "scripted"), lambda n, e: None
    )
    await writer.open()
    several = items(100)
    handed = 0

    async def produce():
        nonlocal handed
        for item in several:
            await writer.put(item)
            handed += 1

    producer = asyncio.create_task(produce())
    await asyncio.sleep(0.1)
    assert handed <= CONFIG.queue_size + CONFIG.batch_size
    await producer
    await writer.close()
    assert len(store.held) == 100


async def test_a_full_disk_under_the_dead_letters_does_not_hang(tmp_path):
    folder = tmp_path / "fichier"
    folder.write_text("pas un dossier")
    store = ScriptedStore(down=10**6)
    async with asyncio.timeout(8):
        stats, _, _ = await feed(store, tmp_path / "fichier", count=25)
    assert stats["lost"] == 25


async def test_a_store_down_at_start_raises_after_the_deadline(tmp_path):
    store = ScriptedStore()

    async def refuse():
        raise Down("personne")

    store.open = refuse
    writer = BatchWriter(
        store, CONFIG, Stats(), DeadLetters(tmp_path, "essai", "scripted"), lambda n, e: None
    )
    async with asyncio.timeout(5):
        with pytest.raises(Down):
            await writer.open()
        await writer.close()


def writer_of(store, folder, config=CONFIG, stats=None):
    letters = DeadLetters(folder, "essai", "scripted")
    return BatchWriter(
        store, config, Stats() if stats is None else stats, letters, lambda name, error: None
    )


async def test_flush_waits_for_every_acknowledgement(tmp_path):
    store = ScriptedStore(delay=0.1)
    writer = writer_of(store, tmp_path)
    await writer.open()
    for item in items(23):
        await writer.put(item)
    await writer.flush()
    assert len(store.held) == 23
    await writer.flush()  # nothing waits: returns at once
    await writer.close()
    await writer.flush()


async def test_flush_waits_for_the_dead_letters_too(tmp_path):
    writer = writer_of(ScriptedStore(down=10**6), tmp_path, replace(CONFIG, deadline=0.3))
    await writer.open()
    for item in items(7):
        await writer.put(item)
    await writer.flush()
    assert len(writer.dead_letters.path.read_text().splitlines()) == 7
    await writer.close()


async def test_flush_says_that_items_were_lost(tmp_path):
    (tmp_path / "plein").write_text("pas un dossier")
    config = replace(CONFIG, deadline=0.3)
    writer = writer_of(ScriptedStore(down=10**6), tmp_path / "plein", config)
    await writer.open()
    await writer.put(items(1)[0])
    with pytest.raises(ItemsLost, match="1 documents"):
        await writer.flush()
    await writer.close()


async def test_memory_is_bounded_in_bytes(tmp_path):
    store = ScriptedStore(delay=0.2)
    writer = writer_of(store, tmp_path, replace(CONFIG, queue_bytes=3000))
    await writer.open()
    several = [
        clean(Article(url=f"https://a.example/{n}", title=str(n), body="x" * 1000))
        for n in range(20)
    ]
    taken = sum(writer.offer(item) for item in several)
    assert taken == 2  # each weighs a little more than 1,000 bytes with its other fields
    async with asyncio.timeout(30):
        for item in several[taken:]:
            await writer.put(item)
    await writer.close()
    assert len(store.held) == 20


async def test_one_item_larger_than_the_whole_queue_still_passes(tmp_path):
    writer = writer_of(ScriptedStore(), tmp_path, replace(CONFIG, queue_bytes=100))
    await writer.open()
    async with asyncio.timeout(30):
        for item in items(3):
            await writer.put(item)
    await writer.close()
    assert len(writer.store.held) == 3


async def test_statistics_of_a_store(tmp_path):
    stats = Stats()
    writer = writer_of(ScriptedStore(delay=0.2), tmp_path, stats=stats)
    await writer.open()
    for item in items(15):
        await writer.put(item)
    await asyncio.sleep(0.1)
    writer.measure()
    assert stats["pending"] == 15
    assert stats["lag"] > 0
    await writer.close()
    assert (stats["batches"], stats["pending"], stats["lag"]) == (2, 0, 0)
    assert stats["bytes"] > 15 * 100
    assert stats["seconds"] >= stats["max"] > 0
