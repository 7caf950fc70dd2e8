"""The supervisor of the local engine: `supervisord` (http://supervisord.org), spoken to by XML-RPC.

It restarts what dies, rotates logs, and runs in a session of its own, so that Ctrl-C in the
student's terminal does not reach the services.
"""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from lab.catalogue import Service
from lab.errors import LabError, ServiceFailed
from lab.runtimes.local.state import State
from lab.settings import Paths, write_private

# unix(7): sun_path holds 108 bytes on Linux, 104 on macOS; supervisord adds ".<pid>" while binding.
LONGEST_SOCKET_PATH = 90

HEADER = """\
; Généré par ./lab up : ne pas modifier.
[supervisord]
nodaemon=true
silent=true
logfile=logs/supervisord.log
logfile_maxbytes=2MB
logfile_backups=1
pidfile=run/supervisord.pid
childlogdir=logs
minfds=1024
[unix_http_server]
file={socket}
chmod=0600
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

# A service that dies restarts at once; one that cannot start is retried 1, 2, 3… seconds later.
PROGRAM = """\
[program:{name}]
command="%(ENV_LAB_PYTHON)s" -m lab.runtimes.local.launch {name}
autostart=false
autorestart=true
startsecs=1
startretries=8
stopwaitsecs={stop_seconds}
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile=logs/{name}.log
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=2
"""


def socket_path(paths: Paths) -> Path:
    """Where the supervisor listens: in the lab, or under the temporary folder when the lab's own
    path is too long for a socket."""
    inside = paths.run / "supervisor.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH and not set("%;") & set(str(inside)):
        return inside
    tag = hashlib.sha256(os.fsencode(paths.home)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"lab-{os.getuid()}-{tag}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o077:
        raise LabError(
            f"Le dossier {folder} appartient à quelqu'un d'autre.", hint=f"ls -ld {folder}"
        )
    return folder / "supervisor.sock"


def write_configuration(paths: Paths, services: Iterable[Service]) -> None:
    """Write `.lab/run/supervisord.conf`: relative paths only, whatever the checkout is called."""
    # supervisord resolves `file` itself; a path of ours has no "%" (see socket_path).
    text = HEADER.format(socket=socket_path(paths))
    text += "".join(PROGRAM.format(name=s.name, stop_seconds=s.stop_seconds) for s in services)
    write_private(paths.run / "supervisord.conf", text)


def spawn(paths: Paths, environment: dict[str, str]) -> State:
    """Start supervisord and wait until it answers. Raises ServiceFailed when it does not."""
    where = socket_path(paths)
    where.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-c", "run/supervisord.conf", "-n"],
        cwd=paths.home,
        env=environment | {"LAB_PYTHON": sys.executable},
        stdin=subprocess.DEVNULL,
        # Nowhere rather than to a file: its logger reports a failed write on the error output,
        # and on a full disk that second failure would end supervisord and every service.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        if answers(where):
            started = psutil.Process(process.pid).create_time()
            return State(pid=process.pid, started=started, socket=str(where))
        time.sleep(0.05)
    process.kill()
    raise ServiceFailed(
        f"Le superviseur du laboratoire n'a pas démarré (journal : {paths.logs}/supervisord.log).",
        hint="./lab doctor",
    )


def answers(where: Path) -> bool:
    try:
        with remote(where) as rpc:
            rpc.getState()
    except (OSError, xmlrpc.client.Error):
        return False
    return True


class _UnixTransport(xmlrpc.client.Transport):
    """XML-RPC over the supervisor's unix socket, with a timeout (supervisor's own has none)."""

    def __init__(self, where: Path, timeout: float) -> None:
        super().__init__()
        self._where = where
        self._timeout = timeout

    def make_connection(self, host: Any) -> Any:
        import http.client

        self.close()  # the connection of the call before
        connection = http.client.HTTPConnection("localhost", timeout=self._timeout)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(self._timeout)
        connection.sock.connect(str(self._where))
        self._connection = host, connection  # what close() closes
        return connection


@contextmanager
def remote(where: Path, timeout: float = 60.0) -> Iterator[Any]:
    """The supervisor's XML-RPC functions, connected once; see http://supervisord.org/api.html."""
    transport = _UnixTransport(where, timeout)
    with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as server:
        yield server.supervisor
