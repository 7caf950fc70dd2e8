"""The local authority that signs the lab's TLS listeners, and the CA bundle that trusts it."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

import certifi

from lab.settings import write_private

NAMES = ("127.0.0.1", "localhost", "s3", "s3-tls")
BUNDLE_VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")


def ensure(folder: Path, names: tuple[str, ...] = NAMES) -> None:
    """Make `ca.pem`, `cert.pem`, `key.pem` and `server.pem` (both) in `folder`, once.

    The authority's own key is never written: it signs one certificate and is forgotten,
    so nobody can sign another with it.
    """
    if (folder / "server.pem").exists():
        return
    import trustme

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = trustme.CA(organization_name="Laboratoire de data engineering")
    issued = authority.issue_cert(*names)
    chain = "".join(pem.bytes().decode() for pem in issued.cert_chain_pems)
    key = issued.private_key_pem.bytes().decode()
    write_private(folder / "ca.pem", authority.cert_pem.bytes().decode())
    write_private(folder / "cert.pem", chain)
    write_private(folder / "key.pem", key)
    write_private(folder / "server.pem", chain + key)


def write_bundle(ca: Path, bundle: Path, environ: Mapping[str, str] | None = None) -> Path:
    """Write `bundle`: the system's authorities (or those the user's environment names,
    a school's proxy for instance), then ours. Returns `bundle`."""
    env = os.environ if environ is None else environ
    named = [Path(env[name]) for name in BUNDLE_VARIABLES if env.get(name)]
    system = ssl.get_default_verify_paths().cafile
    candidates = [*named, *([Path(system)] if system else []), Path(certifi.where())]
    source = next((path for path in candidates if path.is_file() and path != bundle), None)
    text = source.read_text(encoding="utf-8", errors="replace") if source else ""
    ours = ca.read_text()
    write_private(bundle, text if ours in text else f"{text.rstrip()}\n{ours}")
    return bundle
