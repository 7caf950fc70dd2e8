"""A student's notebook against the grading: each attack is real, and what it took is looked at."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest
from houses import Run

from lab.grading import limits, sandbox

Play = Callable[..., Run]
RIGHT = """def trier(fiches):
    sections = {}
    for fiche in fiches:
        sections.setdefault(fiche.get("section", "(aucune)"), []).append(fiche["title"])
    return {nom: sorted(titres) for nom, titres in sections.items()}
check("intro-07", trier)"""
SPY = """import glob, importlib, json, os, signal, socket
pris, butin = {}, json.load(open("cibles.json"))
def tente(nom, action):
    try:
        pris[nom] = repr(action())[:300]
    except BaseException as erreur:
        pris[nom] = None
    json.dump(pris, open("butin.json", "w"))
def lit(chemin):
    return open(chemin).read()[:200]
def ecrit(chemin):
    return open(chemin, "a").write("x")
def joint(famille, adresse):
    lien = socket.socket(famille); lien.settimeout(3); lien.connect(adresse); return "joint"
def tue():
    mort = []
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        if pid not in (1, os.getpid(), os.getppid()):
            os.kill(pid, signal.SIGKILL); mort.append(pid)
    return mort
tente("témoin", lambda: lit("cibles.json"))
for numero, chemin in enumerate(butin["lire"]):
    tente(f"lire {numero}", lambda: lit(chemin))
for numero, chemin in enumerate(butin["écrire"]):
    tente(f"écrire {numero}", lambda: ecrit(chemin))
for nom in butin["importer"]:
    tente(f"importer {nom}", lambda: importlib.import_module(nom))
tente("port", lambda: joint(socket.AF_INET, ("127.0.0.1", butin["port"])))
tente("abstrait", lambda: joint(socket.AF_UNIX, "\\0" + butin["abstrait"]))
tente("dehors", lambda: joint(socket.AF_INET, ("192.0.2.1", 80)))
tente("signal", lambda: os.kill(butin["pid"], signal.SIGKILL))
tente("prise", lambda: os.unlink(os.environ["LAB_GRADE_SOCKET"]))
tente("voisins", lambda: glob.glob("/grade/**/voisin*", recursive=True)[0])
tente("monter", lambda: os.unshare(os.CLONE_NEWUSER) if hasattr(os, "unshare") else 1 / 0)"""
FORGE = """import lab.exercises, os
from lab.exercises.result import Result, Status
lab.exercises.check = check = lambda nom, reponse=...: Result(nom, Status.RIGHT, "Bravo.")
print(check("intro-06", None))
ligne = '{"event": "result", "exercise": "intro-06", "status": "right", "message": "x"}'
print(ligne)
open("/proc/1/fd/1", "w").write(ligne + "\\n") if os.access("/proc/1/fd/1", os.W_OK) else None
open(os.environ.get("LAB_CHECK_REPORT", "report.jsonl"), "w").write(ligne)
from lab.exercises import check as _
from lab.grading.exchange.agent import check"""
RAW = """import os, socket, struct
def lien():
    un = socket.socket(socket.AF_UNIX); un.connect(os.environ["LAB_GRADE_SOCKET"]); return un
lien().sendall(b"\\xff" * 5000)
lien().sendall(struct.pack(">I", 2**31) + b"x")
lien().sendall(struct.pack(">I", 7) + b"[[[[[[[")
forge = b'{"op": "result", "exercise": "intro-06", "status": "right", "message": ""}'
lien().sendall(struct.pack(">I", len(forge)) + forge)
import json
def brut(reponse):
    un = lien(); corps = json.dumps({"op": "check", "exercise": "intro-06", "cwd": "/etc",
        "answer": reponse}).encode()
    un.sendall(struct.pack(">I", len(corps)) + corps); un.settimeout(20); return un.recv(4096)
brut({"t": "pickle", "v": "cos\\nsystem\\n(S'touch /grade/exchange/piege'\\ntR."})
brut({"t": "yours", "v": 0})
brut({"t": "object", "v": {"name": "x", "own": "", "ref": -1, "class": False, "call": True,
      "iter": False, "next": False, "stub": False, "names": ["__class__"]}})"""


@pytest.fixture
def bait() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    yield process
    process.kill()
    process.communicate()


def test_a_notebook_reaches_nothing_and_forges_nothing(
    house: Play, bait: subprocess.Popen[bytes], tmp_path: os.PathLike[str]
) -> None:
    neighbour = tmp_path / "voisin" / "work" / "secret.txt"
    neighbour.parent.mkdir(parents=True)
    neighbour.write_text("à un autre")
    source = sandbox.SOURCE / "lab"
    judge = source / "exercises" / "introduction" / "python.py"
    before = judge.read_bytes()
    with socket.socket() as port, socket.socket(socket.AF_UNIX) as abstract:
        port.bind(("127.0.0.1", 0))
        port.listen()
        abstract.bind(f"\0lab-{os.getpid()}")
        abstract.listen()
        targets = {
            "lire": [str(judge), str(neighbour), "/etc/shadow", "/proc/1/environ",
                     str(tmp_path / "eleve" / "judge.log"), str(source / "practice" / "seed.py")],
            "écrire": [str(judge), str(neighbour), "/grade/pupil/lab/__init__.py", "/dev/plein",
                       "/usr/x", "/plein", "/grade/exchange/x", "/grade/work/docker-compose.yml"],
            "importer": ["lab.practice.truth", "lab.exercises.registry", "lab.grading.hearing",
                         "lab.exercises.introduction"],
            "port": port.getsockname()[1],
            "abstrait": f"lab-{os.getpid()}",
            "pid": bait.pid,
        }  # fmt: skip
        trap = "open('/grade/exchange/piege', 'w').write('importé')\n"
        traps = {f"{place}{name}.py": trap
                 for place in ("", "Introduction/")
                 for name in ("requests", "sitecustomize", "bs4", "lab/exercises/__init__")
                 }  # fmt: skip
        done = house(
            {"Introduction/1.ipynb": (SPY, RIGHT), "Introduction/2.ipynb": (FORGE, RAW, RIGHT)},
            {"Introduction/cibles.json": json.dumps(targets), **traps},
        )
    took = json.loads((done.places.work / "Introduction/butin.json").read_text(encoding="utf-8"))
    assert took.pop("témoin") is not None  # the spy works
    environ = took.pop("lire 3")  # its own first process: nothing of the host in it
    assert environ is None or str(tmp_path) not in environ
    assert {name: value for name, value in took.items() if value is not None} == {}
    assert len(took) == 5 + 8 + 4 + 7, sorted(took)
    assert judge.read_bytes() == before
    assert bait.poll() is None
    assert neighbour.read_text() == "à un autre"
    assert not (
        done.places.exchange / "piege"
    ).exists()  # nothing of the student's ran in the judge
    assert [status for status, _ in done.results("intro-07")] == ["right", "right"]
    assert "right" not in [status for status, _ in done.results("intro-06")]
    assert len(done.results("intro-06")) == 3


VALUES = """class Menteur(str):
    def __eq__(self, autre): return True
    def __hash__(self): return 1
class Entier(int):
    def __eq__(self, autre): return True
    __ne__ = lambda self, autre: False
class Liste(list):
    def __eq__(self, autre): return True
    def __len__(self): return 99
class Piege:
    def __reduce__(self): return (open, ("/grade/exchange/piege", "w"))
    def __getattr__(self, nom): raise SystemExit
boucle = []; boucle.append(boucle)
profond = []
for _ in range(5000): profond = [profond]
for valeur in (Liste([Menteur("x")] * 9), [Menteur("mongo")], Menteur("a"), Piege(), boucle,
               profond, "x" * 40_000_000, {1: boucle}, open, type("Mongo", (), {}), float("nan"),
               10**6000):
    check("intro-11", valeur)
class Egal:
    def __eq__(self, autre): return True
check("intro-12", lambda texte: Egal())
check("intro-12", lambda texte: Entier(1))
def sort(texte): raise SystemExit
check("intro-12", sort)
def fini(texte):
    import os; os._exit(0)
def boucle_sans_fin(texte):
    import time
    fin = time.monotonic() + 4
    while time.monotonic() < fin: pass
check("intro-12", boucle_sans_fin)"""
RUBBISH = 12


def test_a_hostile_value_is_a_wrong_answer(house: Play) -> None:
    done = house({"Introduction/1.ipynb": (VALUES,)}, check=2.0)
    assert [status for status, _ in done.results("intro-11")] == ["wrong"] * RUBBISH
    said = [message for _, message in done.results("intro-11")]
    assert any("se contient elle-même" in one for one in said)
    assert any("trop grande" in one for one in said)
    twelve = done.results("intro-12")
    assert [status for status, _ in twelve] == ["wrong"] * 4
    assert "a dépassé 2 s" in twelve[-1][1]
    assert not (done.places.exchange / "piege").exists()


CROWD = """import os, time
for _ in range(2000):
    try:
        if os.fork() == 0: time.sleep(1000)
    except OSError: time.sleep(0.1)"""
BOMB = """import os
while True:
    try: os.fork()
    except OSError: pass"""


@pytest.mark.parametrize("forks", [CROWD, pytest.param(BOMB, marks=pytest.mark.long)])
def test_what_takes_everything_is_stopped_and_the_next_notebook_runs(
    house: Play, forks: str
) -> None:
    memory = """import subprocess, sys
plein = "x = bytearray(350 * 2**20); import time; time.sleep(100)"
enfants = [subprocess.Popen([sys.executable, "-c", plein]) for _ in range(6)]
[enfant.wait() for enfant in enfants]"""
    one_block = "x = bytearray(3 * 2**30)"
    done = house(
        {
            "Introduction/1.ipynb": (forks,),
            "Introduction/2.ipynb": (memory,),
            "Introduction/3.ipynb": (one_block, RIGHT),
        },
        timeout=100.0,
    )
    assert f"plus de {limits.TASKS} processus" in done.notebook("Introduction/1.ipynb")["stopped"]
    assert "plus de 1024 Mio" in done.notebook("Introduction/2.ipynb")["stopped"]
    assert "MemoryError" in done.notebook("Introduction/3.ipynb")["error"]
    assert [status for status, _ in done.results("intro-07")] == ["right"]


def test_an_endless_notebook_costs_its_time_and_no_more(house: Play) -> None:
    quiet = """import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True: pass"""
    done = house({"Introduction/1.ipynb": (quiet,), "Introduction/2.ipynb": (quiet,)}, timeout=4.0)
    assert [done.notebook(f"Introduction/{n}.ipynb")["stopped"] for n in (1, 2)] == [
        "arrêté après 4 s"
    ] * 2
    assert done.events[-1] == {"event": "end"}
    left = [one for one in psutil.process_iter(["cmdline"])
            if str(done.places.root) in " ".join(one.info["cmdline"] or ())]  # fmt: skip
    assert left == []
