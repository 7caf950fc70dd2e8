"""Random secrets, made once, and the files each service reads them from."""

from __future__ import annotations

import argparse
import os
import secrets as random
from collections.abc import Mapping
from pathlib import Path

from lab import certificates
from lab.container import RUN
from lab.settings import Secrets, write_private

# User each official image runs as (docker-compose.yml sets or keeps the same).
OWNERS = {
    "mongo": 999,
    "redis": 999,
    "elasticsearch": 1000,
    "kibana": 1000,
    "mongo-express": 1000,
    "s3": 0,
    "s3-tls": 99,
}
EXTRA_SECRETS = ("mongo_keyfile", "kibana_password", "kibana_key")


def make_secrets(_: argparse.Namespace) -> int:
    """Create what is missing under RUN and give each file to its reader. Idempotent."""
    folder = RUN / "secrets"
    known = Secrets.ensure(folder)
    for name in EXTRA_SECRETS:
        if not (folder / name).exists():
            write_private(folder / name, random.token_hex(32))
    certificates.ensure(folder / "tls")
    tls = {name: (folder / "tls" / name).read_text() for name in ("ca.pem", "server.pem")}
    bundle = certificates.write_bundle(folder / "tls" / "ca.pem", folder / "tls" / "ca-bundle.pem")
    extra = tls | {name: (folder / name).read_text() for name in EXTRA_SECRETS}
    for service, owner in OWNERS.items():
        _hand_out(service, owner, _files(service, known, extra))
    _hand_out("tls", _lab_user()[0], {"ca.pem": tls["ca.pem"], "ca-bundle.pem": bundle.read_text()})
    _own(folder, *_lab_user())
    RUN.chmod(0o755)
    print("Secrets prêts.")
    return 0


def _files(service: str, known: Secrets, extra: Mapping[str, str]) -> dict[str, str]:
    """The files one service reads, name -> content."""
    redis = f"requirepass {known.redis_password}\n" + _REDIS_CONF
    url = f"mongodb://lab:{known.mongo_password}@mongo:27017/?authSource=admin"
    files: dict[str, dict[str, str]] = {
        "mongo": {"password": known.mongo_password, "keyfile": extra["mongo_keyfile"]},
        "redis": {"password": known.redis_password, "redis.conf": redis},
        "elasticsearch": {
            "password": known.elastic_password,
            "curlrc": f'user = "elastic:{known.elastic_password}"\n',
        },
        "kibana": {"kibana.yml": _KIBANA_YML.format_map(extra)},
        "mongo-express": {
            "env": f"ME_CONFIG_MONGODB_URL='{url}&directConnection=true'\n"
            f"ME_CONFIG_BASICAUTH_PASSWORD={known.mongo_password}\n"
        },
        "s3": {"access_key": known.s3_access_key, "secret_key": known.s3_secret_key},
        "s3-tls": {"s3.pem": extra["server.pem"], "ca.pem": extra["ca.pem"]},
    }
    return files[service]


# Every acknowledged write is on disk (a killed Redis loses nothing); when memory is full,
# writes are refused with a clear error instead of the process being killed.
_REDIS_CONF = """\
dir /data
appendonly yes
appendfsync always
save ""
maxmemory 128mb
maxmemory-policy noeviction
"""
_KIBANA_YML = """\
server.host: 0.0.0.0
elasticsearch.hosts: ["http://elasticsearch:9200"]
elasticsearch.username: kibana_system
elasticsearch.password: "{kibana_password}"
xpack.encryptedSavedObjects.encryptionKey: "{kibana_key}"
xpack.security.encryptionKey: "{kibana_key}"
xpack.reporting.encryptionKey: "{kibana_key}"
telemetry.enabled: false
i18n.locale: fr-FR
"""


def _hand_out(service: str, owner: int, files: Mapping[str, str]) -> None:
    """Write `files` in the folder of `service`, readable by `owner` alone."""
    folder = RUN / service
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_text() != content:
            aside = folder / f".{name}"
            aside.unlink(missing_ok=True)
            aside.touch(0o600)
            aside.write_text(content)
            aside.replace(path)
    _own(folder, owner, owner)


def _own(folder: Path, owner: int, group: int) -> None:
    """Give `folder` and its files to `owner`: 0500 and 0400 (outside root, modes only)."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(0o500 if path.is_dir() else 0o400)
        if os.geteuid() == 0:
            os.chown(path, owner, group)
    folder.chmod(0o500)
    if os.geteuid() == 0:
        os.chown(folder, owner, group)


def _lab_user() -> tuple[int, int]:
    return int(os.environ.get("LAB_UID") or 1000), int(os.environ.get("LAB_GID") or 1000)
