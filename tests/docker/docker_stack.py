"""The real docker-compose.yml in a clean copy, as the tests of this folder drive it."""

from __future__ import annotations

import json
import os
import random
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import dockerd
import standin_images

ROOT = Path(__file__).parents[2]
COPIED = ("Dockerfile", ".dockerignore", "docker-compose.yml", "Pipfile", "Pipfile.lock")
COPIED_FOLDERS = ("docker", "src", "Scrapy")
FACES = ("NOTEBOOK", "MONGO", "REDIS", "ELASTICSEARCH", "S3", "S3_TLS", "S3_CONSOLE", "PRACTICE")
ONE_SHOTS = {"secrets", "init", "crawl"}
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(url: str, timeout: float = 5) -> tuple[int, bytes]:
    """Status and body of a GET; 0 when nothing answers."""
    try:
        with DIRECT.open(url, timeout=timeout) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def get_when_up(url: str, seconds: float = 30) -> tuple[int, bytes]:
    """Status and body of the first GET that is answered: a link is printed before it works."""
    deadline = time.monotonic() + seconds
    while True:
        reply = get(url)
        if reply[0] or time.monotonic() > deadline:
            return reply
        time.sleep(0.2)


def copy_checkout(target: Path, owner: int) -> Path:
    """What a student cloned, owned by `owner`."""
    target.mkdir(parents=True)
    junk = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in COPIED:
        shutil.copy(ROOT / name, target / name)
    for name in COPIED_FOLDERS:
        shutil.copytree(ROOT / name, target / name, ignore=junk)
    for path in [target, *target.rglob("*")]:
        os.chown(path, owner, owner)
    return target


def free_ports(number: int) -> list[int]:
    """Ports free a moment ago: Compose must be given numbers.

    Below 32768: above it, any outgoing connection may take one before the container does.
    """
    held: list[socket.socket] = []
    while len(held) < number:
        with suppress(OSError):
            held.append(socket.create_server(("127.0.0.1", random.randrange(20_000, 32_768))))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Stack:
    """The real docker-compose.yml in a clean copy, on the tests' own engine and ports."""

    def __init__(self, engine: dockerd.Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.ports = dict(zip(FACES, free_ports(len(FACES)), strict=True))
        variables = {f"LAB_{name}_PORT": str(port) for name, port in self.ports.items()}
        self.environment = engine.environment(variables)
        self.seconds = 0.0
        self.first_passwords: list[str] = []

    def compose(
        self, *words: str, check: bool = True, timeout: float = 280
    ) -> subprocess.CompletedProcess[str]:
        """`docker compose …` in the checkout."""
        options: dict[str, Any] = {"cwd": self.folder, "env": self.environment}
        return self.engine.run("docker", "compose", *words, check=check, timeout=timeout, **options)

    def rows(self) -> dict[str, dict[str, Any]]:
        """Every container of the project, by service."""
        text = self.compose("ps", "-a", "--format", "json").stdout
        rows = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return {row["Service"]: row for row in rows}

    def inspect(self) -> dict[str, dict[str, Any]]:
        """`docker inspect` of every container, by service."""
        ids = self.compose("ps", "-aq").stdout.split()
        found = json.loads(self.engine.run("docker", "inspect", *ids).stdout)
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def wait_healthy(self, seconds: float = 120) -> float:
        """Seconds until every lasting service is healthy; fails after `seconds`."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            rows = self.rows()
            lasting = {name: row for name, row in rows.items() if name not in ONE_SHOTS}
            if lasting and all(row["Health"] == "healthy" for row in lasting.values()):
                return time.monotonic() - started
            time.sleep(0.5)
        raise AssertionError({name: row["Status"] for name, row in self.rows().items()})

    def lab(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`lab --engine docker …` on this host, for the checkout that the stack runs from."""
        environment = self.environment | {
            "LAB_ROOT": str(self.folder),
            "LAB_HOME": str(self.folder / ".lab"),
            "SSL_CERT_FILE": str(standin_images.CERTIFICATES),
        }
        command = (sys.executable, "-m", "lab", "--engine", "docker", *words)
        return self.engine.run(*command, env=environment, check=check, timeout=180)

    def contract(self) -> dict[str, str]:
        """The environment contract for this host: `lab --engine docker env`."""
        lines = [shlex.split(line) for line in self.lab("env").stdout.splitlines()]
        return dict(words[1].split("=", 1) for words in lines)

    def passwords(self) -> list[str]:
        """Every secret of the volume, in the order of their names."""
        script = "cd /run/lab/secrets && for f in *; do if [ -f $f ]; then cat $f; echo; fi; done"
        found = self.compose("exec", "-T", "notebook", "sh", "-c", script).stdout.split()
        assert len(found) >= 8
        return found

    def clients(self) -> dict[str, dict[str, Any]]:
        """Run the four plain scripts; what each printed, by store. Fails when one fails."""
        minimal = {"PATH": os.environ["PATH"]} | self.contract()
        printed = {}
        for store in ("mongo", "redis", "elasticsearch", "s3"):
            script = ROOT / "tests" / "clients" / f"{store}_client.py"
            done = self.engine.run(sys.executable, script, env=minimal, timeout=60)
            printed[store] = json.loads(done.stdout)
        return printed
