"""Serve the practice web: ``python -m lab.practice --port 8000``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from datetime import date

from lab.practice.world import REFERENCE_DAY, World


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; help and errors are in French."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.practice", description="Sert le web d’entraînement du laboratoire."
    )
    parser.add_argument("--host", default="127.0.0.1", help="adresse d’écoute (%(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port, 0 = un port libre")
    parser.add_argument("--seed", type=int, default=2026, help="graine du contenu (%(default)s)")
    parser.add_argument("--articles", type=int, default=1000, help="articles (%(default)s)")
    parser.add_argument("--products", type=int, default=300, help="produits (%(default)s)")
    parser.add_argument("--quotes", type=int, default=300, help="citations (%(default)s)")
    parser.add_argument(
        "--robots", choices=("allow", "deny", "broken"), default="allow",
        help="deny : un robots.txt qui interdit tout ; broken : en panne, 503 (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--today", type=date.fromisoformat, default=REFERENCE_DAY, metavar="AAAA-MM-JJ",
        help="date simulée (%(default)s)",
    )  # fmt: skip
    return parser.parse_args(arguments)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; OSError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's algorithm off only when it sees TCP;
    # left on, headers and body sent apart cost a delayed acknowledgement: 40 ms per page.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def serve(world: World, listener: socket.socket, robots: str = "allow") -> None:
    """Serve `world` until SIGTERM or SIGINT."""
    import uvicorn

    from lab.practice.site.app import create_app

    app = create_app(world, robots)
    config = uvicorn.Config(
        app, access_log=False, log_level="warning", lifespan="off",
        timeout_graceful_shutdown=3, server_header=False,
    )  # fmt: skip

    class Server(uvicorn.Server):
        """Uvicorn raises the signal again once stopped (exit code ≠ 0): keep it to ourselves."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.handle_exit, number, None)
            yield

    server = Server(config)

    def cut(client: object, rudely: bool) -> None:
        """Close a client's connection, once what was written is gone unless `rudely`."""
        for connection in list(server.server_state.connections):
            if getattr(connection, "client", None) == client:
                transport = connection.transport
                transport.abort() if rudely else transport.close()

    app.state.cut = cut
    # uvloop where it exists (not on Windows): a page's headers and body leave in one call.
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listener]))


def main(arguments: list[str] | None = None) -> int:
    """Run the server; the first line printed is its URL.  Return the exit code."""
    options = parse(arguments)
    logging.basicConfig(level=logging.WARNING)
    try:
        world = World(
            options.seed, options.articles, options.products, options.today, options.quotes
        )
        listener = listen(options.host, options.port)
    except (ValueError, OverflowError) as error:
        print(f"Options refusées : {error}.", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"Impossible d’écouter sur {options.host}:{options.port} ({error.strerror}). "
            "Essayez : python -m lab.practice --port 0",
            file=sys.stderr,
        )
        return 1
    host, port = listener.getsockname()[:2]
    print(f"http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
    serve(world, listener, options.robots)
    return 0


if __name__ == "__main__":
    sys.exit(main())
