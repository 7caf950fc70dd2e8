#!/usr/bin/env python3
"""`mongosh` and `mc`, reduced to what the health checks of docker-compose.yml say."""

import socket
import sys
from pathlib import Path


def mongosh(arguments: list[str]) -> int:
    import pymongo

    expression = arguments[arguments.index("--eval") + 1]
    if "ping" not in expression:
        sys.exit(f"mongosh stand-in: {expression} is not known")
    url = "mongodb://127.0.0.1/?directConnection=true&serverSelectionTimeoutMS=3000"
    with pymongo.MongoClient(url) as client:
        return 0 if client.admin.command("ping")["ok"] else 1


def mc(arguments: list[str]) -> int:
    if arguments != ["ready", "local"]:
        sys.exit(f"mc stand-in: {arguments} is not known")
    with socket.create_connection(("127.0.0.1", 9000), 3) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return 0 if b" 403 " in connection.recv(64) else 1


if __name__ == "__main__":
    sys.exit(globals()[Path(sys.argv[0]).name](sys.argv[1:]))
