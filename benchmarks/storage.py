"""What storing costs a crawl: the same pages, with and without the four stores.

    python benchmarks/storage.py [--articles 10000] [--runs 5] [--only four,spider] [--json FILE]

Method. Every variant crawls the whole gazette (its articles, its lists, robots.txt), each time
from a practice web just started (no page was ever rendered before, none is cached) and into
empty stores. Variants are interleaved: run 1 of each, then run 2 of each… Figures are medians
of the runs, with minimum and maximum. Clock: from the creation of the crawler to the end of
Scrapy's engine, after the last acknowledgement of the last store (`benchmarks/crawling/clock`);
the interpreter's start is left out, for every variant.

* bare       Scrapy downloads the same addresses and parses nothing (`crawling/bare`);
* alone      `gazette` with no add-on at all: pages parsed, items thrown away;
* spider     the same with the project's guards (LabGuards) but no storage: the reference;
* clean      LabStorage with LAB_STORES empty: items cleaned, then thrown away;
* four       the project as it is: four stores;
* textbook   as `spider`, and one synchronous write per item and store (`crawling/textbook`).

CPU seconds (user + system, children and threads included) of each process stand beside wall
time: on a machine with few cores the servers' own work slows the crawl down too, and only those
columns tell whose it is.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.scraping import servers  # noqa: E402  needs the path above
from tests.scraping.conftest import Content  # noqa: E402

PROJECT = ROOT / "Scrapy" / "newscrawler"
STORES = ("mongo", "elasticsearch", "redis", "s3")
TEXTBOOK = {
    f"benchmarks.crawling.textbook.{name}": 300 for name in ("Mongo", "Search", "Redis", "S3")
}
GUARDS = {"lab.scraping.middlewares.LabGuards": 200}
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "bare": ("bare", {"ADDONS": {}, "SPIDER_MODULES": "benchmarks.crawling.bare"}),
    "alone": ("gazette", {"ADDONS": {}}),
    "spider": ("gazette", {"ADDONS": GUARDS}),
    "clean": ("gazette", {"LAB_STORES": ""}),
    "four": ("gazette", {}),
    "textbook": ("gazette", {"ADDONS": GUARDS, "ITEM_PIPELINES": TEXTBOOK}),
}


@contextmanager
def four_stores(folder: Path) -> Iterator[dict[str, servers.Server]]:
    """The stores of the local engine, as the tests start them."""
    makers = {
        "mongo": servers.mongo_server,
        "elasticsearch": servers.search_server,
        "redis": servers.redis_server,
        "s3": servers.s3_server,
    }
    with ExitStack() as stack:
        started = {}
        for name, make in makers.items():
            server, server.contract = make(folder / name)
            server.start()
            stack.callback(server.kill)
            started[name] = server
        yield started


def cpu(processes: list[psutil.Process]) -> float:
    """CPU seconds of processes that are still there."""
    total = 0.0
    for process in processes:
        times = process.cpu_times()
        total += times.user + times.system
    return total


def addresses(articles: int, base: str, file: Path) -> None:
    """Write the addresses of the pages that `gazette` asks for."""
    if not file.with_suffix(".paths").exists():
        log = file.with_suffix(".log")
        command = [sys.executable, "-m", "scrapy", "crawl", "gazette", "-s", "ADDONS={}"]
        command += ["-s", "LOG_LEVEL=DEBUG", "-s", f"LOG_FILE={log}", "-s", f"PRACTICE_URL={base}"]
        subprocess.run(command, cwd=PROJECT, check=True, env=environment({}))
        marks = [line.split("<GET ")[1].split(">")[0] for line in log.open() if "Crawled (" in line]
        paths = [mark.removeprefix(base) for mark in marks if not mark.endswith("/robots.txt")]
        assert len(paths) > articles, f"{len(paths)} pages only"
        file.with_suffix(".paths").write_text("\n".join(paths))
    paths = file.with_suffix(".paths").read_text().splitlines()
    file.write_text("".join(f"{base}{path}\n" for path in paths))


def environment(contract: dict[str, str]) -> dict[str, str]:
    """The environment of a crawl."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LAB_")}
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return {**kept, **contract, "PYTHONPATH": path}


class Bench:
    """Runs variants against the same four servers."""

    def __init__(self, articles: int, stores: dict[str, servers.Server], folder: Path) -> None:
        self.articles, self.stores, self.folder = articles, stores, folder
        self.contract = {k: v for server in stores.values() for k, v in server.contract.items()}

    def run(self, variant: str, profile: Path | None = None) -> dict[str, Any]:
        """One crawl; seconds per process."""
        content = Content(self.contract)
        content.wipe()
        content.close()
        web = servers.Practice(self.articles, 0)
        try:
            families = {name: server.family() for name, server in self.stores.items()}
            families["practice"] = [psutil.Process(web.process.pid)]
            before = {name: cpu(family) for name, family in families.items()}
            measured = self.crawl(variant, web.url, profile)
            for name, family in families.items():
                measured[f"cpu/{name}"] = cpu(family) - before[name]
        finally:
            web.stop()
        self.check(variant, measured)
        return measured

    def crawl(self, variant: str, base: str, profile: Path | None) -> dict[str, Any]:
        spider, settings = VARIANTS[variant]
        clock = self.folder / "clock.json"
        clock.unlink(missing_ok=True)
        options = {
            "PRACTICE_URL": base,
            "BENCH_CLOCK": clock,
            "LAB_REPORT": 0,  # drawn once the crawl has ended: not what is measured
            "EXTENSIONS": {"benchmarks.crawling.clock.Clock": 1},
            "LAB_DEAD_LETTERS": self.folder / "dead-letters",
            "LOG_FILE": self.folder / f"{variant}.log",
            **settings,
        }
        command = [sys.executable, "-m", "scrapy", "crawl", spider]
        if profile:
            command += ["--profile", str(profile)]
        if spider == "bare":
            addresses(self.articles, base, self.folder / "addresses.txt")
            command += ["-a", f"addresses={self.folder / 'addresses.txt'}"]
        for name, value in options.items():
            text = json.dumps(value) if isinstance(value, dict) else str(value)
            command += ["-s", f"{name}={text}"]
        subprocess.run(command, cwd=PROJECT, check=True, env=environment(self.contract))
        return dict(json.loads(clock.read_text()))

    def check(self, variant: str, measured: dict[str, Any]) -> None:
        """A figure counts only if everything arrived."""
        assert not measured["errors"], f"{variant} : voir {self.folder}/{variant}.log"
        assert measured["items"] == (0 if variant == "bare" else self.articles), measured
        if variant in ("four", "textbook"):
            content = Content(self.contract)
            assert content.mongo["lab"]["articles"].estimated_document_count() == self.articles
            content.search.post("/articles/_refresh")
            assert content.search.get("/articles/_count").json()["count"] == self.articles
            assert len(content.seen("gazette")) == self.articles
            if variant == "four":
                assert len(content.archived("gazette")) == self.articles
            else:
                assert len(content.objects()) == self.articles
            content.close()


def spread(values: list[float], digits: int = 1) -> str:
    middle = statistics.median(values)
    return f"{middle:.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def table(results: dict[str, list[dict[str, Any]]]) -> None:
    """Print the medians."""
    names = ("practice", *STORES)
    print(f"{'variant':<9} {'wall s':>20} {'pages/s':>8} {'crawler CPU s':>20}", end="")
    print("".join(f" {name:>13}" for name in names), " (CPU s)")
    for variant, runs in results.items():
        wall = [run["wall"] for run in runs]
        pages = statistics.median(run["pages"] / run["wall"] for run in runs)
        line = f"{variant:<9} {spread(wall):>20} {pages:>8.0f} "
        line += f"{spread([run['cpu'] for run in runs]):>20}"
        for name in names:
            line += f" {statistics.median(run[f'cpu/{name}'] for run in runs):>13.1f}"
        print(line)

    def ratio(kind: str, one: str, other: str) -> str:
        if one not in results or other not in results:
            return "-"
        pairs = zip(results[one], results[other], strict=True)
        return f"{statistics.median(b[kind] / a[kind] for a, b in pairs):.2f}"

    print(f"\nthroughput with four stores / spider alone: {ratio('wall', 'four', 'spider')}")
    print(f"                            / cleaning only: {ratio('wall', 'four', 'clean')}")
    print(f"                            / textbook:      {ratio('wall', 'four', 'textbook')}")
    print(f"CPU of the crawler, spider alone / four:     {ratio('cpu', 'four', 'spider')}")
    print(f"throughput of the spider alone / bare:       {ratio('wall', 'alone', 'bare')}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default=",".join(VARIANTS))
    parser.add_argument("--profile", type=Path, help="folder for cProfile files (slows down)")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    chosen = options.only.split(",")
    results: dict[str, list[dict[str, Any]]] = {variant: [] for variant in chosen}
    with tempfile.TemporaryDirectory(prefix="lab-bench-") as scratch:
        folder = Path(scratch)
        with four_stores(folder) as stores:
            bench = Bench(options.articles, stores, folder)
            for number in range(options.runs):
                for variant in chosen:
                    profile = options.profile and options.profile / f"{variant}-{number}.prof"
                    one = bench.run(variant, profile)
                    results[variant].append(one)
                    print(f"# {number + 1} {variant:<9} {one['wall']:.1f} s", file=sys.stderr)
    print(f"{options.articles} articles, {options.runs} runs, {os.cpu_count()} cores")
    table(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
