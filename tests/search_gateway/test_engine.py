"""The engine process, and the sockets into its namespace."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from lab.runtimes.search_gateway.engine import LOW_SOCKETS, SOCKETS, Engine


@pytest.fixture
async def engine():
    one = Engine()
    await one.start()
    yield one
    await one.stop()
    assert not one.alive


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="espaces de noms : Linux")
async def test_sockets_are_made_again_before_they_run_out(engine: Engine) -> None:
    if not engine.isolated:
        pytest.skip("cette machine n'accorde pas d'espace de noms réseau")
    for _ in range(SOCKETS - LOW_SOCKETS + 3):
        engine._take(None).close()
    assert engine._refill is not None
    await engine._refill
    assert len(engine._pool) > SOCKETS
    while len(engine._pool) > 5:  # what is left was made by the second launcher
        engine._pool.popleft().close()
    answers = await asyncio.gather(*(engine.request("GET", "/_cat/health") for _ in range(4)))
    assert [answer.status for answer in answers] == [200] * 4


async def test_the_port_is_closed_to_others(engine: Engine) -> None:
    """A plain socket, made outside the namespace, finds nobody on the engine's port."""
    if not engine.isolated:
        pytest.skip("cette machine n'accorde pas d'espace de noms réseau")
    port = int(engine._base.rpartition(":")[2])
    with socket.socket() as outside, pytest.raises(ConnectionRefusedError):
        outside.connect(("127.0.0.1", port))
    assert (await engine.request("GET", "/")).status == 200


async def test_ordinary_loopback() -> None:
    engine = Engine(isolate=False)
    await engine.start()
    assert not engine.isolated
    assert (await engine.request("GET", "/")).json()["cluster_name"] == "osmem"
    await engine.stop()
