"""What the course costs: every notebook run as students get it, then solved, on the running lab.

    ./lab up && .venv/bin/python benchmarks/course.py [--runs 1] [--json FILE] [CHAPTER…]

Method. Each notebook in a fresh kernel, in its own folder, one at a time, on the lab that runs.
Three passes per run: untouched; solved; solved with the wrong answers and the garbage values of
its source (the pass CI makes). A check's time is taken around the judge, in the kernel; the first
check of a notebook also imports the judges. Results are medians over the runs, with the worst
check named. A wrong answer counts as refused when its check says so, with a message.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import Counter, defaultdict
from pathlib import Path

import nbformat

from lab import services
from lab.course import build, run, sources
from lab.exercises.result import Result, Status
from lab.settings import Paths


def refusals(results: list[Result]) -> tuple[int, int]:
    """(refused, tried) of a pass with wrong answers: each exercise's first and last are right."""
    tried: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        tried[result.exercise].append(result)
    wrong = [
        one
        for first, *rest in tried.values()
        if first.status is not Status.UNVERIFIED
        for one in rest[:-1]
    ]
    return sum(one.status is Status.WRONG and bool(one.message) for one in wrong), len(wrong)


def whole_course(root: Path, environment: dict[str, str], chapters: list[str]) -> dict[str, object]:
    """Run the three passes of these chapters (all when none); return the figures of this run."""
    every = [one for one in sources.find(root) if not chapters or one.chapter in chapters]
    seconds: defaultdict[str, float] = defaultdict(float)
    checks: list[tuple[float, str]] = []
    refused = tried = unverified = 0
    for source in every:
        texts = {
            "untouched": build.student(source, every),
            "solved": build.solved(source, every),
            "with wrong answers": build.solved(source, every, with_wrong=True),
        }
        for kind, text in texts.items():
            done = run.execute(nbformat.reads(text, as_version=4), source.target, environment)
            if done.error or done.warnings:
                raise SystemExit(f"{source.name} ({kind}): {done.error or done.warnings}")
            seconds[kind] += done.seconds
            if kind == "untouched":
                continue
            named = zip(done.durations, done.results, strict=True)
            checks += [(duration, result.exercise) for duration, result in named]
            if kind == "solved":
                unverified += sum(one.status is Status.UNVERIFIED for one in done.results)
            else:
                more = refusals(done.results)
                refused, tried = refused + more[0], tried + more[1]
        print(f"  {source.name}: {done.seconds:.1f} s", flush=True)
    return {
        "seconds": {kind: round(value, 1) for kind, value in seconds.items()},
        "check_median": statistics.median(duration for duration, _ in checks),
        "check_worst": max(checks),
        "checks": len(checks),
        "refused": refused,
        "tried": tried,
        "unverified": unverified,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("chapters", nargs="*")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    paths = Paths.find()
    environment = services.child_environment(services.detect(paths, None), paths)
    chapters = Counter(
        source.chapter
        for source in sources.find(paths.root)
        for cell in source.notebook().cells
        if sources.exercise_of(cell)
    )
    print("exercises:", ", ".join(f"{name} {count}" for name, count in chapters.items()))
    runs = [
        whole_course(paths.root, dict(environment), options.chapters) for _ in range(options.runs)
    ]
    for one in runs:
        print(json.dumps(one, ensure_ascii=False))
    median = statistics.median(float(str(one["check_median"])) for one in runs)
    print(f"check: median {median * 1000:.1f} ms over {len(runs)} run(s)")
    if options.json:
        options.json.write_text(json.dumps({"exercises": chapters, "runs": runs}, indent=1))


if __name__ == "__main__":
    main()
