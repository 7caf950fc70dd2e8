"""Ask the running project what it shows and what its stores hold, from inside its own network."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.review.model import quote
from lab.review.outcome import Page
from lab.review.trial.engine import Engine

if TYPE_CHECKING:
    from docker.models.containers import Container

_SCRIPT = Path(__file__).parent / "probe.py"
_ADMINISTRATION = (
    *("mongo-express", "adminer", "pgadmin", "phpmyadmin", "kibana", "redisinsight", "jupyter"),
    *("redis-commander", "portainer", "grafana", "prometheus", "selenium", "dashboards"),
)
USUAL = (5000, 8050, 8501, 8000, 80, 8080, 3000, 7860)  # where frameworks listen by themselves
# Stores with a client of their own in their image: the query prints "name<TAB>count" lines.
_ROWS = (
    "SELECT table_schema || '.' || table_name || chr(9) || (xpath('/row/c/text()', query_to_xml("
    "format('SELECT count(*) AS c FROM %I.%I', table_schema, table_name), false, true, '')))[1]"
    "::text FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
    "AND table_schema NOT IN ('pg_catalog', 'information_schema')"
)
_MYSQL_ROWS = (
    "SET SESSION information_schema_stats_expiry = 0; SELECT CONCAT(table_schema, '.', table_name),"
    " IFNULL(table_rows, 0) FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND "
    "table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')"
)
_MARIADB_ROWS = _MYSQL_ROWS.partition("; ")[2]
_POSTGRES = (
    'PGPASSWORD="$POSTGRES_PASSWORD" psql -U "${POSTGRES_USER:-postgres}" '
    '-d "${POSTGRES_DB:-${POSTGRES_USER:-postgres}}" -h 127.0.0.1 -Atc '
)
_MYSQL = (
    'export MYSQL_PWD="${MYSQL_ROOT_PASSWORD:-$MARIADB_ROOT_PASSWORD}"; '
    "client=$(command -v mysql || command -v mariadb); "
)
INSIDE: Mapping[str, str] = {
    "postgres": f"{_POSTGRES}{shlex.quote(_ROWS)}",
    "mysql": (
        f'{_MYSQL}"$client" -uroot -h127.0.0.1 -Ne {shlex.quote(_MYSQL_ROWS)} 2>/dev/null || '
        f'"$client" -uroot -h127.0.0.1 -Ne {shlex.quote(_MARIADB_ROWS)}'
    ),
}
BY_NETWORK = ("mongo", "redis", "elasticsearch", "s3")
Held = Mapping[str, int] | None  # documents by collection, index, table or bucket


def ask(engine: Engine, helper: Container, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Run the probe in our container; {} when it cannot be."""
    words = ["python", "-c", _SCRIPT.read_text(encoding="utf-8"), json.dumps(asked)]
    code, output = engine.execute(helper, words)
    try:
        data = json.loads(output.strip().splitlines()[-1]) if code == 0 else {}
    except (ValueError, IndexError):
        return {}
    return data if isinstance(data, dict) else {}


def stores(
    engine: Engine,
    services: Mapping[str, Any],
    kinds: Mapping[str, str],
    containers: Mapping[str, Container],
    helper: Container,
) -> dict[str, Held]:
    """What each store holds now; None for one that cannot be asked."""
    network = [
        {"service": name, "kind": kind, **credentials(kind, services[name])}
        for name, kind in kinds.items()
        if kind in BY_NETWORK
    ]
    found: dict[str, Held] = dict.fromkeys(kinds)
    if network:
        for one in ask(engine, helper, {"stores": network}).get("stores", ()):
            found[one["service"]] = one["held"]
    for name, kind in kinds.items():
        program = INSIDE.get(_dialect(kind, str(services[name].get("image", ""))))
        if program and name in containers:
            code, output = engine.execute(containers[name], ["sh", "-c", program])
            found[name] = _rows(output) if code == 0 else None
    return found


def _dialect(kind: str, image: str) -> str:
    """The shelf of SQL databases holds two kinds of client."""
    if kind != "postgres":
        return ""
    return "mysql" if re.search(r"mysql|mariadb", image) else "postgres"


def _rows(output: str) -> dict[str, int]:
    found = {}
    for line in output.splitlines():
        name, _, count = line.rpartition("\t")
        if name and count.strip().isdigit():
            found[name] = int(count)
    return found


def credentials(kind: str, service: Mapping[str, Any]) -> dict[str, str]:
    """The account that the project's own file gives its store."""
    given = {
        name: str(value or "").replace("$$", "$")
        for name, value in (service.get("environment") or {}).items()
    }
    if kind == "mongo":
        user, password = "MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD"
    elif kind == "s3":
        user, password = "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"
        given = {user: "minioadmin", password: "minioadmin"} | given
    elif kind == "redis":
        return {
            "user": "",
            "password": given.get("REDIS_PASSWORD") or _after("--requirepass", service),
        }
    else:
        user, password = "", "ELASTIC_PASSWORD"
    return {"user": given.get(user, ""), "password": given.get(password, "")}


def _after(option: str, service: Mapping[str, Any]) -> str:
    words = service.get("command") or []
    words = shlex.split(words) if isinstance(words, str) else [str(one) for one in words]
    flat = " ".join(words).replace("$$", "$").split()
    return flat[flat.index(option) + 1].strip("'\"") if option in flat[:-1] else ""


def candidates(
    engine: Engine,
    services: Mapping[str, Any],
    kinds: Mapping[str, str],
    ports: Mapping[str, Sequence[int]],
) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Where the application's page may be, its own images first: ports said, ports guessed."""
    said, guessed = [], []
    for name, service in sorted(services.items(), key=lambda one: not one[1].get("build")):
        image = str(service.get("image", ""))
        if name in kinds or any(word in f"{name} {image}" for word in _ADMINISTRATION):
            continue
        listening = [*ports.get(name, ())] or engine.exposed(image)
        said += [(name, port) for port in dict.fromkeys(listening)]
        if not listening and service.get("build"):
            guessed += [(name, port) for port in USUAL]
    return said[:12], guessed[:24]


def pages(
    engine: Engine, helper: Container, where: Sequence[tuple[str, int]], seconds: float
) -> list[Page]:
    """What each address answers."""
    found = ask(engine, helper, {"pages": where, "seconds": seconds}).get("pages", ())
    return [
        Page(
            one["service"],
            one["port"],
            quote(one["path"]),
            one["status"],
            quote(one["shows"]),
            quote(one["error"]),
            scripted=one["shell"],
        )
        for one in found
    ]
