from __future__ import annotations

import os
import socket

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


def test_a_stopped_service_gets_its_last_port_back_when_its_default_is_taken() -> None:
    last = ports.any_free(())
    mongo = catalogue.find("mongo")
    with socket.socket() as blocker:
        try:
            blocker.bind(("127.0.0.1", mongo.port))
            blocker.listen()
        except OSError:
            pass  # somebody else holds it: as good for this test
        got = ports.allocate([mongo], {"mongo": {"main": last}}, [])["mongo"].port
    assert got == last
