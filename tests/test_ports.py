from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from lab import catalogue
from lab.runtimes.local import ports


@pytest.fixture
def held() -> int:
    """A port on which this test listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_that_listens_is_taken_and_its_owner_is_named(held: int) -> None:
    assert not ports.is_free(held)
    assert f"(pid {os.getpid()})" in ports.owner(held)


def test_a_port_nobody_holds_is_free_and_has_no_named_owner() -> None:
    port = ports.any_free(())
    assert ports.is_free(port)
    assert ports.owner(port) == "un autre programme"


def test_any_free_avoids_what_is_taken_with_its_offset() -> None:
    got = {ports.any_free((), offset=10_000) for _ in range(20)}
    assert all(port + 10_000 < 65_536 for port in got)


def test_every_port_of_every_service_is_distinct() -> None:
    instances = ports.allocate(catalogue.SERVICES, {}, ())
    every = [p for one in instances.values() for p in (one.port, *one.ports.values())]
    assert len(set(every)) == len(every)
    s3 = instances["s3"].ports
    assert s3["admin_grpc"] == s3["admin"] + ports.ADMIN_GRPC_OFFSET


def test_a_service_that_runs_keeps_its_ports(held: int) -> None:
    known = {"redis": {"main": held}}
    redis = [catalogue.find("redis")]
    assert ports.allocate(redis, known, ["redis"])["redis"].port == held
    assert ports.allocate(redis, known, [])["redis"].port != held


def test_a_stopped_service_gets_its_last_port_back_when_its_default_is_taken(held: int) -> None:
    last = ports.any_free(())
    mongo = replace(catalogue.find("mongo"), port=held)
    got = ports.allocate([mongo], {"mongo": {"main": last}}, [])["mongo"].port
    assert got == last


CHOOSES = """
from lab import catalogue
from lab.runtimes.local import ports
import socket, sys
redis = catalogue.find("redis")
with ports.turn(lambda told: None):
    port = ports.allocate([redis], {}, [])["redis"].port
    print(port, flush=True)
    listener = socket.create_server(("127.0.0.1", port))
sys.stdin.read()
"""


def test_labs_that_start_together_take_different_ports(tmp_path: Path) -> None:
    """Each process chooses as a lab does, then listens; all begin in the same moment."""
    environ = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    labs = [
        subprocess.Popen(
            [sys.executable, "-c", CHOOSES],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    chosen = [lab.stdout.readline().strip() for lab in labs]
    for lab in labs:
        lab.communicate("")
    assert [lab.returncode for lab in labs] == [0] * len(labs)
    assert len(set(chosen)) == len(labs)


def test_a_neighbour_that_hangs_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(ports, "TURN", 0.3)
    told: list[str] = []
    with ports.turn(told.append), ports.turn(told.append):
        assert [line.split()[0] for line in told] == ["en", "ports"]  # waits, then goes without


def test_without_a_common_folder_one_goes_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    told: list[str] = []
    with ports.turn(told.append):
        assert len(told) == 1
        assert "absent" in told[0]


def test_a_lab_waits_until_its_servers_listen() -> None:
    redis = catalogue.find("redis")
    port = ports.any_free(())
    listening: list[socket.socket] = []
    timer = threading.Timer(
        0.3, lambda: listening.append(socket.create_server(("127.0.0.1", port)))
    )
    timer.start()
    ports.until_taken([catalogue.Instance(redis, port, {})])
    assert listening
    listening[0].close()
