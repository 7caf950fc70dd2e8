"""A real practice web on a free port, as a process, for every test of this folder."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from lab.practice.world import World

SMALL = World(articles=130, products=70)


@dataclass
class Running:
    """A server process, its address and a client for it."""

    process: subprocess.Popen[str]
    url: str
    http: httpx.Client


@contextlib.contextmanager
def serving(*options: str, hash_seed: str = "random") -> Iterator[Running]:
    """Start ``python -m lab.practice --port 0``, read its first line, stop it at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lab.practice", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=20) as http:
            yield Running(process, url, http)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=10)


@pytest.fixture(scope="module")
def web() -> Iterator[Running]:
    """Serve the small world."""
    with serving("--articles", str(SMALL.articles), "--products", str(SMALL.products)) as running:
        yield running


@pytest.fixture(scope="session")
def small() -> World:
    """Return the world that `web` serves."""
    return SMALL
