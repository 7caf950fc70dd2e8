from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from lab import certificates


@pytest.fixture
def tls(tmp_path: Path) -> Path:
    certificates.ensure(tmp_path / "tls")
    return tmp_path / "tls"


def test_made_once_and_private(tls: Path) -> None:
    before = (tls / "cert.pem").read_text()
    certificates.ensure(tls)
    assert (tls / "cert.pem").read_text() == before
    for path in tls.iterdir():
        assert path.stat().st_mode & 0o077 == 0


def test_the_authority_cannot_sign_again(tls: Path) -> None:
    keys = [p.name for p in tls.iterdir() if "PRIVATE KEY" in p.read_text()]
    assert sorted(keys) == ["key.pem", "server.pem"]


def test_a_client_with_the_bundle_trusts_a_server_with_the_certificate(
    tls: Path, tmp_path: Path
) -> None:
    bundle = certificates.write_bundle(tls / "ca.pem", tmp_path / "bundle.pem", {})
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(tls / "cert.pem", tls / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with server_side.wrap_socket(connection, server_side=True) as secured:
                secured.sendall(secured.recv(4))

        thread = threading.Thread(target=serve)
        thread.start()
        client_side = ssl.create_default_context(cafile=str(bundle))
        with (
            socket.create_connection(listener.getsockname(), timeout=5) as raw,
            client_side.wrap_socket(raw, server_hostname="127.0.0.1") as secured,
        ):
            secured.sendall(b"ping")
            assert secured.recv(4) == b"ping"
        thread.join(5)


def test_the_bundle_keeps_the_authorities_that_the_user_named(tls: Path, tmp_path: Path) -> None:
    school = tmp_path / "school.pem"
    school.write_text("-----BEGIN CERTIFICATE-----\nschool\n-----END CERTIFICATE-----\n")
    bundle = tmp_path / "bundle.pem"
    for _ in range(2):  # writing it twice does not add our authority twice
        env = {"REQUESTS_CA_BUNDLE": str(school)}
        certificates.write_bundle(tls / "ca.pem", bundle, env)
    text = bundle.read_text()
    assert "school" in text
    assert text.count((tls / "ca.pem").read_text()) == 1
