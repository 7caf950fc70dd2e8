"""Probes against servers that lie, hang or are absent; real ones are met in tests/e2e."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lab import probes
from lab.runtimes.local.ports import any_free
from lab.settings import Endpoints, Secrets

NAMES = ("mongo", "redis", "elasticsearch", "s3", "practice")


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return Secrets.ensure(tmp_path)


@contextmanager
def server(answer: bytes) -> Iterator[str]:
    """A server that gives `answer` to whoever speaks to it, then closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)

        def serve() -> None:
            try:
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(answer)
            except OSError:
                return  # closed by the test

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.close()


@pytest.mark.parametrize("name", NAMES)
def test_nobody_there_is_not_healthy(name: str, secrets: Secrets) -> None:
    nobody = Endpoints(**{name: f"127.0.0.1:{any_free(())}"})
    health = probes.probe(name, nobody, secrets)
    assert not health.ok
    assert health.detail


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"+OK\r\n", b"\x00" * 64],
    ids=["closes", "empty JSON", "half a Redis", "zeros"],
)
def test_another_server_on_the_port_is_not_healthy(
    name: str, answer: bytes, secrets: Secrets
) -> None:
    with server(answer) as address:
        started = time.monotonic()
        assert not probes.probe(name, Endpoints(**{name: address}), secrets).ok
        assert time.monotonic() - started < 4 * probes.TIMEOUT


def test_a_service_that_is_not_launched_is_not_healthy(secrets: Secrets) -> None:
    assert probes.probe("redis", Endpoints(), secrets) == probes.Health(False, detail="pas lancé")


def test_a_refused_password_is_told_without_the_password(secrets: Secrets) -> None:
    with server(b"-WRONGPASS invalid username-password pair\r\n-NOAUTH\r\n") as address:
        health = probes.probe("redis", Endpoints(redis=address), secrets)
    assert not health.ok
    assert "WRONGPASS" in health.detail
    assert secrets.redis_password not in health.detail


def test_our_signature_is_the_one_of_the_aws_library() -> None:
    url, key, secret = "http://127.0.0.1:9000/", "KEY", "SECRET"
    request = AWSRequest(method="GET", url=url, headers={"host": "127.0.0.1:9000"})
    request.context["payload_signing_enabled"] = True
    S3SigV4Auth(Credentials(key, secret), "s3", "us-east-1").add_auth(request)
    stamp = datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert probes._signed(url, key, secret, stamp)["Authorization"] == str(
        request.headers["Authorization"]
    )
