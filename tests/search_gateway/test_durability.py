"""kill -9 at any moment loses nothing that was acknowledged."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import PASSWORD, GatewayProcess, Maker, until


class Writer(threading.Thread):
    """Writes until told to stop, and remembers exactly what was acknowledged."""

    def __init__(self, gateway: GatewayProcess, name: str, round_: int) -> None:
        super().__init__()
        self.url, self.label = gateway.url, f"{name}-{round_}"
        self.index = f"orage-{name}"
        self.kind = name
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.deleted: set[str] = set()
        self.enough = threading.Event()

    def run(self) -> None:
        number = 0
        with httpx.Client(auth=("elastic", PASSWORD), timeout=20) as client:
            while not self.enough.is_set():
                number += 1
                try:
                    getattr(self, self.kind)(client, number)
                except httpx.HTTPError:
                    self.enough.wait(0.05)

    def bulk(self, client: httpx.Client, number: int) -> None:
        """A bulk: half the ids chosen by the server, some items refused."""
        names = [f"{self.label}-{number}-{n}" for n in range(40)]
        lines = []
        for n, name in enumerate(names):
            identifier = f', "_id": "{name}"' if n % 2 else ""
            n_field = '"pas un nombre"' if n == 7 else str(n)
            lines.append(f'{{"index": {{"_index": "{self.index}"{identifier}}}}}')
            lines.append(f'{{"nom": "{name}", "n": {n_field}}}')
        answer = client.post(
            f"{self.url}/_bulk",
            content="\n".join(lines) + "\n",
            headers={"Content-Type": "application/x-ndjson"},
        )
        if answer.status_code == 200:
            for name, item in zip(names, answer.json()["items"], strict=True):
                if item["index"]["status"] < 300:
                    self.acknowledged[item["index"]["_id"]] = {"nom": name}

    def single(self, client: httpx.Client, number: int) -> None:
        """Create, then update or delete, one by one."""
        body = {"nom": f"{self.label}-{number}", "n": number}
        answer = client.post(f"{self.url}/{self.index}/_doc", json=body)
        if answer.status_code != 201:
            return
        chosen = answer.json()["_id"]
        self.acknowledged[chosen] = {"nom": body["nom"]}
        if number % 3 == 0:
            # from the moment it is sent, the deletion may have been done
            del self.acknowledged[chosen]
            gone = client.delete(f"{self.url}/{self.index}/_doc/{chosen}")
            if gone.status_code == 200:
                self.deleted.add(chosen)
        elif number % 3 == 1:
            client.post(f"{self.url}/{self.index}/_update/{chosen}", json={"doc": {"m": 1}})

    def verify(self, gateway: GatewayProcess) -> int:
        ids = [*self.acknowledged, *self.deleted]
        if not ids:
            return 0
        answer = gateway.request("POST", f"/{self.index}/_mget", json={"ids": ids})
        found = {doc["_id"]: doc for doc in answer.json()["docs"]}
        for identifier, expected in self.acknowledged.items():
            assert found[identifier]["found"], f"acknowledged and lost: {identifier}"
            assert found[identifier]["_source"]["nom"] == expected["nom"]
        for identifier in self.deleted:
            assert not found[identifier]["found"], f"deleted and back: {identifier}"
        return len(ids)


def _storm(gateway: GatewayProcess, target: str, round_: int, pause: float) -> list[Writer]:
    writers = [Writer(gateway, "bulk", round_), Writer(gateway, "single", round_)]
    for writer in writers:
        writer.start()
    until(lambda: all(len(writer.acknowledged) > 2 for writer in writers), 20)
    threading.Event().wait(pause)
    if target in ("engine", "both"):
        os.kill(gateway.engine_pid(), signal.SIGKILL)
    if target in ("gateway", "both"):
        gateway.kill()
    else:
        # it comes back by itself, and writes go on
        before = sum(len(writer.acknowledged) for writer in writers)
        until(lambda: sum(len(w.acknowledged) for w in writers) > before + 5, 20)
    for writer in writers:
        writer.enough.set()
    for writer in writers:
        writer.join(30)
    return writers


@pytest.mark.parametrize("compact", [1 << 30, 60_000], ids=["journal", "compacting"])
def test_storm(make_gateway: Maker, compact: int) -> None:
    gateway = make_gateway("--compact-bytes", str(compact)).start()
    mapping = {"mappings": {"properties": {"n": {"type": "integer"}}}}
    for name in ("bulk", "single"):
        assert gateway.request("PUT", f"/orage-{name}", json=mapping).status_code == 200
    chance = random.Random(2026)
    history: list[Writer] = []
    for round_ in range(9):
        target = ("gateway", "engine", "both")[round_ % 3]
        history += _storm(gateway, target, round_, chance.uniform(0, 0.25))
        if target != "engine":
            until(gateway.gone, 2)
            gateway.start()
        gateway.wait_ready()
        assert sum(writer.verify(gateway) for writer in history) > 0
        assert gateway.get("/").json()["lab"]["replay_refusals"] == 0
    assert gateway.stop() == 0
    until(gateway.gone, 2)
    gateway.start()
    assert sum(writer.verify(gateway) for writer in history) > 300
    if compact < 1 << 30:
        # what the storm has interrupted is done at the start
        until(lambda: bool(list(gateway.data.glob("snapshot-????????"))), 20)
        assert sum(writer.verify(gateway) for writer in history) > 300
        gateway.kill()
        gateway.start()
        assert sum(writer.verify(gateway) for writer in history) > 300


def _state(gateway: GatewayProcess) -> Any:
    """Everything a client can see, but what a new engine draws again."""
    indices = gateway.get("/_all?expand_wildcards=all").json()
    for index in indices.values():
        for own in ("uuid", "creation_date", "provided_name"):
            index["settings"]["index"].pop(own, None)
    documents = {}
    for name in indices:
        query = {"size": 1000, "version": True, "sort": ["_id"]}
        hits = gateway.request("POST", f"/{name}/_search", json=query).json()["hits"]
        documents[name] = [
            {key: hit.get(key) for key in ("_id", "_version", "_source", "_routing")}
            for hit in hits.get("hits", [])
        ]
    others = [
        gateway.get(path).json()
        for path in ("/_alias", "/_index_template", "/_component_template", "/_cluster/settings")
    ]
    return indices, documents, others


def _fill(gateway: GatewayProcess) -> None:
    """One of each kind of write."""
    put = [
        ("/_component_template/c", {"template": {"settings": {"number_of_replicas": 0}}}),
        (
            "/_index_template/t",
            {
                "index_patterns": ["modele-*"],
                "composed_of": ["c"],
                "template": {"mappings": {"properties": {"k": {"type": "keyword"}}}},
            },
        ),
        (
            "/a",
            {
                "settings": {
                    "number_of_shards": 2,
                    "analysis": {
                        "analyzer": {"plie": {"tokenizer": "standard", "filter": ["f"]}},
                        "filter": {"f": {"type": "asciifolding"}},
                    },
                },
                "mappings": {"properties": {"t": {"type": "text", "analyzer": "french"}}},
                "aliases": {"al": {"filter": {"term": {"n": 1}}, "is_write_index": True}},
            },
        ),
        ("/a/_mapping", {"properties": {"u": {"type": "text", "analyzer": "plie"}}}),
        ("/modele-1/_doc/1", {"k": "x"}),
        ("/a/_doc/1", {"t": "l'économie", "n": 1, "f": 1.10, "vide": None, "l": [], "é": "è\n"}),
        ("/a/_doc/2?routing=r", {"n": 2, "o": {"p": [{"q": True}]}}),
        ("/a/_create/3", {"n": 3, "gros": 2**53 + 1}),
        ("/al/_doc/4", {"n": 1}),
        ("/bloque/_doc/1", {"n": 1}),
        ("/bloque/_settings", {"index": {"blocks": {"write": True}}}),
        ("/jetable/_doc/1", {"n": 1}),
    ]
    for path, body in put:
        answer = gateway.request("PUT", path, json=body)
        assert answer.status_code in (200, 201), answer.text
    post = [
        ("/a/_update/1", {"doc": {"n": 5}}),
        ("/a/_update/9", {"doc": {"n": 9}, "doc_as_upsert": True}),
        ("/a/_delete_by_query", {"query": {"term": {"n": 3}}}),
        ("/a/_update_by_query", {"query": {"term": {"n": 2}}}),
        ("/_reindex", {"source": {"index": "a"}, "dest": {"index": "copie"}}),
        ("/_aliases", {"actions": [{"add": {"index": "copie", "alias": "al2"}}]}),
    ]
    for path, body in post:
        answer = gateway.request("POST", path, json=body)
        assert answer.status_code in (200, 201), answer.text
    assert gateway.request("DELETE", "/jetable").status_code == 200
    assert gateway.request("DELETE", "/a/_doc/9").status_code == 200
    # a conditional write: journalled once its condition was seen to hold
    read = gateway.get("/a/_doc/4").json()
    guard = f"if_seq_no={read['_seq_no']}&if_primary_term={read['_primary_term']}"
    path = f"/a/_doc/4?{guard}"
    assert gateway.request("PUT", path, json={"n": 44}).status_code == 200
    assert gateway.request("PUT", path, json={"n": 45}).status_code == 409


def test_every_kind_of_write_survives(make_gateway: Maker) -> None:
    gateway = make_gateway().start()
    _fill(gateway)
    before = _state(gateway)
    assert before[1]["a"], "the state must not be empty"
    for _ in range(2):
        gateway.kill()
        until(gateway.gone, 2)
        gateway.start()
        assert _state(gateway) == before
    os.kill(gateway.engine_pid(), signal.SIGKILL)
    assert _state(gateway) == before


def test_compaction_keeps_the_state_and_shortens_the_journal(make_gateway: Maker) -> None:
    gateway = make_gateway("--compact-bytes", "200000").start()
    _fill(gateway)
    for n in range(120):
        answer = gateway.request("PUT", f"/a/_doc/{n % 10}", json={"t": "mot " * 500, "n": n})
        assert answer.status_code in (200, 201)
    until(lambda: bool(list(gateway.data.glob("snapshot-????????"))))
    until(lambda: "compacté" in gateway.log.read_text())
    gateway.request("PUT", "/a/_doc/après", json={"n": 1})
    before = _state(gateway)
    gateway.kill()
    size = sum(path.stat().st_size for path in gateway.data.iterdir())
    assert size < 200_000
    assert len(list(gateway.data.glob("*-*"))) <= 3
    gateway.start()
    assert _state(gateway) == before
    assert gateway.get("/").json()["lab"]["replay_refusals"] == 0


def test_compaction_waits_for_a_closed_index(make_gateway: Maker) -> None:
    gateway = make_gateway("--compact-bytes", "20000").start()
    gateway.request("PUT", "/ferme/_doc/1", json={"n": 1})
    assert gateway.request("POST", "/ferme/_close").status_code == 200
    gateway.request("PUT", "/a/_doc/1", json={"t": "mot " * 9000})
    until(lambda: "remis à plus tard" in gateway.log.read_text())
    gateway.kill()
    gateway.start()
    assert gateway.request("POST", "/ferme/_open").status_code == 200
    assert gateway.get("/ferme/_doc/1").json()["found"]
    assert gateway.get("/a/_doc/1").json()["found"]


@pytest.mark.parametrize("cut", [1, 5, 40, 119])
def test_torn_last_record(make_gateway: Maker, cut: int) -> None:
    gateway = make_gateway().start()
    gateway.request("PUT", "/a/_doc/1", json={"n": 1})
    gateway.request("PUT", "/a/_doc/2", json={"n": 2, "long": "x" * 100})
    gateway.kill()
    (path,) = gateway.data.glob("journal-*")
    os.truncate(path, path.stat().st_size - cut)
    gateway.start()
    assert gateway.get("/a/_doc/1").json()["found"]
    assert not gateway.get("/a/_doc/2").json()["found"]
    assert gateway.request("PUT", "/a/_doc/3", json={"n": 3}).status_code == 201
    gateway.kill()
    gateway.start()
    assert gateway.get("/a/_doc/3").json()["found"]


def test_damage_in_the_middle_is_not_forgotten(make_gateway: Maker) -> None:
    gateway = make_gateway().start()
    for n in range(3):
        gateway.request("PUT", f"/a/_doc/{n}", json={"n": n, "t": "marque"})
    gateway.kill()
    (path,) = gateway.data.glob("journal-*")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"marque", b"mArque", 1))
    gateway.start(wait=False)
    assert gateway.process is not None
    assert gateway.process.wait(20) != 0
    assert "abîmé" in gateway.log.read_text()
    assert "Traceback" not in gateway.log.read_text()
    assert path.stat().st_size == len(content)


def test_second_gateway_on_the_same_folder(make_gateway: Maker) -> None:
    gateway = make_gateway().start()
    run = subprocess.run(gateway.command(), capture_output=True, text=True, timeout=20)
    assert run.returncode != 0
    assert "tient déjà le dossier" in run.stderr
    assert "Traceback" not in run.stderr
    assert gateway.get("/_cluster/health").status_code == 200


def test_full_disk_refuses_and_forgets_nothing(make_gateway: Maker) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    gateway = make_gateway().start(preexec_fn=small_files)
    kept = []
    refused = 0
    for n in range(30):
        body = {"n": n, "t": "x" * 4000}
        answer = gateway.request("PUT", f"/a/_doc/{n}", json=body)
        if answer.status_code == 201:
            kept.append(n)
        else:
            refused += 1
            assert answer.status_code == 507
            assert answer.json()["error"]["type"] == "insufficient_storage_exception"
            assert "disque" in answer.json()["error"]["reason"]
            assert not gateway.get(f"/a/_doc/{n}").json()["found"]
    assert refused > 5
    assert len(kept) > 5
    # what still fits is still taken
    assert gateway.request("PUT", "/a/_doc/petit", json={"n": 1}).status_code == 201
    gateway.kill()
    until(gateway.gone, 2)
    gateway.start()
    count = gateway.get("/a/_count").json()["count"]
    assert count == len(kept) + 1


@pytest.mark.parametrize("how", ["term", "int", "kill"])
def test_nothing_is_left_running(make_gateway: Maker, how: str) -> None:
    gateway = make_gateway().start()
    assert gateway.children
    assert gateway.process is not None
    if how == "kill":
        gateway.kill()
    else:
        number = {"term": signal.SIGTERM, "int": signal.SIGINT}[how]
        gateway.process.send_signal(number)
        assert gateway.process.wait(10) == 0
    until(gateway.gone, 2)
    assert "Traceback" not in gateway.log.read_text()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="espaces de noms : Linux")
def test_the_engine_cannot_be_reached(make_gateway: Maker) -> None:
    gateway = make_gateway().start()
    if not gateway.get("/").json()["lab"]["engine_port_closed"]:
        pytest.skip("cette machine n'accorde pas d'espace de noms réseau")
    own = Path("/proc/self/ns/net").readlink()
    assert Path(f"/proc/{gateway.engine_pid()}/ns/net").readlink() != own


def test_without_isolation(make_gateway: Maker) -> None:
    gateway = make_gateway("--no-isolation").start()
    assert gateway.get("/").json()["lab"]["engine_port_closed"] is False
    assert gateway.request("PUT", "/a/_doc/1", json={"n": 1}).status_code == 201
    gateway.kill()
    until(gateway.gone, 2)


def test_many_connections(make_gateway: Maker) -> None:
    """More requests at once than sockets into the namespace at the start."""
    gateway = make_gateway().start()
    gateway.request("PUT", "/a/_doc/1", json={"n": 1})
    failures: list[int] = []

    def ask() -> None:
        for _ in range(20):
            code = gateway.get("/a/_search").status_code
            if code != 200:
                failures.append(code)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
