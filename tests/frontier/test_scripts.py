"""The rules of the frontier, one by one, on a real Redis: `Frontier` without Scrapy."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import redis.asyncio as aioredis

from lab.scraping.frontier.client import START, Frontier, Outbox, Push, Reply
from lab.scraping.frontier.config import FrontierConfig

CONFIG = FrontierConfig.read({"LAB_FRONTIER_LEASE": 30, "LAB_FRONTIER_GRACE": 60})
FAST = {"site": (100, 0, 0)}  # a host that takes a hundred requests at a time, without delay


def an_id(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:16]


def push(name: str, slot: str = "site", priority: int = 0) -> Push:
    return Push(slot, priority, an_id(name), name.encode())


class Bench:
    """Workers that talk to one crawl; the clock of the leases can be moved."""

    def __init__(self, redis: aioredis.Redis, config: FrontierConfig = CONFIG) -> None:
        self.redis, self.config = redis, config
        self.frontier = Frontier(redis, "essai", config)

    async def open(self, *workers: str) -> None:
        for worker in workers:
            await self.frontier.join(worker)

    async def tell(self, worker: str, want: int = 0, start: bool = False, **box: Any) -> Reply:
        busy = box.pop("busy", ())
        outbox = Outbox(**box)
        return await self.frontier.exchange(worker, outbox, want, start=start, busy=busy)

    async def names(self, worker: str, want: int = 10, **box: Any) -> list[str]:
        reply = await self.tell(worker, want, **box)
        return [payload.decode() for _, _, payload in reply.claims]

    async def silent(self, worker: str, seconds: float = 31) -> None:
        """Make a worker's last sign of life so old."""
        await self.redis.zincrby(self.frontier.prefix + "workers", -seconds * 1000, worker)

    async def numbers(self) -> dict[str, str]:
        return await self.frontier.numbers()


@pytest.fixture
async def redis(content: Any, contract: dict[str, str]) -> AsyncIterator[aioredis.Redis]:
    async with aioredis.Redis.from_url(contract["REDIS_URL"]) as client:
        yield client


@pytest.fixture
async def bench(redis: aioredis.Redis) -> Bench:
    made = Bench(redis)
    await made.open("a", "b")
    return made


async def test_priority_first_then_age(bench):
    pushes = [push("vieux"), push("urgent", priority=2), push("jeune"), push("bof", priority=-1)]
    await bench.tell("a", rules=FAST, pushes=pushes)
    assert await bench.names("b", 2) == ["urgent", "vieux"]
    assert await bench.names("b", 2) == ["jeune", "bof"]


async def test_a_request_is_queued_once_whoever_pushes_it(bench):
    await bench.tell("a", rules=FAST, pushes=[push("x"), push("x")])
    reply = await bench.tell("b", pushes=[push("x")])
    assert reply.duplicates == 1
    assert await bench.names("a") == ["x"]
    await bench.tell("a", acks=[(an_id("x"), 1, 0)])
    assert (await bench.tell("b", pushes=[push("x")])).duplicates == 1
    assert await bench.names("b") == []


async def test_only_one_worker_runs_start_and_another_takes_over(bench):
    assert (await bench.tell("a", start=True)).start == b"a"
    assert (await bench.tell("b", start=True)).start == b"a"
    await bench.frontier.give_back("a", failed=True, gone=True)
    assert (await bench.tell("b", start=True)).start == b"b"
    assert (await bench.tell("b", acks=[(START, 0, 0)])).start == b"done"


async def test_the_end_is_when_nothing_waits_and_nothing_is_leased(bench):
    await bench.tell("a", start=True, rules=FAST, pushes=[push("x")])
    assert (await bench.tell("a", acks=[(START, 0, 0)])).state == "running"
    assert await bench.names("b") == ["x"]
    assert (await bench.tell("a", 10)).state == "running"  # b may still give new requests
    reply = await bench.tell("b", pushes=[push("y")], acks=[(an_id("x"), 1, 3)])
    assert reply.state == "running"
    assert await bench.names("a") == ["y"]
    assert (await bench.tell("a", acks=[(an_id("y"), 1, 2)])).state == "finished"
    assert (await bench.tell("b", 10)).state == "finished"
    numbers = await bench.numbers()
    assert (numbers["pages"], numbers["items"], numbers["pending"]) == ("2", "5", "0")
    left = [key.decode().rpartition(":")[2] async for key in bench.redis.scan_iter("*frontier*")]
    assert not {"seen", "rules", "ready", "queue", "active", "flying"} & set(left)


async def test_the_leases_of_a_silent_worker_go_to_the_others(bench):
    await bench.tell("a", rules=FAST, pushes=[push("x"), push("y")])
    assert await bench.names("a") == ["x", "y"]
    assert await bench.names("b") == []
    await bench.silent("a")
    assert await bench.names("b") == ["x", "y"]
    # It was only asleep: it is told so, and its late acknowledgement counts for nothing.
    reply = await bench.tell("a", acks=[(an_id("x"), 1, 1)], landed=[an_id("y")])
    assert reply.expired
    numbers = await bench.numbers()
    assert (numbers["done"], numbers["pending"], numbers["leased"]) == ("0", "2", "2")
    await bench.tell("b", acks=[(an_id("x"), 1, 1), (an_id("y"), 1, 1)])
    assert (await bench.numbers())["done"] == "2"


async def test_an_answer_that_was_lost_gives_its_requests_back(bench):
    await bench.tell("a", rules=FAST, pushes=[push("x"), push("y")])
    known = (await bench.tell("a", 1)).claims[0][1]
    await bench.tell("a", 1)  # this answer never reached the worker
    await bench.frontier.give_back("a", [known])
    assert await bench.names("b") == ["y"]
    assert (await bench.numbers())["leased"] == "2"


async def test_no_more_in_flight_than_a_host_allows_whoever_asks(bench):
    pushes = [push(str(number)) for number in range(10)]
    await bench.tell("a", rules={"site": (3, 0, 0)}, pushes=pushes)
    first = await bench.tell("a", 10)
    assert len(first.claims) == 3
    assert await bench.names("b") == []
    await bench.tell("a", landed=[first.claims[0][1]])
    assert len(await bench.names("b")) == 1
    assert await bench.names("b") == await bench.names("a") == []


async def test_a_host_is_shared_between_hungry_workers(bench):
    await bench.tell("a", rules={"site": (8, 0, 0)}, pushes=[push(str(n)) for n in range(40)])
    assert await bench.names("b", 0) == []
    first = await bench.tell("a", 16)
    assert len(first.claims) == 8  # alone to ask: everything
    assert await bench.names("b", 16) == []
    landed = [id_ for _, id_, _ in first.claims]
    assert len((await bench.tell("a", 16, landed=landed)).claims) == 4
    assert len(await bench.names("b", 16)) == 4


async def test_a_delay_counts_from_the_moment_the_request_was_sent(bench):
    rules = {"lent": (2, 1, 0)}
    await bench.tell("a", rules=rules, pushes=[push(n, "lent") for n in "xyz"])
    one = (await bench.tell("a", 10)).claims
    assert len(one) == 1
    assert await bench.names("b") == []  # not sent yet: nobody knows when the next may go
    reply = await bench.tell("a", sent=[(one[0][1], 0.0, 60.0)])
    assert 59 < reply.wait <= 60
    assert await bench.names("b") == []
    await bench.redis.hset(bench.frontier.prefix + "opens", "lent", 0)
    await bench.redis.zadd(bench.frontier.prefix + "ready", {"lent": 0})
    assert len(await bench.names("b")) == 1  # the first one is still in flight: two are allowed


async def test_a_request_dropped_before_it_was_sent_frees_its_host(bench):
    await bench.tell("a", rules={"lent": (1, 1, 0)}, pushes=[push(n, "lent") for n in "xy"])
    (one,) = (await bench.tell("a", 10)).claims
    assert await bench.names("b") == []
    await bench.tell("a", acks=[(one[1], 0, 0)])  # e.g. forbidden by robots.txt
    assert await bench.names("b") == ["y"]


async def test_a_page_that_kills_is_fetched_alone_then_set_aside(bench):
    await bench.tell("a", start=True, rules=FAST, pushes=[push("poison"), push("bonne")])
    await bench.tell("a", acks=[(START, 0, 0)])
    for death in range(2):
        worker = f"mort-{death}"
        await bench.open(worker)
        assert set(await bench.names(worker)) == {"poison", "bonne"}
        await bench.frontier.give_back(worker, failed=True, gone=True)
    seen: list[list[str]] = []
    for death in range(2, 20):
        worker = f"mort-{death}"
        await bench.open(worker)
        got = await bench.names(worker)
        busy = [an_id(name) for name in got]
        assert await bench.names(worker, busy=busy) == []  # nothing beside a suspect
        if not got:
            break
        seen.append(got)
        if got == ["bonne"]:
            await bench.tell(worker, acks=[(an_id("bonne"), 1, 1)])
            await bench.frontier.give_back(worker, gone=True)
        else:
            await bench.frontier.give_back(worker, failed=True, gone=True)
    assert sorted(seen) == [["bonne"], ["poison"], ["poison"], ["poison"]]
    numbers = await bench.numbers()
    assert (numbers["state"], numbers["done"], numbers["poisoned"]) == ("finished", "1", "1")
    aside = await bench.frontier.poison()
    assert list(aside) == [an_id("poison")]
    assert b"deaths 5" in aside[an_id("poison")]


async def test_pages_done_but_not_acknowledged_are_no_suspects(bench):
    await bench.tell("a", rules=FAST, pushes=[push("faite"), push("en cours")])
    await bench.tell("a", 10)
    await bench.tell("a", busy=[an_id("en cours")])
    await bench.frontier.give_back("a", failed=True, gone=True)
    failures = await bench.redis.hkeys(bench.frontier.prefix + "failures")
    assert failures == [an_id("en cours")]


async def test_a_page_budget_is_shared_and_failures_do_not_count(redis):
    bench = Bench(redis, replace(CONFIG, pages=3))
    await bench.open("a", "b")
    await bench.tell("a", rules=FAST, pushes=[push(str(n)) for n in range(10)])
    one, two = (await bench.tell("a", 2)).claims
    assert len(await bench.names("b")) == 1
    assert await bench.names("b") == []
    await bench.tell("a", acks=[(one[1], 0, 0)])  # no page came
    assert len(await bench.names("b")) == 1
    await bench.tell("a", acks=[(two[1], 1, 1)])
    assert (await bench.numbers())["granted"] == "3"


async def test_joining(redis):
    bench = Bench(redis)
    assert await bench.frontier.join("a") == "new"
    first = bench.frontier.crawl
    assert await bench.frontier.join("b") == "joined"
    await bench.tell("a", start=True)
    assert (await bench.tell("a", acks=[(START, 0, 0)])).state == "finished"
    assert await bench.frontier.join("c") == "late"
    assert bench.frontier.crawl == first
    other = Frontier(redis, "essai", replace(CONFIG, crawl="autre"))
    assert await other.join("d") == "other"
    soon = Frontier(redis, "essai", replace(CONFIG, grace=0.0))
    assert await soon.join("e") == "new"
    assert soon.crawl != first
    fresh = Frontier(redis, "essai", replace(CONFIG, fresh=True))
    assert await fresh.join("f") == "new"


async def test_a_frontier_that_vanished_is_said_to_be_lost(bench):
    await bench.redis.flushdb()
    assert (await bench.tell("a", 10)).state == "lost"


async def test_what_cannot_leave_its_worker_is_set_aside_with_it(bench):
    reply = await bench.tell("a", start=True, pushes=[Push("", 0, an_id("lambda"), b"")])
    assert reply.leased == 1
    await bench.tell("a", acks=[(START, 0, 0)])
    assert await bench.names("b") == []
    await bench.frontier.give_back("a", failed=True, gone=True)
    numbers = await bench.numbers()
    assert (numbers["state"], numbers["poisoned"]) == ("finished", "1")
