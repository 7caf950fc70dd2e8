"""What a review costs: python benchmarks/reviewing.py [--forks 50] [--json FILE]

Method. That many forks of this repository (whole clones, on this machine) get a project of about
350 lines in `Evaluation/Projet`, in 12 commits by two people: a spider, its storage, a web page, a
compose file, texts. No two are alike but in their bones, so that similarity has something to do.
`lab review --class … --html … --json` then runs once in a new folder, as a teacher would the first
time, then again, when nothing moved. Printed: seconds per project (its own, median, minimum and
maximum), seconds of the whole commands, and the memory of the greatest of their processes (MiB).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COMMITS, LINES = 12, 350
PEOPLE = ("Ana", "Max")
COMPOSE = """\
services:
  web:
    build: .
    ports: ["5000:5000"]
    depends_on: [mongo]
  mongo:
    image: mongo:8
    volumes: [donnees:/data/db]
volumes: {donnees: {}}
"""
SPIDER = """\
import scrapy


class Films(scrapy.Spider):
    name = "films"
    start_urls = ["https://films.example/liste"]

    def parse(self, response):
        for film in response.css("article.film"):
            yield {"titre": film.css("h2::text").get(), "note": film.css(".note::text").get()}
        yield from response.follow_all(css="a.suivant")
"""
STORAGE = """\
from pymongo import MongoClient

films = MongoClient("mongodb://mongo:27017").cinema.films


class Rangement:
    def process_item(self, item, spider):
        films.update_one({"titre": item["titre"]}, {"$set": dict(item)}, upsert=True)
        return item
"""
PAGE = """\
from flask import Flask, render_template_string, request

from rangement import films

app = Flask(__name__)


@app.route("/")
def accueil():
    trouves = films.find({"titre": {"$regex": request.args.get("q", "")}})
    return render_template_string("{% for f in films %}<p>{{ f.titre }}</p>{% endfor %}",
                                  films=trouves)
"""
SYLLABLES = ("ba", "co", "di", "fu", "ga", "li", "mo", "na", "pe", "ri", "so", "tu", "va", "zé")


def word(chance: random.Random) -> str:
    """A name that another student would not choose."""
    return "".join(chance.choice(SYLLABLES) for _ in range(chance.randint(2, 4)))


def functions(chance: random.Random) -> Iterator[str]:
    """Small functions of a student's own, without end."""
    while True:
        name, value, total = word(chance), word(chance), word(chance)
        yield (
            f"def {name}({value}):\n"
            f'    """Calcule {word(chance)} pour la page."""\n'
            f"    {total} = {chance.randint(1, 99)}\n"
            f"    for {word(chance)}_ in {value}[:{chance.randint(2, 9)}]:\n"
            f"        {total} {chance.choice(('+=', '-=', '*='))} len({value})\n"
            f"    return {total} {chance.choice(('+', '-', '//'))} {chance.randint(1, 9)}\n\n\n"
        )


def project(seed: int) -> Iterator[dict[str, str]]:
    """The files of each commit of one project."""
    chance = random.Random(seed)
    more = functions(chance)
    title = word(chance)
    yield {"README.md": f"# {title}\n\nLancer : docker compose up\n", "docker-compose.yml": COMPOSE}
    yield {"Dockerfile": 'FROM python:3.11-slim\nCOPY . .\nCMD ["python", "page.py"]\n'}
    yield {"films.py": SPIDER.replace("films", title)}
    yield {"rangement.py": STORAGE.replace("cinema", title)}
    yield {"page.py": PAGE}
    files = {f"{word(chance)}_{n}.py": "" for n in range(3)}
    names = list(files)
    left = LINES - sum(text.count("\n") for text in (SPIDER, STORAGE, PAGE))
    steps = COMMITS - 5
    for step in range(steps):
        name = names[step % len(names)]
        while sum(text.count("\n") for text in files.values()) < left * (step + 1) / steps:
            files[name] += next(more)
        yield {name: files[name]}


def git(folder: Path, *words: str, who: str = PEOPLE[0]) -> None:
    """Run git as one of the pair."""
    person = ("-c", f"user.name={who}", "-c", f"user.email={who.lower()}@ecole.test")
    subprocess.run(["git", *person, *words], cwd=folder, check=True, capture_output=True)


def make(folder: Path, seed: int) -> None:
    """One fork, with its project."""
    git(folder.parent, "clone", "-q", str(ROOT), folder.name)
    for number, files in enumerate(project(seed)):
        for name, text in files.items():
            path = folder / "Evaluation" / "Projet" / name
            path.write_text(text, encoding="utf-8")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", f"{', '.join(files)}", who=PEOPLE[number % 2])


def review(folder: Path) -> tuple[float, list[dict[str, Any]]]:
    """The seconds and the answer of one command."""
    words = ["review", "--class", "classe.csv", "--html", "bilan", "--json", "--offline"]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "lab", *words, "--upstream", str(ROOT)],
        cwd=folder,
        env={**os.environ, "LAB_HOME": str(folder / "lab")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.stderr)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return seconds, found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--forks", type=int, default=50)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = ["projet;depot"]
        for number in range(asked.forks):
            make(folder / f"eleve{number:02}", number)
            rows.append(f"Élève {number};eleve{number:02}")
        (folder / "classe.csv").write_text("\n".join(rows), encoding="utf-8")
        first, found = review(folder)
        again, _ = review(folder)
    each = sorted(one["seconds"] for one in found)
    numbers = {
        "forks": len(found),
        "median": statistics.median(each),
        "min": each[0],
        "max": each[-1],
        "lines": statistics.median(one["facts"].get("lines", 0) for one in found),
        "class": first,
        "again": again,
        "memory": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }
    for title, value in numbers.items():
        print(f"{title:8} {value:8.2f}")
    if asked.json:
        asked.json.write_text(json.dumps(numbers, indent=1))


if __name__ == "__main__":
    main()
