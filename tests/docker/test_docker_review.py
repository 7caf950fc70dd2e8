"""`lab review --run` on real containers: what it sees, what it forbids, that nothing is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import dockerd
import psutil
import pytest
import standin_images

ROOT = Path(__file__).parents[2]
IMAGE = "image_drio"
OURS = "lab-essai-"
pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

COMPOSE = """\
services:
  web:
    build: .
    command: python app.py
    container_name: web
    ports: ["80:5000"]
    depends_on: [mongo]
    volumes: [".:/app"]
    restart: always
  recolte:
    build: .
    command: python recolte.py
    depends_on: [mongo, cache]
    volumes: ["./donnees:/app/donnees"]
  presse:
    build: .
    command: python presse.py
  limites:
    build: .
    command: python limites.py
  mongo:
    image: mongo:8.0.21
    volumes: [films:/data/db]
  cache:
    image: redis:8.2.8-bookworm
    command: redis-server --requirepass motdepasse --protected-mode no
volumes: {films: {}}
"""
APPLICATION = """\
import os
from flask import Flask
from pymongo import MongoClient
films = MongoClient("mongodb://mongo:27017/?directConnection=true").cinema.films
app = Flask(__name__)

@app.route("/")
def accueil():
    return "<a href='/films'>Les films</a>"

@app.route("/films")
def liste():
    assert os.path.exists("/app/donnees/fait.txt")  # what the other service wrote
    return "<table>" + "".join(f"<tr><td>{f['titre']}</td></tr>" for f in films.find()) + "</table>"

app.run(host="0.0.0.0", port=5000)
"""
CRAWL = """\
import os, re, redis, requests
from pymongo import MongoClient
page = requests.get(os.environ["PRACTICE_URL"] + "/gazette/", timeout=20)
page.raise_for_status()
films = MongoClient("mongodb://mongo:27017/?directConnection=true").cinema.films
cache = redis.Redis("cache", password="motdepasse")
for titre in re.findall(r"<a[^>]*>(.*?)</a>", page.text, re.S)[:12]:
    films.insert_one({"titre": titre})
    cache.set(titre, 1)
open("/app/donnees/fait.txt", "w").close()
"""
LIMITS = """\
import json, os, re, socket
status = open("/proc/self/status").read()
port = int(os.environ["PORT_DE_LHOTE"])
mine = socket.gethostbyname(socket.gethostname())
def reaches(host, port):
    try:
        socket.create_connection((host, port), 2).close()
    except OSError:
        return False
    return True
print(json.dumps({
    "capabilities": int(re.search(r"CapEff:\\s*(\\w+)", status)[1], 16),
    "new_privileges": re.search(r"NoNewPrivs:\\s*(\\d)", status)[1],
    "gateway": reaches(mine.rsplit(".", 1)[0] + ".1", port),
    "host": reaches(os.environ["ADRESSE_DE_LHOTE"], port),
    "practice": reaches("practice", 8000),
    "socket": os.path.exists("/var/run/docker.sock"),
    "secret": [name for name in os.environ if "CORRECTEUR" in name],
}))
"""
PROJECT = {
    "docker-compose.yml": COMPOSE,
    "app.py": APPLICATION,
    "recolte.py": CRAWL,
    "presse.py": "import requests\nrequests.get('https://films.test.org/', timeout=20)\n",
    "limites.py": LIMITS,
    "requirements.txt": "flask\npymongo\nredis\nrequests\n",
}
DOCKERFILE = """\
FROM {base}
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
"""
SLEEPING = ["sleep", "613"]
SLOW = {
    "compose.yml": (
        "services:\n  lent:\n    image: {image}\n    entrypoint: [sleep, '600']\n"
        "    volumes: [d1:/d]\n    healthcheck: {{test: 'false', interval: 1s, retries: 1000}}\n"
        "volumes: {{d1: {{}}}}\n"
    )
}


@pytest.fixture(scope="module")
def helper(engine: dockerd.Engine, standins: dict[str, float]) -> Iterator[str]:
    """The lab's image: the product's when this session built it, else the local engines'."""
    found = engine.run("docker", "image", "inspect", IMAGE, check=False).returncode == 0
    if not found:
        engine.run("docker", "tag", "lab-standin-engines", IMAGE)
    yield IMAGE
    if not found:
        engine.run("docker", "rmi", IMAGE)


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    def make(files: Mapping[str, str], name: str = "projet") -> Path:
        folder = tmp_path / name / "Evaluation/Projet"
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        top = tmp_path / name
        who = ("-c", "user.name=a", "-c", "user.email=a@ecole.test")
        for words in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "Le projet")):
            subprocess.run(["git", *words], cwd=top, check=True)
        return top

    return make


def environment(engine: dockerd.Engine, home: Path) -> dict[str, str]:
    return engine.environment(
        {"LAB_HOME": str(home), "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *_more()])}
    )


def _more() -> list[str]:
    return [one for one in [os.environ.get("PYTHONPATH", "")] if one]


def review(engine: dockerd.Engine, *words: str | Path, home: Path) -> list[dict[str, Any]]:
    """`lab review --run --json`, to its end."""
    command = [sys.executable, "-m", "lab", "review", "--run", "--json", *map(str, words)]
    done = engine.run(*command, env=environment(engine, home / "lab"), cwd=home, timeout=400)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def left(engine: dockerd.Engine) -> list[str]:
    """What bears the name of a trial: containers, networks, volumes, images."""
    asked = (
        ("ps", "-a", "--format", "{{.Names}}"),
        ("network", "ls", "--format", "{{.Name}}"),
        ("volume", "ls", "--format", "{{.Name}}"),
        ("images", "--format", "{{.Repository}}"),
    )
    names = [line for words in asked for line in engine.run("docker", *words).stdout.split()]
    return [name for name in names if name.startswith(OURS)]


def levels(found: Mapping[str, Any]) -> dict[str, int]:
    return {one["criterion"]: one["level"] for one in found["verdicts"]}


def test_a_project_is_built_started_seen_and_removed(  # type: ignore[no-untyped-def]
    engine: dockerd.Engine, helper: str, project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    monkeypatch.setenv("SECRET_DU_CORRECTEUR", "x")
    with socket.create_server(("0.0.0.0", 0)) as listening:
        port = str(listening.getsockname()[1])
        asked = ("docker", "network", "inspect", "-f", "{{(index .IPAM.Config 0).Gateway}}")
        address = engine.run(*asked, "bridge").stdout.strip()
        socket.create_connection((address, int(port)), 5).close()  # this machine has it
        compose = COMPOSE.replace(
            "command: python limites.py",
            f"command: python limites.py\n    environment: {{PORT_DE_LHOTE: '{port}', "
            f"ADRESSE_DE_LHOTE: '{address}', "
            "CORRECTEUR: '${SECRET_DU_CORRECTEUR:-}'}",
        )
        files = {
            **PROJECT,
            "docker-compose.yml": compose,
            "Dockerfile": DOCKERFILE.format(base=standin_images.python_name()),
        }
        folder = project(files)
        (found,) = review(engine, folder, "--html", "bilan", home=tmp_path)
    trial = found["trial"]
    states = {one["name"]: one["state"] for one in trial["services"]}
    assert trial["state"] == "ran", trial
    assert states == {
        "cache": "running",
        "limites": "done",
        "mongo": "running",
        "presse": "failed",
        "recolte": "done",
        "web": "running",
    }, (trial, _logs(tmp_path))
    assert [one["name"] for one in trial["services"] if one["offline"]] == ["presse"]
    pages = [(one["path"], one["status"], one["shows"]) for one in trial["pages"]]
    assert pages == [("/", 200, ""), ("/films", 200, "12 lignes de tableau")]
    stores = {one["service"]: (one["before"], one["after"]) for one in trial["stores"]}
    assert stores["mongo"] == (0, 12)
    assert stores["cache"][0] == 0
    assert stores["cache"][1] > 0
    got = levels(found)
    assert (got["docker"], got["bonus-lancement"]) == (3, 3)
    assert min(got["compose"], got["application"], got["stockage"]) >= 2
    assert any("presse n'a pas pu récolter" in note for note in found["notes"])
    seen = json.loads((tmp_path / "bilan/projet-journaux/service-limites.txt").read_text())
    allowed = sum(1 << number for number in (0, 1, 3, 5, 6, 7, 10))  # chown … net_bind_service
    assert seen["capabilities"] & ~allowed == 0
    assert seen["new_privileges"] == "1"
    assert (seen["gateway"], seen["host"], seen["socket"]) == (False, False, False)
    assert seen["practice"] is True
    assert seen["secret"] == ["CORRECTEUR"]  # the name is theirs, its value was not given
    page = (tmp_path / "bilan/projet.html").read_text(encoding="utf-8")
    assert "12 lignes de tableau" in page
    assert 'href="projet-journaux/service-web.txt"' in page
    assert not (folder / "Evaluation/Projet/donnees").exists(), "only a copy was written to"
    assert left(engine) == []
    begun = time.monotonic()
    (again,) = review(engine, folder, home=tmp_path)
    assert again["trial"] == trial, "kept: the same commit is not tried twice"
    assert time.monotonic() - begun < trial["seconds"]


def _logs(home: Path) -> dict[str, str]:
    return {p.name: p.read_text()[-1500:] for p in home.glob("bilan/*-journaux/*.txt")}


@pytest.mark.long
def test_a_refused_project_a_broken_build_and_a_slow_one(  # type: ignore[no-untyped-def]
    engine: dockerd.Engine, helper: str, project, tmp_path: Path
) -> None:
    """One after the other, each with its own end, and no trace."""
    evil = project(
        {
            "compose.yml": f"services:\n  a:\n    image: {helper}\n    volumes: [/:/host]\n",
            "app.py": "print(1)\n",
        },
        "mechant",
    )
    broken = project(
        {
            "compose.yml": "services:\n  a:\n    build: .\n",
            "Dockerfile": f"FROM {helper}\nRUN echo un-mot && exit 3\n",
        },
        "casse",
    )
    slow = project(
        {
            "compose.yml": "services:\n  a:\n    build: .\n",
            "Dockerfile": f"FROM {helper}\nRUN {' '.join(SLEEPING)}\n",
        },
        "lent",
    )
    words = (evil, broken, "--html", "bilan")
    found = {one["name"]: one for one in review(engine, *words, home=tmp_path)}
    (found["lent"],) = review(engine, slow, "--run-timeout", "10", home=tmp_path)
    refusals = found["mechant"]["trial"]["refusals"]
    assert [(one["rule"], one["path"], one["line"]) for one in refusals] == [
        ("bind", "Evaluation/Projet/compose.yml", 4)
    ]
    assert found["casse"]["trial"]["state"] == "unbuilt"
    assert levels(found["casse"])["docker"] <= 1
    assert "un-mot" in (tmp_path / "bilan/casse-journaux/construction.txt").read_text()
    assert found["lent"]["trial"]["state"] == "stopped"
    deadline = time.monotonic() + 30
    while any(one.info["cmdline"] == SLEEPING for one in psutil.process_iter(["cmdline"])):
        assert time.monotonic() < deadline, "the build goes on in the engine"
        time.sleep(0.5)
    assert "--run-timeout" in found["lent"]["trial"]["said"]
    assert left(engine) == []
    rows = (tmp_path / "bilan/notes.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].endswith(";lancement")
    assert "1 demande refusée" in rows[1]


def _begun(engine: dockerd.Engine, folder: Path, home: Path) -> subprocess.Popen[str]:
    """A review whose containers are up."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lab", "review", "--run", str(folder)],
        env=environment(engine, home / "lab"),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not any("-lent-1" in one for one in left(engine)):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return process


@pytest.mark.long
def test_ctrl_c_leaves_nothing_and_what_a_power_cut_left_is_swept(  # type: ignore[no-untyped-def]
    engine: dockerd.Engine, helper: str, project, tmp_path: Path
) -> None:
    files = {name: text.format(image=helper) for name, text in SLOW.items()}
    folder = project({**files, "app.py": "print(1)\n"})
    process = _begun(engine, folder, tmp_path)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert left(engine) == []
    assert not list((tmp_path / "lab/review/essais").glob(f"{OURS}*"))
    process = _begun(engine, folder, tmp_path)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert left(engine)
    other = project({"compose.yml": "services: []\n", "app.py": "print(1)\n"}, "autre")
    (found,) = review(engine, other, home=tmp_path)
    assert found["trial"]["state"] == "unreadable"
    assert left(engine) == []
    assert not list((tmp_path / "lab/review/essais").glob(f"{OURS}*"))
