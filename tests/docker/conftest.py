"""One engine, one set of stand-in images and one running stack for all tests of this folder."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator

import dockerd
import pytest
import standin_images
from docker_stack import Stack, copy_checkout


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dockerd.Engine]:
    """A Docker engine; without one, every test of this folder that needs it is skipped."""
    try:
        running = dockerd.start(tmp_path_factory.mktemp("dockerd"))
    except dockerd.NoEngine as reason:
        message = f"Docker : tests de bout en bout SAUTÉS, {reason}"
        print(f"\n{message}", file=sys.__stderr__)
        pytest.skip(message)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def standins(engine: dockerd.Engine) -> dict[str, float]:
    """Stand-in images under the official names; seconds spent on each."""
    if os.environ.get("LAB_TEST_REAL_IMAGES"):
        return {}
    return standin_images.build_all(engine)


@pytest.fixture(scope="session")
def stack(
    engine: dockerd.Engine,
    standins: dict[str, float],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """The stack brought up once by the README's command, in a path with a space and accents."""
    folder = tmp_path_factory.mktemp("clé USB") / "DataEngineerTools"
    running = Stack(engine, copy_checkout(folder, 1000))
    started = time.monotonic()
    try:
        running.compose("build", timeout=600)
        built = time.monotonic()
        engine.run("docker", "rmi", "-f", "image_drio")  # `up` alone must build (from the cache)
        done = running.compose("up", "-d", "--wait", check=False)
        running.seconds = time.monotonic() - built
        if done.returncode:
            logs = running.compose("logs", "--tail", "15", check=False)
            raise AssertionError(f"up --wait: {done.stderr[-3000:]}\n{logs.stdout[-6000:]}")
        running.first_passwords = running.passwords()
        figures = f"image {built - started:.0f} s, up --wait {running.seconds:.0f} s"
        print(f"\nstand-ins {sum(standins.values()):.0f} s, {figures}", file=sys.__stderr__)
        yield running
    finally:
        running.compose("down", "-v", "--remove-orphans", check=False)
