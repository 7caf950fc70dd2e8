"""Entry point of the stand-ins: what the official image does, as far as our stack uses it.

Refuses what the official image refuses (a password file with open permissions, a key
file readable by others, an unknown command), so that the compose file is really tested.
"""

import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

ROLE = os.environ["STANDIN_ROLE"]
TMP = Path("/tmp")


def fail(message: str) -> None:
    """End the container as the official one would, with a message in its log."""
    sys.exit(f"stand-in {ROLE}: {message}")


def secret(variable: str, *, private: bool) -> str:
    """Read the file named by `variable`; with `private`, refuse modes others can read."""
    path = Path(os.environ.get(variable) or fail(f"{variable} is not set"))
    if private and stat.S_IMODE(path.stat().st_mode) not in (0o400, 0o600):
        fail(f"{path}: file permissions must be 400 or 600")
    return path.read_text().strip()


def option(arguments: list[str], name: str) -> str | None:
    return arguments[arguments.index(name) + 1] if name in arguments else None


def wait_port(port: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    fail(f"port {port} did not open")


def secantus(host: str, *, auth: bool) -> list[str]:
    command = [sys.executable, "-m", "secantus.cli"]
    if Path("/usr/local/bin/secantusd-py").exists():
        command = ["python3", "/usr/local/bin/secantusd-py"]
    command += ["--host", host, "--port", "27017", "--storage-path", "/data/db/secantus"]
    return [*command, *(["--auth"] if auth else [])]


def mongo(arguments: list[str]) -> None:
    if not arguments or arguments[0].startswith("-"):
        arguments = ["mongod", *arguments]
    if arguments[0] != "mongod":
        os.execvp(arguments[0], arguments)
    known = {"--replSet", "--keyFile", "--wiredTigerCacheSizeGB", "--bind_ip_all"}
    unknown = [a for a in arguments[1:] if a.startswith("-") and a not in known]
    if unknown:
        fail(f"unknown options {unknown}")
    key = option(arguments, "--keyFile")
    if key and Path(key).stat().st_mode & 0o077:
        fail(f"permissions on {key} are too open")
    if key and not 6 <= len(Path(key).read_text().strip()) <= 1024:
        fail(f"security key in {key} has length outside 6..1024")
    done = Path("/data/db/standin-initialised")
    auth = "MONGO_INITDB_ROOT_USERNAME" in os.environ  # without it, the official one is open too
    if auth and not done.exists():
        import pymongo

        server = subprocess.Popen(secantus("127.0.0.1", auth=False))
        wait_port(27017)
        client = pymongo.MongoClient("mongodb://127.0.0.1/?directConnection=true")
        user = os.environ["MONGO_INITDB_ROOT_USERNAME"]
        password = secret("MONGO_INITDB_ROOT_PASSWORD_FILE", private=False)
        if not client.admin.command("usersInfo", user)["users"]:
            client.admin.command("createUser", user, pwd=password, roles=["root"])
        client.close()
        server.terminate()
        server.wait(60)
        done.touch()
    command = secantus("0.0.0.0", auth=auth)
    os.execvp(command[0], command)


def redis(arguments: list[str]) -> None:
    os.chdir("/data")
    arguments = arguments or ["redis-server", "--protected-mode", "no"]
    os.execvp(arguments[0], arguments)


def elasticsearch(arguments: list[str]) -> None:
    secret("ELASTIC_PASSWORD_FILE", private=True)
    wanted = {"discovery.type": "single-node", "xpack.security.http.ssl.enabled": "false"}
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            fail(f"{name} must be {value}")
    command = [sys.executable, "-m", "lab.runtimes.search_gateway", "--host", "0.0.0.0"]
    command += ["--port", "9200", "--data-dir", "/usr/share/elasticsearch/data"]
    command += ["--password-file", os.environ["ELASTIC_PASSWORD_FILE"]]
    os.execvp(command[0], command)


def minio(arguments: list[str]) -> None:
    if arguments[:2] != ["server", "/data"]:
        fail(f"unexpected command {arguments}")
    user = secret("MINIO_ROOT_USER_FILE", private=False)
    password = secret("MINIO_ROOT_PASSWORD_FILE", private=False)
    keys = [{"accessKey": user, "secretKey": password}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    identities = [{"name": "root", "credentials": keys, "actions": actions}]
    config = TMP / "iam.json"
    config.write_text(json.dumps({"identities": identities}))
    config.chmod(0o600)
    command = ["weed", "mini", "-dir=/data", "-ip=127.0.0.1", "-ip.bind=0.0.0.0"]
    command += ["-s3.port=9000", "-s3.iam.readOnly=false", f"-s3.config={config}"]
    command += ["-disableHttp", "-admin.ui=false", "-webdav=false", "-s3.port.iceberg=0"]
    command += ["-s3.port.lance=0", "-filer.localSocket=/tmp/f.sock", "-master.telemetry=false"]
    os.execvp(command[0], command)


def haproxy(arguments: list[str]) -> None:
    config = "/usr/local/etc/haproxy/haproxy.cfg"
    os.execvp("haproxy", ["haproxy", "-W", "-db", "-f", config])


if __name__ == "__main__":
    globals()[ROLE](sys.argv[1:])
