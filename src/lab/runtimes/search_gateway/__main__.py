"""Command line: ``python -m lab.runtimes.search_gateway`` (see the package's docstring)."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from lab.runtimes.search_gateway.app import App
from lab.runtimes.search_gateway.auth import Credentials
from lab.runtimes.search_gateway.errors import StartFailure
from lab.runtimes.search_gateway.gateway import Gateway, say
from lab.runtimes.search_gateway.journal import Journal

COMPACT_BYTES = 32 * 1024 * 1024


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.runtimes.search_gateway")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 : un port libre")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--password-file", type=Path, required=True)
    parser.add_argument(
        "--compact-bytes", type=int, default=COMPACT_BYTES, help="taille qui compacte le journal"
    )
    parser.add_argument("--fsync", action="store_true", help="chaque écriture touche le disque")
    parser.add_argument(
        "--no-isolation", action="store_true", help="le moteur écoute sur la boucle ordinaire"
    )
    return parser.parse_args(given)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartFailure(f"Le port {port} ne se prend pas ({error.strerror}).") from error
    # accepted sockets inherit it; without it small answers wait 40 ms for an acknowledgement
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.listen(512)
    return listener


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: `_serve` has its own, for two things to stop."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


async def _serve(gateway: Gateway, credentials: Credentials, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; raise StartFailure if the engine cannot be kept."""
    server = _Server(
        uvicorn.Config(
            App(gateway, credentials),
            lifespan="off",
            log_level="warning",
            access_log=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=5,
            server_header=False,
        )
    )

    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    keeper = asyncio.ensure_future(gateway.run())
    keeper.add_done_callback(lambda _: stop())
    try:
        await server.serve(sockets=[listener])
    finally:
        await gateway.stop()
    await keeper


def main(given: list[str] | None = None) -> int:
    """Run the gateway; return the exit code (1: it could not start or be kept)."""
    options = _arguments(sys.argv[1:] if given is None else given)
    try:
        credentials = Credentials.from_file(options.password_file)
        journal = Journal(options.data_dir.resolve(), fsync=options.fsync)
        listener = _listen(options.host, options.port)
        host, port = listener.getsockname()
        print(f"http://{host}:{port}", flush=True)
        gateway = Gateway(
            journal, compact_bytes=options.compact_bytes, isolate=not options.no_isolation
        )
        asyncio.run(_serve(gateway, credentials, listener))
    except StartFailure as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"Le dossier {options.data_dir} ne s'écrit pas ({error.strerror}).")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
