"""What the practice web costs: pages per second and core, memory in a world of a million articles.

    python benchmarks/practice.py [--runs 5] [--pages 3000] [--articles 1000000] [--json FILE]

Method. A real server (``python -m lab.practice``) in its own process; article pages all distinct,
spread over the whole world, so that no cache of headlines helps; asked by 8 keep-alive connections
of this process (raw sockets, bodies read to the end, status and length checked). Each figure is the
median (with minimum and maximum) of independent runs on a new server:

* cpu per page    user + system time of the server's process over the run, divided by the pages;
* pages/s/core    1 / cpu per page: what one busy core serves, whatever the client costs;
* pages/s         by the wall clock, client and server sharing the machine (a lower bound);
* memory          PSS of the server after the first tenth of a walk, and at its end; the walk reads
                  as many distinct articles, lists and sitemaps in the large world.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from lab.practice.articles import headline
from lab.practice.world import World

CONNECTIONS = 8


@contextmanager
def server(articles: int) -> Iterator[tuple[psutil.Process, str]]:
    """A practice web of that size: its process and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lab.practice", "--port", "0", "--articles", str(articles)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    try:
        yield psutil.Process(process.pid), url
    finally:
        process.terminate()
        process.wait()


async def ask(url: str, paths: list[str]) -> None:
    """Read every path once; raises AssertionError on anything but a whole 200."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    queue = iter(paths)

    async def worker() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        for path in queue:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200"), (path, head)
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            assert len(await reader.readexactly(length)) == length
        writer.close()

    await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))


def article_paths(world: World, count: int, turn: int) -> list[str]:
    """Addresses of `count` distinct articles all over the world, other ones each turn."""
    step = world.article_count // count
    return [headline.__wrapped__(world, n * step + turn % step).path for n in range(count)]


def cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


def throughput(world: World, pages: int, turn: int) -> tuple[float, float]:
    """(CPU seconds of the server, wall seconds) for one page, on a new server."""
    paths = article_paths(world, pages, turn)
    with server(world.articles) as (process, url):
        asyncio.run(ask(url, paths[:200]))  # templates compiled, connections opened
        before, start = cpu(process), time.perf_counter()
        asyncio.run(ask(url, paths[200:]))
        wall = time.perf_counter() - start
        used = cpu(process) - before
    return used / (pages - 200), wall / (pages - 200)


def walk(world: World, pages: int, turn: int) -> tuple[float, float]:
    """PSS of the server in MiB after a tenth of a walk, and at its end."""
    paths = article_paths(world, pages, turn)
    lists = world.article_count // 20 // 10
    for n in range(0, pages, 10):
        paths[n] = f"/gazette/rubrique/sport/?page={1 + n * (lists // pages)}"
    for n in range(0, pages, 500):
        paths[n] = f"/sitemaps/gazette-{1 + n % (world.article_count // 1000)}.xml"
    with server(world.articles) as (process, url):
        asyncio.run(ask(url, paths[: pages // 10]))
        first = process.memory_full_info().pss / 2**20
        asyncio.run(ask(url, paths[pages // 10 :]))
        return first, process.memory_full_info().pss / 2**20


def show(name: str, values: list[float], unit: str, asked: str) -> dict[str, object]:
    median = statistics.median(values)
    print(
        f"{name:<26} median {median:10.2f} {unit:<5} "
        f"(min {min(values):.2f}, max {max(values):.2f}, n = {len(values)}; asked {asked})",
        flush=True,
    )
    return {"name": name, "median": median, "unit": unit, "values": values}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--walk", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = []
    for articles in (10_000, options.articles):
        world = World(articles=articles)
        runs = [throughput(world, options.pages, turn) for turn in range(options.runs)]
        print(f"world of {articles} articles, {options.pages - 200} pages a run")
        results.append(show("cpu per page", [c * 1e6 for c, _ in runs], "us", "<= 667"))
        results.append(show("pages/s/core", [1 / c for c, _ in runs], "", ">= 1500"))
        results.append(show("pages/s (wall)", [1 / w for _, w in runs], "", "-"))
    world = World(articles=options.articles)
    walks = [walk(world, options.walk, turn) for turn in range(options.runs)]
    print(f"walk of {options.walk} pages, lists and sitemaps among {options.articles} articles")
    results.append(show("memory after a tenth", [a for a, _ in walks], "MiB", "-"))
    results.append(show("memory at the end", [b for _, b in walks], "MiB", "-"))
    results.append(show("end / tenth", [b / a for a, b in walks], "", "<= 1.10"))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
