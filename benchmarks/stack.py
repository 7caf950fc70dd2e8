"""What the lab costs: time to start, memory, the size of the image.

    python benchmarks/stack.py [--runs 5] [--cold-runs 5] [--docker IMAGE] [--json FILE]

Method. Each figure is the median (with minimum and maximum) of independent runs on a copy of the
tracked files, in a path with a space, with an empty HOME:

* help      wall time of `./lab --help`, environment already installed;
* warm up   wall time of `./lab up --no-crawl` to "all healthy", engine stopped before each run,
            data folders kept, environment already installed;
* cold up   wall time of `./lab up` from an empty folder (no .venv, no data), first crawl included;
            packages come from the index or from pip's cache: which one is printed;
* memory    sum of PSS (proportional set size, /proc/PID/smaps_rollup) of every process of the lab,
            15 s after it became healthy, nobody using it;
* down      wall time of `./lab down`;
* image     bytes reported by the Docker engine for an image already built.

CPU time (user + system, children included) stands beside wall time: the machine may be shared.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]


def copy_of_the_tree(folder: Path) -> Path:
    """The tracked files, copied into `folder`."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, names):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder


def timed(root: Path, home: Path, *words: str) -> tuple[float, float]:
    """(wall, CPU) seconds of one `./lab …`; CPU of the services is not in it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LAB_")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(
        ["./lab", *words],
        cwd=root,
        env=environment | {"HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def memory(home: Path) -> int:
    """Bytes of PSS of all the processes marked with this lab's folder."""
    total = 0
    for process in psutil.process_iter():
        try:
            if process.environ().get("LAB_INSTANCE") == str(home):
                total += process.memory_full_info().pss
        except (psutil.Error, OSError):
            continue
    return total


def show(
    name: str, values: list[float], unit: str, bound: str, cpu: list[float] | None = None
) -> dict:
    median = statistics.median(values)
    line = (
        f"{name:<10} median {median:8.2f} {unit}  (min {min(values):.2f}, max {max(values):.2f}, "
    )
    line += f"n = {len(values)}; asked {bound})"
    if cpu:
        line += f"  CPU {statistics.median(cpu):.2f} s"
    print(line, flush=True)
    return {"name": name, "median": median, "unit": unit, "values": values, "cpu": cpu or []}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cold-runs", type=int, default=5)
    parser.add_argument("--docker", metavar="IMAGE", help="image whose size is reported")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(prefix="lab bench ") as scratch:
        home = Path(scratch) / "home"
        home.mkdir()
        cold, cpu, root = [], [], Path(scratch) / "lab"
        cache = os.environ.get("PIP_CACHE_DIR") or "none (an empty HOME): packages from the index"
        print(f"pip cache: {cache}")
        for run in range(options.cold_runs):
            root = copy_of_the_tree(Path(scratch) / f"lab {run}")
            wall, used = timed(root, home, "up")
            cold.append(wall)
            cpu.append(used)
            timed(root, home, "down")
            if run < options.cold_runs - 1:
                shutil.rmtree(root)
        results.append(show("cold up", cold, "s", "<= 180 s", cpu))
        helped = [timed(root, home, "--help") for _ in range(max(10, options.runs))]
        results.append(
            show("help", [w for w, _ in helped], "s", "<= 0.3 s", [c for _, c in helped])
        )
        warm, used_memory, downs = [], [], []
        for _ in range(options.runs):
            warm.append(timed(root, home, "up", "--no-crawl"))
            time.sleep(15)
            used_memory.append(memory(root / ".lab") / 2**20)
            downs.append(timed(root, home, "down")[0])
        results.append(show("warm up", [w for w, _ in warm], "s", "<= 10 s", [c for _, c in warm]))
        results.append(show("memory", used_memory, "MiB", "<= 900 MB"))
        results.append(show("down", downs, "s", "-"))
    if options.docker:
        import docker

        size = docker.from_env().images.get(options.docker).attrs["Size"] / 1e9
        results.append(show("image", [size], "GB", "<= 1.2 GB"))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    sys.exit(main())
