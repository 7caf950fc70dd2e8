"""A clean copy of the tree, driven by the commands of the README, and the processes it starts."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

from lab.runtimes.local import supervision

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("mongo", "redis", "elasticsearch", "s3", "practice", "notebook")
STORES = ("mongo", "elasticsearch", "redis", "s3")
# What a command of the lab may need of the machine that runs the tests; nothing else goes in.
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE")
KEPT_PREFIXES = ("PIP_", "SSL_", "REQUESTS_CA", "GIT_SSL", "http_proxy", "https_proxy", "no_proxy")
CLOSED = "http://127.0.0.1:9"  # the discard port: nothing listens there


def clean_environment(home: Path) -> dict[str, str]:
    """The environment of somebody who has just logged in, with an own empty HOME."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or name.lower().startswith(tuple(p.lower() for p in KEPT_PREFIXES))
    }
    env.setdefault("LANG", "C.UTF-8")
    return env | {"HOME": str(home), "SHELL": "/bin/bash", "TERM": "dumb"}


def git(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> str:
    """Output of a git command run as a student who told git their name."""
    who = {
        "GIT_AUTHOR_NAME": "Élève",
        "GIT_AUTHOR_EMAIL": "eleve@ecole.example",
        "GIT_COMMITTER_NAME": "Élève",
        "GIT_COMMITTER_EMAIL": "eleve@ecole.example",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        env={**os.environ, **(env or {}), **who},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"git {words}: {done.stdout}{done.stderr}"
    return done.stdout


def clean_copy(target: Path) -> Path:
    """What `git clone` would give of the present tree, as a repository whose branch is master."""
    listed = git(ROOT, "ls-files", "-co", "--exclude-standard", "-z")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    git(target, "init", "-q", "-b", "master")
    git(target, "add", "-A")
    git(target, "commit", "-q", "-m", "Le laboratoire tel qu'on le reçoit")
    return target


@dataclass
class Lab:
    """A checkout and one lab home of it, driven through `./lab`."""

    root: Path
    environ: dict[str, str]
    other_home: Path | None = None
    first_up: subprocess.CompletedProcess[str] | None = None
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.other_home or self.root / ".lab"

    def environment(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        own = {"LAB_HOME": str(self.other_home)} if self.other_home else {}
        return {**self.environ, **own, **(env or {})}

    def run(
        self,
        command: list[str],
        timeout: float = 120,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        text_in: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the checkout, in its own session, to its end."""
        given: dict[str, Any] = {"stdin": subprocess.DEVNULL} if text_in is None else {}
        return subprocess.run(
            command,
            cwd=cwd or self.root,
            env=self.environment(env),
            input=text_in,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            start_new_session=True,
            **given,
        )

    def lab(
        self,
        *words: str,
        timeout: float = 120,
        env: Mapping[str, str] | None = None,
        text_in: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """`./lab words…`, to its end."""
        return self.run(["./lab", *words], timeout, env, text_in=text_in)

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """`./lab words…` in the background, leader of its own group as under a terminal."""
        return subprocess.Popen(
            ["./lab", *words],
            cwd=self.root,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def env(self) -> dict[str, str]:
        """The environment contract, as `./lab env` prints it."""
        done = self.lab("env")
        assert done.returncode == 0, done.stderr
        values = {}
        for line in done.stdout.splitlines():
            export, assignment = shlex.split(line)
            assert export == "export"
            name, _, value = assignment.partition("=")
            values[name] = value
        return values

    def status(self) -> dict[str, dict[str, Any]]:
        """`./lab status --json` by service name."""
        return {row["name"]: row for row in json.loads(self.lab("status", "--json").stdout)}

    def processes(self) -> list[psutil.Process]:
        """Whatever lives and belongs to this home: by its mark, its folder or its command line."""
        return [one for one in psutil.process_iter() if _belongs(one, str(self.home))]

    @property
    def state(self) -> dict[str, Any]:
        """The engine's state file."""
        state: dict[str, Any] = json.loads((self.home / "run" / "state.json").read_text())
        return state

    def supervise(self, method: str, *words: Any) -> Any:
        """Call the supervisor; see http://supervisord.org/api.html."""
        with supervision.remote(Path(self.state["socket"])) as remote:
            return getattr(remote, method)(*words)

    def pid(self, service: str) -> int:
        """Process of a service, as its supervisor knows it; 0 while it has none."""
        pid: int = self.supervise("getProcessInfo", service)["pid"]
        return pid

    def kill(self, service: str) -> None:
        """kill -9 on a service and all its children; returns once they are gone."""
        family = psutil.Process(self.pid(service))
        doomed = [*family.children(recursive=True), family]
        for process in doomed:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def end(self) -> list[str]:
        """`./lab down`, then the command lines of what is left; those are killed."""
        done = self.lab("down", timeout=90)
        left = self.processes()
        lines = [" ".join(_words(one)) for one in left]
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=10)
        assert done.returncode == 0, done.stdout + done.stderr
        return lines


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _belongs(process: psutil.Process, home: str) -> bool:
    with suppress(psutil.Error, OSError):
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.environ().get("LAB_INSTANCE") == home:
            return True
        cwd = process.cwd()
        if cwd == home or cwd.startswith(f"{home}/"):
            return True
        return any(f"{home}/" in word for word in process.cmdline())
    return False


def in_time(what: str, seconds: float, look: Callable[[], T]) -> T:
    """The first truthy answer of `look`, asked again and again for `seconds`."""
    end = time.monotonic() + seconds
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{what} : toujours pas après {seconds:.0f} s")
        time.sleep(0.05)


def finish(process: subprocess.Popen[str], seconds: float) -> subprocess.CompletedProcess[str]:
    """Wait for a command started in the background; kill its group when it takes too long."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"pas fini après {seconds:.0f} s\n{out}\n{err}") from None
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def complains(done: subprocess.CompletedProcess[str], *codes: int) -> str:
    """Assert a failure told well: one French sentence, the next command, no traceback.

    Returns what was said on the error output."""
    assert done.returncode in codes, (done.returncode, done.stdout, done.stderr)
    told_cleanly(done)
    lines = done.stderr.rstrip().splitlines()
    assert lines, "rien n'est dit"
    assert lines[-1].lstrip().startswith("→ "), done.stderr
    assert len(lines[-1].strip()) > 3, "aucune commande à taper"
    return done.stderr


def told_cleanly(done: subprocess.CompletedProcess[str]) -> None:
    """Assert that nothing meant for a developer reached the screen."""
    for text in (done.stdout, done.stderr):
        for word in ("Traceback", "Erreur inattendue", "Error:", "Exception ignored"):
            assert word not in text, text
