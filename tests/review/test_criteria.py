"""Each criterion, on the mistakes that real projects make."""

from __future__ import annotations

import pytest
from repositories import APPLICATION, COMPOSE, PROJECT, SCRAPER, commit, notebook, under, verdict


def test_a_good_project_with_its_evidence(fork, read) -> None:
    found = read(fork(under("Evaluation/Projet", PROJECT)))
    levels = {one.criterion: one.level for one in found.verdicts}
    for name in (
        "recolte",
        "stockage",
        "application",
        "docker",
        "compose",
        "dependances",
        "secrets",
    ):
        assert levels[name] == 3, name
    assert levels["tests"] == 2
    assert levels["bonus-compose"] == 3
    written = verdict(found, "stockage").evidence[1]
    assert written.where == "Evaluation/Projet/scraper.py:12"
    assert written.text.startswith("films.update_one(")


# --- récolte


def test_a_data_file_without_the_code_that_got_it(judged) -> None:
    got = judged("recolte", {"films.csv": "titre\n", "app.py": "import flask\n"})
    assert got.level == 1
    assert "D'où viennent" in got.question


def test_open_data_counts(judged) -> None:
    code = "import pandas as pd\nfilms = pd.read_csv('https://www.data.gouv.fr/fr/films.csv')\n"
    got = judged("recolte", {"a.py": code})
    assert got.level == 2
    assert any("www.data.gouv.fr" in proof.text for proof in got.evidence)


def test_a_spider_in_a_scrapy_project_names_its_target(judged) -> None:
    code = (
        "import scrapy\nclass Films(scrapy.Spider):\n    name = 'films'\n"
        "    start_urls = ['https://www.allocine.fr/films/']\n"
        "    def parse(self, response):\n        yield {'t': response.css('h1::text').get()}\n"
        "        yield response.follow(response.css('a.suivant')[0])\n"
    )
    got = judged("recolte", {"films/spiders/films.py": code})
    assert got.level == 3
    assert {"spider Films", "cible : www.allocine.fr"} <= {proof.text for proof in got.evidence}


def test_requests_imported_and_never_called(judged) -> None:
    assert judged("recolte", {"a.py": "import requests\nprint(1)\n"}).level == 1


# --- stockage


def test_a_database_declared_but_unused_is_not_storage(judged) -> None:
    code = "import pandas as pd\npd.DataFrame([1]).to_csv('films.csv')\n"
    got = judged("stockage", {"a.py": code, "docker-compose.yml": COMPOSE})
    assert got.level == 1
    assert "aucun code n'y écrit" in got.advice
    assert any("service mongo" in proof.text for proof in got.evidence)


def test_a_client_opened_and_never_used(judged) -> None:
    code = "import pymongo\nclient = pymongo.MongoClient('mongo')\n"
    assert judged("stockage", {"a.py": code}).level == 1


def test_beautiful_soup_s_find_is_no_database(judged) -> None:
    code = (
        "import pymongo\nfrom bs4 import BeautifulSoup\nsoup = BeautifulSoup('')\nsoup.find('a')\n"
    )
    got = judged("stockage", {"a.py": code})
    assert got.level == 1
    assert not got.question, "nothing reads the database"


def test_a_data_frame_s_insert_and_a_result_s_find_are_no_database(judged) -> None:
    code = (
        "import pandas, pymongo\nc = pymongo.MongoClient().a.films\n"
        "cadre = pandas.DataFrame()\ncadre.insert(2, 'theme', [], True)\nbalise.find('h1').text\n"
    )
    assert judged("stockage", {"a.py": code}).level == 1
    written = judged("stockage", {"a.py": code + "c.insert(dict(item))\nc.find({})\n"}, name="b")
    assert [proof.place for proof in written.evidence] == ["", "6", "7"]


@pytest.mark.parametrize(
    "code",
    [
        (
            "from elasticsearch import Elasticsearch, helpers\nes = Elasticsearch('x')\n"
            "helpers.bulk(es, [])\nes.search()\n"
        ),
        "import redis\nr = redis.Redis()\nr.hset('a', 'b', 1)\nr.hgetall('a')\n",
        "import psycopg2\nc = psycopg2.connect('x').cursor()\nc.execute('insert')\nc.fetchall()\n",
        (
            "import boto3\ns3 = boto3.client('s3')\ns3.put_object(Bucket='a')\n"
            "s3.get_object(Bucket='a')\n"
        ),
        (
            "from lab import workspace\ndb = workspace.mongo().films\n"
            "db.fiches.insert_many([])\ndb.fiches.find_one()\n"
        ),
        (
            "from sqlalchemy import create_engine\nimport pandas as pd\n"
            "e = create_engine('x')\ndf.to_sql('f', e)\npd.read_sql('f', e)\n"
        ),
    ],
)
def test_every_store_counts(judged, code: str) -> None:
    assert judged("stockage", {"a.py": code}).level == 3


def test_sqlite_is_a_file(judged) -> None:
    code = (
        "import sqlite3\nc = sqlite3.connect('f.db')\nc.execute('insert')\n"
        "c.execute('x').fetchall()\n"
    )
    assert judged("stockage", {"a.py": code}).level == 1


# --- application


def test_an_application_that_shows_nothing(judged) -> None:
    code = (
        "from flask import Flask\napp = Flask(__name__)\n\n@app.route('/')\n"
        "def f():\n    return 'ok'\n"
    )
    assert judged("application", {"app.py": code}).level == 1


def test_charts_in_a_notebook_are_no_application(judged) -> None:
    got = judged(
        "application", {"a.ipynb": notebook("import matplotlib.pyplot as plt\nplt.show()")}
    )
    assert got.level == 0
    assert "notebook" in got.advice


def test_streamlit_with_a_store(judged) -> None:
    code = (
        "import streamlit as st\nimport pymongo\nf = pymongo.MongoClient().a.films\n"
        "q = st.text_input('Film')\nst.dataframe(list(f.find({'t': q})))\nst.bar_chart([1])\n"
    )
    assert judged("application", {"app.py": code}).level == 3


def test_an_application_in_another_language_is_asked_about(judged) -> None:
    got = judged("application", {"scraper.py": SCRAPER, "web/package.json": "{}"})
    assert got.level is None
    assert got.question


# --- docker, compose


def test_stores_only_in_docker(judged) -> None:
    files = {"scraper.py": SCRAPER, "docker-compose.yml": "services:\n  mongo:\n    image: mongo\n"}
    assert judged("docker", files).level == 1


def test_a_store_missing_from_compose(judged) -> None:
    files = {**PROJECT, "docker-compose.yml": "services:\n  web:\n    build: .\n"}
    got = judged("docker", files)
    assert got.level == 2
    assert "mongo" in got.advice


def test_a_build_without_its_dockerfile(judged) -> None:
    files = {name: text for name, text in PROJECT.items() if name != "Dockerfile"}
    got = judged("docker", files)
    assert got.level == 1
    assert "aucun Dockerfile" in got.advice


def test_a_declared_service_that_no_code_uses(judged) -> None:
    files = {**PROJECT, "docker-compose.yml": COMPOSE + "\n"}
    files["docker-compose.yml"] = COMPOSE.replace(
        "volumes:\n  films:", "  redis:\n    image: redis\nvolumes:\n  films:"
    )
    got = judged("compose", files)
    assert got.level == 2
    assert "redis" in got.advice
    assert "mongo" not in got.advice


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("services:\n  web:\n   build: .\n  - mongo\n", "YAML valide (ligne 4)"),
        (
            (
                "services:\n<<<<<<< HEAD\n  web:\n    build: .\n=======\n  app:\n"
                "    build: .\n>>>>>>> x\n"
            ),
            "conflit",
        ),
        ("version: '3'\n", "aucun service"),
        ("services:\n  web:\n    ports: [80]\n", "ni image ni build"),
        ("a: &a [x]\n" + "b: [*a]\n" * 300, "démesuré"),
    ],
)
def test_compose_files_that_do_not_parse(judged, content: str, said: str) -> None:
    got = judged("compose", {"app.py": APPLICATION, "docker-compose.yml": content})
    assert got.level == 1
    assert any(said in proof.text for proof in got.evidence), got.evidence


# --- documentation


def test_documentation_in_french_and_in_english(judged) -> None:
    english = (
        "# Films\nThe goal of this dashboard is to help users search films.\n\n## How to use it\n"
        "Run docker-compose up.\n\nWe chose MongoDB because documents differ.\n"
        + "Some more words. "
        * 60
    )
    assert judged("doc-technique", {"a.py": "x = 1\n", "README.md": english}).level == 3


def test_a_pdf_is_left_to_the_human(judged) -> None:
    got = judged("doc-technique", {"a.py": "x = 1\n", "rapport.pdf": b"%PDF\0"})
    assert got.level is None
    assert "rapport.pdf" in got.question


def test_requirements_are_not_documentation(judged) -> None:
    words = "\n".join(f"paquet{i}==1.0 # pourquoi pip install" for i in range(50))
    assert judged("doc-technique", {"a.py": "x = 1\n", "requirements.txt": words}).level == 0


# --- bonnes pratiques


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("def test_a():\n    print(1)\n", 1),
        ("def test_a():\n    assert True\n", 1),
        ("def test_a():\n    assert 1 == f()\n", 2),
        ("".join(f"def test_{i}():\n    assert f({i})\n" for i in range(5)), 3),
    ],
)
def test_tests_must_be_able_to_fail(judged, code: str, level: int) -> None:
    assert judged("tests", {"a.py": "x = 1\n", "test_a.py": code}).level == level


def test_missing_dependencies_are_named(judged) -> None:
    files = {
        "a.py": "import requests, bs4, os\nimport local\n",
        "local.py": "",
        "requirements.txt": "requests\n",
    }
    got = judged("dependances", files)
    assert got.level == 1
    assert "bs4" in got.advice
    assert "local" not in got.advice


@pytest.mark.parametrize(("text", "level"), [("requests\n", 2), ("requests==2.32\n", 3)])
def test_pinned_or_not(judged, text: str, level: int) -> None:
    assert (
        judged("dependances", {"a.py": "import requests\n", "requirements.txt": text}).level
        == level
    )


def test_no_dependency_file(judged) -> None:
    assert judged("dependances", {"a.py": "import requests\n"}).level == 0


def test_junk_of_all_kinds(judged) -> None:
    got = judged(
        "proprete",
        {
            "a.py": "x = 1\n",
            "__pycache__/a.pyc": b"\0",
            "data/mongo/WiredTiger.wt": b"\0",
            "chromedriver.exe": b"\0",
            "films.csv": "x" * 1_100_000,
        },
    )
    assert got.level == 1
    said = " ".join(proof.text for proof in got.evidence)
    for word in ("cache", "base de données", "pilote", "plus de 1 Mo"):
        assert word in said


@pytest.mark.parametrize(
    ("book", "level"),
    [
        (notebook(("markdown", "# A"), "1", "2"), 3),
        (notebook("1", "2").replace('"execution_count": 2', '"execution_count": 1'), 2),
        (
            notebook("1/0").replace(
                '"outputs": []',
                '"outputs": [{"output_type": "error", "ename": "ZeroDivisionError"}]',
            ),
            1,
        ),
        (notebook("1")[:-20], 0),
    ],
)
def test_readable_notebooks(judged, book: str, level: int) -> None:
    assert judged("notebooks", {"a.ipynb": book}).level == level


def test_commits_shared_or_not(fork, read) -> None:
    folder = fork(under("Evaluation/Projet", {"a.py": "x = 1\n"}))
    for day in range(11, 17):
        commit(
            folder, {"Evaluation/Projet/a.py": f"x = {day}\n"}, f"Récolte la page {day}", day=day
        )
    alone = verdict(read(folder, members=("Alice", "Bob")), "commits")
    assert alone.level == 2
    assert "presque tout" in alone.question
    for day in range(17, 20):
        commit(
            folder,
            {"Evaluation/Projet/a.py": f"x = {day}\n"},
            f"Range la page {day}",
            day=day,
            who="Bob",
        )
    assert verdict(read(folder, members=("Alice", "Bob")), "commits").level == 3


def test_a_co_author_counts_and_empty_messages_do_not(fork, read) -> None:
    folder = fork(under("Evaluation/Projet", {"a.py": "x = 1\n"}))
    for day in range(11, 19):
        commit(
            folder,
            {"Evaluation/Projet/a.py": f"x = {day}\n"},
            "update\n\nCo-authored-by: Bob <b@e.test>",
            day=day,
        )
    got = verdict(read(folder), "commits")
    assert "bob : 8" in got.evidence[1].text
    assert got.level == 2
    assert "dites dans le message" in got.advice.lower()


# --- bonus


@pytest.mark.parametrize(
    "files",
    [
        {"docker-compose.yml": "services:\n  s:\n    build: .\n    command: scrapy crawl films\n"},
        {"Dockerfile": "FROM python\nCMD python scraper.py\n"},
        {"app.py": "import flask\nfrom scraper import recolter\n", "scraper.py": SCRAPER},
        {"plan.py": "from apscheduler.schedulers.blocking import BlockingScheduler\n"},
        {"app.py": "import flask\nimport subprocess\nsubprocess.run(['scrapy crawl films'])\n"},
    ],
)
def test_a_crawl_at_launch(judged, files) -> None:
    assert judged("bonus-lancement", {"a.py": "x = 1\n", **files}).level == 3


def test_no_crawl_at_launch(judged) -> None:
    assert judged("bonus-lancement", {"scraper.py": SCRAPER, "app.py": APPLICATION}).level == 0


def test_full_text(judged) -> None:
    code = (
        "import flask\nfrom elasticsearch import Elasticsearch\n"
        "Elasticsearch('x').search(query={'multi_match': {}})\n"
    )
    assert judged("bonus-recherche", {"a.py": code}).level == 3
