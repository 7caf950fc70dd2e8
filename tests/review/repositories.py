"""Real git repositories, built in a few files: a small course, and forks of it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab.review.model import Review, Verdict

DATE = "2026-03-{day:02d}T10:00:00+01:00"
COURSE = {
    "README.rst": "Le cours\n========\n",
    "docker-compose.yml": "services:\n  mongo:\n    image: mongo:8\n  redis:\n    image: redis:8\n",
    "Mongo/01_documents.ipynb": json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {"cell_type": "markdown", "metadata": {}, "source": ["# Documents"]},
                {
                    "cell_type": "code",
                    "metadata": {},
                    "execution_count": None,
                    "outputs": [],
                    "source": ["import pymongo\n", "reponse = ..."],
                },
            ],
        },
        indent=1,
    ),
    "Scrapy/newscrawler/spiders/gazette.py": (
        "import scrapy\n\n\nclass Gazette(scrapy.Spider):\n    name = 'gazette'\n"
        "    start_urls = ['https://gazette.test/']\n\n"
        "    def parse(self, response):\n        yield from response.follow_all(css='a')\n"
    ),
    "Evaluation/README.rst": "Évaluation\n==========\n\nLe projet va dans Projet/.\n",
    "Evaluation/Projet/README.rst": (
        "Titre de votre projet\n=====================\n\n"
        ".. Ce fichier est un modèle.\n\nLancer le projet : docker-compose up -d\n\n"
        "Les choix techniques : pourquoi cette base ?\n\n<Deux ou trois phrases.>\n"
    ),
}


def git(folder: Path, *words: str, stdin: bytes = b"", day: int = 1, who: str = "Alice") -> str:
    """Run the real git in `folder`, as `who` on the given day of March."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *words],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=True,
        env=environ
        | {
            "GIT_AUTHOR_NAME": who,
            "GIT_AUTHOR_EMAIL": f"{who.lower()}@ecole.test",
            "GIT_COMMITTER_NAME": who,
            "GIT_COMMITTER_EMAIL": f"{who.lower()}@ecole.test",
            "GIT_AUTHOR_DATE": DATE.format(day=day),
            "GIT_COMMITTER_DATE": DATE.format(day=day),
            "GIT_CONFIG_GLOBAL": "/dev/null",
        },
    )
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files, text as UTF-8."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def commit(
    folder: Path,
    files: Mapping[str, str | bytes],
    message: str = "Ajoute la récolte des films",
    *,
    day: int = 10,
    who: str = "Alice",
) -> None:
    """Write files and commit everything."""
    write(folder, files)
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", message, day=day, who=who)


def create(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A new repository with one commit; none when there are no files."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=master")
    if files:
        commit(folder, files, "Le cours", day=1, who="Enseignant")
    return folder


def notebook(*cells: str | tuple[str, str], counts: bool = True) -> str:
    """A notebook of code cells; a pair is (type, source)."""
    made = []
    for number, cell in enumerate(cells, 1):
        kind, source = cell if isinstance(cell, tuple) else ("code", cell)
        one: dict[str, object] = {
            "cell_type": kind,
            "metadata": {},
            "source": source.splitlines(keepends=True),
        }
        if kind == "code":
            one |= {"execution_count": number if counts else None, "outputs": []}
        made.append(one)
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}, indent=1)


SCRAPER = """\
import requests
from bs4 import BeautifulSoup
from pymongo import MongoClient

films = MongoClient("mongodb://mongo:27017").cinema.films


def recolter(page):
    reponse = requests.get(f"https://films.test/liste?page={page}")
    soupe = BeautifulSoup(reponse.text, "lxml")
    for carte in soupe.find_all("article"):
        films.update_one({"_id": carte["id"]}, {"$set": {"titre": carte.text}}, upsert=True)
"""
APPLICATION = """\
import plotly.express as px
from flask import Flask, render_template, request
from pymongo import MongoClient

app = Flask(__name__)
films = MongoClient("mongodb://mongo:27017").cinema.films


@app.route("/")
def accueil():
    trouves = list(films.find({"titre": request.args.get("q", "")}))
    return render_template("accueil.html", films=trouves, dessin=px.bar(trouves).to_html())
"""
COMPOSE = """\
services:
  web:
    build: .
    depends_on:
      mongo: {condition: service_healthy}
  mongo:
    image: mongo:8
    healthcheck: {test: mongosh --eval 1}
    volumes: [films:/data/db]
volumes:
  films:
"""
README = """\
# Les films

Le but du projet est de permettre à un spectateur de chercher un film et d'en voir les notes.

## Lancer

    docker compose up -d

## Choix

Nous avons choisi MongoDB parce que les fiches n'ont pas toutes les mêmes champs.
"""
TESTS = """\
from scraper import recolter


def test_une_page():
    assert recolter(1) is None


def test_deux():
    assert recolter(2) is None
"""
PROJECT: dict[str, str] = {
    "scraper.py": SCRAPER,
    "app.py": APPLICATION,
    "templates/accueil.html": (
        "<form><input name='q'></form>{% for f in films %}{{ f }}{% endfor %}\n"
    ),
    "Dockerfile": (
        "FROM python:3.12\nCOPY . .\nRUN pip install -r requirements.txt\nCMD flask run\n"
    ),
    "docker-compose.yml": COMPOSE,
    "requirements.txt": (
        "requests==2.32.3\nbeautifulsoup4==4.13.0\npymongo==4.10.1\nflask==3.1.0\nplotly==6.0.0\n"
        "lxml==5.3.0\n"
    ),
    "README.md": README,
    "tests/test_scraper.py": TESTS,
}


def under(folder: str, files: Mapping[str, str | bytes]) -> dict[str, str | bytes]:
    """The same files, in a folder."""
    return {f"{folder}/{name}": content for name, content in files.items()}


def verdict(found: Review, criterion: str) -> Verdict:
    """What a review says of one criterion."""
    return next(one for one in found.verdicts if one.criterion == criterion)
