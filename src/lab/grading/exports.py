"""What of the judge's a student's code may call while it is judged, name by name.

A judge lends clients in which "another worker interferes", stores that refuse, endless sources.
They stay here; the student's code reaches them by these names only, with data.
"""

from __future__ import annotations

import types
from functools import cache
from typing import Any

from lab.grading.exchange.codec import BadValue

CONTEXT = ("__enter__", "__exit__")
PIPELINE = frozenset(
    ("execute", "multi", "watch", "unwatch", "reset", "discard", "pipeline", "transaction")
)


@cache
def _redis_names() -> frozenset[str]:
    from redis.commands import CoreCommands

    commands = (name for name in dir(CoreCommands) if not name.startswith("_"))
    # What opens a connection elsewhere, or registers code of the judge's side, is not lent.
    return frozenset(commands) - {"pubsub", "monitor", "client"} | PIPELINE


def lent(value: Any) -> tuple[list[str], str]:
    """The special methods that the other side may use, and the family. Raises BadValue."""
    family = _family(value)
    if family == "redis":
        special = [name for name in (*CONTEXT, "__len__") if hasattr(value, name)]
    elif family == "script":
        special = ["__call__"]
    elif family == "s3":
        special = []
    elif family == "call":
        special = ["__call__"]
    else:
        special = [name for name in ("__iter__", "__next__") if hasattr(value, name)]
    return special, family


def allowed(value: Any, name: str) -> bool:
    """May the other side call this name of this thing?"""
    special, family = lent(value)
    if name in special:
        return True
    if family == "redis":
        return name in _redis_names()
    if family == "s3":
        return name in value._target.meta.method_to_api_mapping
    return False


def _family(value: Any) -> str:
    from redis.client import Pipeline
    from redis.commands.core import Script

    from lab.exercises.redis.scratch import Counted, Meddled, Mortal
    from lab.exercises.s3.scratch import Watched

    if isinstance(value, Meddled | Counted | Mortal | Pipeline):
        return "redis"
    if isinstance(value, Script):
        return "script"
    if isinstance(value, Watched):
        return "s3"
    if isinstance(value, types.FunctionType):
        return "call"
    ours = type(value).__module__.startswith("lab.exercises.")
    if ours and callable(value):
        return "call"
    if hasattr(value, "__next__") or (ours and hasattr(value, "__iter__")):
        return "source"
    raise BadValue("Le juge ne sait pas prêter cet objet.")
