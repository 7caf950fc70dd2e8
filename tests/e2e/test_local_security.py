"""Nothing answers elsewhere than on 127.0.0.1, nothing serves a stranger, no secret is shown."""

from __future__ import annotations

import re
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import httpx
import psutil
import pytest
import redis
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from checkout import SERVICES, Lab
from contents import opened
from pymongo import MongoClient
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError
from redis.backoff import NoBackoff
from redis.retry import Retry

# Where servers of these families tell something: roots, health, metrics, debug, data, admin.
PATHS = (
    *("/", "/status", "/healthz", "/metrics", "/debug/pprof/", "/debug/vars", "/ui/index.html"),
    *("/_cat/indices", "/_search", "/articles/_search", "/_cluster/health", "/_nodes", "/lab/"),
    *("/dir/status", "/dir/assign", "/dir/lookup?volumeId=1", "/vol/status", "/cluster/status"),
    *(
        "/submit",
        "/vol/grow?count=1",
        "/col/delete?collection=x",
        "/stats/disk",
        "/stats/counter",
        "/stats/memory",
        "/buckets/",
        "/buckets/lab/",
    ),
    *(
        "/3,01637037d6",
        "/api/status",
        "/api/contents",
        "/api/kernels",
        "/tree",
        "/login",
        "/plugin",
    ),
)
# What may answer 200 to a stranger on this machine: how the server feels, never what it holds.
PUBLIC = {
    "notebook": {"/login"},  # the page that asks for the token
    "s3": {"/healthz", "/status"},  # empty answers: alive
    "s3.tls": {"/healthz", "/status"},
    "s3.master": {"/", "/ui/index.html", "/healthz", "/cluster/status"},  # numbers of volumes
    "s3.volume": {"/healthz", "/status"},  # sizes of volumes
    "s3.admin": {"/metrics"},
}


def listening(lab: Lab) -> list[tuple[psutil.Process, str, int]]:
    """(process, address, port) of every listening TCP or bound UDP socket of the lab."""
    found = []
    for process in lab.processes():
        for one in process.net_connections(kind="inet"):
            bound = one.type == socket.SOCK_DGRAM and not one.raddr
            if (one.status == psutil.CONN_LISTEN or bound) and one.laddr:
                found.append((process, one.laddr.ip, one.laddr.port))
    return found


def secrets_of(lab: Lab) -> dict[str, str]:
    folder = lab.home / "secrets"
    return {path.name: path.read_text().strip() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def names_of_ports(running_lab: Lab) -> dict[int, str]:
    """Name of each listening port of the lab, as its state file says ("s3.master")."""
    return {
        port: name if key == "main" else f"{name}.{key}"
        for name, ports in running_lab.state["ports"].items()
        for key, port in ports.items()
    }


def test_every_socket_listens_on_the_loopback_address_only(running_lab: Lab) -> None:
    sockets = listening(running_lab)
    assert len({port for _, _, port in sockets}) >= len(SERVICES) + 1
    elsewhere = [(p.cmdline()[:3], ip, port) for p, ip, port in sockets if ip != "127.0.0.1"]
    assert elsewhere == []


@pytest.mark.parametrize("user", ["", "lab:faux@", "admin:admin@"])
def test_mongo_refuses(running_lab: Lab, user: str) -> None:
    parts = urlsplit(running_lab.env["MONGO_URL"])
    source = "authSource=admin&" if user else ""
    url = f"mongodb://{user}{parts.hostname}:{parts.port}/lab?{source}directConnection=true"
    with MongoClient(url, serverSelectionTimeoutMS=1000) as client:
        for call in (
            lambda: client.lab.articles.find_one(),
            lambda: client.lab.articles.insert_one({"_id": "intrus"}),
            lambda: client.list_database_names(),
            lambda: client.admin.command("createUser", "x", pwd="x", roles=["root"]),
        ):
            # With credentials, pymongo tries them while it selects a server.
            with pytest.raises((OperationFailure, ServerSelectionTimeoutError), match="auth"):
                call()


@pytest.mark.parametrize("password", [None, "faux"])
def test_redis_refuses(running_lab: Lab, password: str | None) -> None:
    parts = urlsplit(running_lab.env["REDIS_URL"])
    once = Retry(NoBackoff(), 0)
    host, port = parts.hostname or "", parts.port or 0
    with redis.Redis(host, port, password=password, retry=once) as client:
        for words in (("GET", "x"), ("SET", "x", "1"), ("KEYS", "*"), ("CONFIG", "GET", "*")):
            with pytest.raises((redis.AuthenticationError, redis.ResponseError)):
                client.execute_command(*words)


@pytest.mark.parametrize("auth", [None, ("elastic", "faux"), ("elastic", ""), ("admin", "admin")])
def test_elasticsearch_refuses(running_lab: Lab, auth: tuple[str, str] | None) -> None:
    address = urlsplit(running_lab.env["ELASTICSEARCH_URL"]).netloc.rpartition("@")[2]
    with httpx.Client(base_url=f"http://{address}", auth=auth, trust_env=False) as client:
        for path in ("/", "/_cat/indices", "/articles/_search", "/articles/_doc/x", "/lab/"):
            assert client.get(path).status_code == 401, path
        assert client.put("/intrus", json={}).status_code == 401
        assert client.delete("/articles").status_code == 401


@pytest.mark.parametrize("face", ["http", "https"])
@pytest.mark.parametrize("who", ["nobody", "wrong key", "wrong secret"])
def test_s3_refuses(running_lab: Lab, face: str, who: str) -> None:
    env = running_lab.env
    tls = face == "https"
    keys = {
        "wrong key": ("FAUX", env["AWS_SECRET_ACCESS_KEY"]),
        "wrong secret": (env["AWS_ACCESS_KEY_ID"], "faux"),
    }
    client = boto3.client(
        "s3",
        endpoint_url=f"https://{env['AWS_S3_ENDPOINT']}" if tls else env["AWS_ENDPOINT_URL"],
        aws_access_key_id=keys.get(who, ("x", "x"))[0],
        aws_secret_access_key=keys.get(who, ("x", "x"))[1],
        region_name="us-east-1",
        verify=env["AWS_CA_BUNDLE"] if tls else None,
        config=Config(
            signature_version=UNSIGNED if who == "nobody" else "s3v4",
            s3={"addressing_style": "path"},
            retries={"max_attempts": 0},
        ),
    )
    try:
        for call in (
            lambda: client.list_buckets(),
            lambda: client.list_objects_v2(Bucket="lab"),
            lambda: client.put_object(Bucket="lab", Key="intrus", Body=b"x"),
            lambda: client.delete_bucket(Bucket="lab"),
        ):
            with pytest.raises(ClientError) as refused:
                call()
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    finally:
        client.close()


def test_the_notebook_refuses_without_its_token(running_lab: Lab) -> None:
    url = running_lab.status()["notebook"]["url"].removesuffix("/lab")
    token = (running_lab.home / "secrets" / "notebook_token").read_text()
    with httpx.Client(base_url=url, trust_env=False) as client:
        for path in ("/api/contents", "/api/kernels", "/api/sessions", "/api/terminals"):
            assert client.get(path).status_code == 403, path
            assert client.get(path, params={"token": "faux"}).status_code == 403, path
        assert client.get("/lab").status_code == 302
        assert client.get("/files/README.rst").status_code in (302, 403)
        assert client.post("/api/kernels").status_code == 403
        known = {"Authorization": f"token {token}"}
        assert client.get("/api/contents", headers=known).status_code == 200


def answers(port: int) -> Iterator[tuple[str, str]]:
    """(path, body) of what answers 200 on a port to a client without credentials."""
    for scheme in ("http", "https"):
        base = f"{scheme}://127.0.0.1:{port}"
        with httpx.Client(base_url=base, trust_env=False, verify=False, timeout=2) as client:
            for path in PATHS:
                try:
                    answer = client.get(path)
                except httpx.HTTPError:
                    break  # this port does not speak that
                if answer.status_code == 200:
                    yield path, answer.text


def test_no_inner_port_gives_anything_to_a_stranger(
    running_lab: Lab, names_of_ports: dict[int, str]
) -> None:
    ports = {port for _, _, port in listening(running_lab)}
    practice = running_lab.pid("practice")
    ports -= {port for one, _, port in listening(running_lab) if one.pid == practice}
    secrets = secrets_of(running_lab).values()
    with opened(running_lab.env) as stores:
        held = {*stores.objects(), *stores.indexed("boutique")}
    for port in sorted(ports):
        name = names_of_ports.get(port, f"? {port}")
        for path, body in answers(port):
            assert path in PUBLIC.get(name, ()), (name, path, body[:200])
            assert not any(word in body for word in (*secrets, *held, "crawls/")), (name, path)


def test_grpc_ports_ask_for_a_certificate(running_lab: Lab, names_of_ports: dict[int, str]) -> None:
    """HTTP/2 over TLS without a client certificate: the server hangs up instead of greeting."""
    ports = {port for _, _, port in listening(running_lab)}
    grpc = [port for port, name in names_of_ports.items() if "grpc" in name and port in ports]
    assert len(grpc) >= 3
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    for port in grpc:
        assert not greets(port, None), f"{names_of_ports[port]} parle en clair"
        assert not greets(port, context), f"{names_of_ports[port]} parle sans certificat"


def greets(port: int, context: ssl.SSLContext | None) -> bool:
    """Does a gRPC server answer the HTTP/2 preface with its settings frame (RFC 9113, 3.4)?"""
    plain = socket.create_connection(("127.0.0.1", port), timeout=3)
    try:
        connection = context.wrap_socket(plain) if context else plain
    except OSError:
        plain.close()
        return False
    with connection:
        try:
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
            frame = connection.recv(9)
        except OSError:
            return False
        return len(frame) >= 4 and frame[3] == 4


def test_secrets_lie_in_private_files_and_are_really_random(running_lab: Lab) -> None:
    secrets = running_lab.home / "secrets"
    assert stat.S_IMODE(running_lab.home.stat().st_mode) == 0o700
    for path in [secrets, *secrets.rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path
    values = secrets_of(running_lab)
    assert len(values) == len(set(values.values())) == 6
    assert all(re.fullmatch("[0-9a-fA-F]{20,}", value) for value in values.values())
    for folder in ("run", "logs", "data", "workspace", "tmp"):
        assert stat.S_IMODE((running_lab.home / folder).stat().st_mode) == 0o700, folder


def test_no_secret_is_shown(running_lab: Lab) -> None:
    """Neither by status, doctor, logs, a crawl, nor on any command line of the machine."""
    values = secrets_of(running_lab)
    shown: dict[str, str] = {}
    for words in (["status"], ["status", "--json"], ["doctor"], ["doctor", "--json"]):
        done = running_lab.lab(*words)
        shown[" ".join(words)] = done.stdout + done.stderr
    for path in (running_lab.home / "logs").rglob("*"):
        if path.is_file():
            shown[path.name] = path.read_text(errors="replace")
    crawl = running_lab.start("crawl", "boutique", "--pages", "40")
    lines: set[str] = set()
    while crawl.poll() is None:
        lines |= command_lines()
    out, err = crawl.communicate()
    assert crawl.returncode == 0, err
    assert any("scrapy crawl" in line for line in lines)
    shown |= {"crawl": out + err, "lignes de commande": "\n".join(lines)}
    leaks = [(name, s) for name, text in shown.items() for s, v in values.items() if v in text]
    assert leaks == []


def command_lines() -> set[str]:
    return {
        " ".join(one.info["cmdline"])
        for one in psutil.process_iter(["cmdline"])
        if one.info["cmdline"]
    }


def test_the_home_folder_is_left_as_it_was(running_lab: Lab) -> None:
    """What other programs, called by our libraries, may leave there; nothing is ours."""
    home = Path(running_lab.environ["HOME"])
    explained = {
        ".rustup": "pip asks `rustc --version` for its user agent, when rustup is installed",
    }
    left = {path.name for path in home.iterdir()} - set(explained)
    assert left == set(), [str(p.relative_to(home)) for p in home.rglob("*")]
