"""The `lab` command on the Docker stack: from the host, and from a terminal of the notebook."""

from __future__ import annotations

import json
import os
import socket
import subprocess

import pytest
from docker_stack import ONE_SHOTS, Stack

OURS = ("practice", "notebook")  # lasting services of our own image
pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]


def test_the_lab_command_sees_the_stack_from_the_host(stack: Stack) -> None:
    rows = json.loads(stack.lab("status", "--json").stdout)
    assert {row["name"]: row["state"] for row in rows} == dict.fromkeys(
        ("mongo", "redis", "elasticsearch", "s3", "practice", "notebook"), "healthy"
    )
    assert {row["engine"] for row in rows} == {"docker"}
    crawled = json.loads(stack.lab("crawl", "gazette", "--pages", "12", "--json").stdout)
    assert crawled["pages"] == 12
    assert set(crawled["stored"].values()) == {crawled["items"]}
    assert "jupyter" in stack.lab("logs", "notebook").stdout.lower()
    assert f":{stack.ports['NOTEBOOK']}/lab?token=" in stack.lab("open").stdout


def test_the_lab_command_works_in_a_terminal_of_the_notebook(stack: Stack) -> None:
    def inside(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        shell = f'eval "$(python -m lab.container env)"; lab {" ".join(words)}'
        return stack.compose("exec", "-T", "notebook", "bash", "-c", shell, check=check)

    rows = json.loads(inside("status", "--json").stdout)
    assert {row["state"] for row in rows} == {"healthy"}
    crawled = json.loads(inside("crawl", "gazette", "--pages", "12", "--json").stdout)
    assert set(crawled["stored"].values()) == {crawled["items"]}
    refused = inside("down", check=False)
    assert refused.returncode == 4
    assert "docker compose down" in refused.stderr


def test_up_docker_on_a_running_stack_recreates_nothing_and_shows_the_table(stack: Stack) -> None:
    before = _identifiers(stack)
    for _ in range(2):
        shown = stack.lab("up", "--docker").stdout
        assert "1 000" in shown or "1 300 documents" in shown
        assert "/lab?token=" in shown
        assert _identifiers(stack) == before  # the notebook's too: no kernel is lost


def test_up_docker_after_a_pull_rebuilds_our_image_and_keeps_the_stores(stack: Stack) -> None:
    before = _identifiers(stack)
    with (stack.folder / "src" / "lab" / "__init__.py").open("a") as source:
        source.write("\nPULLED = True\n")
    stack.lab("up", "--docker")
    after = _identifiers(stack)
    assert {name for name in after if after[name] != before[name]} == {*OURS, *ONE_SHOTS}
    for service in OURS:
        script = ("python", "-c", "import lab; print(lab.PULLED)")
        assert stack.compose("exec", "-T", service, *script).stdout.strip() == "True"


def _identifiers(stack: Stack) -> dict[str, str]:
    return {name: one["Id"] for name, one in stack.inspect().items()}


def test_a_port_held_by_another_program_is_named_with_its_owner(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        stack.environment["LAB_MONGO_PORT"] = str(port)
        try:
            done = stack.lab("up", "--docker", check=False)
        finally:
            stack.environment["LAB_MONGO_PORT"] = str(stack.ports["MONGO"])
    assert done.returncode == 5, done
    assert f"Le port {port} (mongo) est déjà pris par" in done.stderr
    assert f"(pid {os.getpid()})" in done.stderr
    assert f"→ LAB_MONGO_PORT={port + 10} ./lab up --docker" in done.stderr
    assert "Traceback" not in done.stderr
