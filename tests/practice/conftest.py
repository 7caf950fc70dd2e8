"""A real practice web on a free port, as a process, for every test of this folder."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import httpx
import pytest

from lab.practice.world import World

SMALL = World(articles=130, products=70)


@dataclass
class Running:
    """A server process, its address, a client for it, and the file of its error output."""

    process: subprocess.Popen[str]
    url: str
    http: httpx.Client
    errors: IO[str]

    def said(self) -> str:
        """What it has written on its error output so far."""
        self.errors.seek(0)
        return self.errors.read()


@contextlib.contextmanager
def serving(*options: str, hash_seed: str = "random") -> Iterator[Running]:
    """Start ``python -m lab.practice --port 0``, read its first line, stop it at the end."""
    # A file, and not a pipe: nobody reads it along the way, and a full pipe stops the server.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "lab.practice", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            with httpx.Client(base_url=url, trust_env=False, timeout=20) as http:
                yield Running(process, url, http, errors)
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
