"""What docker-compose.yml and Dockerfile promise, read in the files (no engine needed)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
ONE_SHOTS = {"secrets", "init", "crawl"}
SCALED = {"crawler"}  # none by default: `up -d --scale crawler=4`
UNITS = {"m": 1, "g": 1024}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return dict(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def services(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return dict(document["services"])


def _program(name: str) -> str:
    found = Path(sys.executable).parent / name
    return str(found) if found.exists() else shutil.which(name) or pytest.fail(f"{name} absent")


def test_compose_accepts_the_file() -> None:
    command = [_program("docker-compose"), "--profile", "*", "config", "-q"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "variable is not set" not in done.stderr  # works without any .env


def test_dockerfile_has_no_error() -> None:
    command = [_program("hadolint"), "--failure-threshold", "error", str(ROOT / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_port_is_on_the_loopback_and_movable(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) >= 8
    for port in ports:
        assert re.fullmatch(r"127\.0\.0\.1:\$\{LAB_\w+_PORT:-\d+\}:\d+", port), port


def test_every_image_has_an_exact_tag_and_a_licence(document: dict[str, Any]) -> None:
    images = document["x-images"]
    for image in images.values():
        plain = re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", image)
        assert re.search(r":(\d+\.\d+\.\d+\S*|RELEASE\.\S+)$", plain), image
    for service in document["services"].values():
        assert service["image"] == "image_drio" or service["image"] in images.values()
    text = COMPOSE.read_text(encoding="utf-8")
    block = text[text.index("x-images:") : text.index("x-commun")]
    assert len(re.findall(r"AGPL|SSPL|GPLv2|MIT", block)) >= len(images)
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^FROM python:3\.1[123]\.\d+-slim-\w+$", dockerfile, re.M)


def test_our_image_is_built_once_before_anything_else_and_never_pulled(
    services: dict[str, Any],
) -> None:
    """Compose labels an image with its service: several builds of one tag take turns on it."""
    ours = {name for name, service in services.items() if service["image"] == "image_drio"}
    assert {name for name, service in services.items() if "build" in service} == {"secrets"}
    assert {services[name]["pull_policy"] for name in ours} == {"never"}
    assert "depends_on" not in services["secrets"]  # Compose 1 builds when a service's turn comes


def test_client_and_server_of_elasticsearch_have_the_same_major(document: dict[str, Any]) -> None:
    from importlib.metadata import version

    images = document["x-images"]
    server = images["elasticsearch"].rpartition(":")[2]
    assert server.split(".")[0] == version("elasticsearch").split(".")[0]
    assert images["kibana"].rpartition(":")[2] == server


def test_every_service_is_watched_limited_and_confined(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        if name in ONE_SHOTS:
            assert service["restart"] == "no"
            continue
        if name in SCALED:  # ends with its crawl, comes back when it was killed
            assert service["restart"] == "on-failure"
            assert service["scale"] == 0
            assert "profiles" not in service  # --scale alone must start it
            assert service["mem_limit"]
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name
        assert service["mem_limit"], name
        assert service.get("depends_on"), name
    assert "docker.sock" not in COMPOSE.read_text(encoding="utf-8")


def test_the_stack_fits_in_four_gigabytes(services: dict[str, Any]) -> None:
    apart = ONE_SHOTS | SCALED
    lasting = {n: s for n, s in services.items() if n not in apart and "profiles" not in s}
    limits = [int(s["mem_limit"][:-1]) * UNITS[s["mem_limit"][-1]] for s in lasting.values()]
    assert sum(limits) <= 4096


def test_every_one_shot_is_waited_for_by_a_service_that_lasts(services: dict[str, Any]) -> None:
    """Otherwise `up --wait` fails because the container ended (docker/compose#10596)."""
    waited = set()
    for service in services.values():
        for name, rule in service.get("depends_on", {}).items():
            if rule["condition"] == "service_completed_successfully":
                waited.add(name)
    assert waited >= ONE_SHOTS


def test_no_password_is_written_in_the_file(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for variable in service.get("environment") or {}:
            secret = re.search(r"PASSWORD|SECRET|TOKEN|ROOT_USER$", variable)
            assert not secret or variable.endswith("_FILE"), f"{name}: {variable}"


def test_only_what_the_image_needs_is_sent_to_docker() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert not any(".lab" in rule or ".git" in rule or ".env" in rule for rule in rules[1:])


def test_the_development_container_is_the_notebook_of_the_stack(services: dict[str, Any]) -> None:
    folder = ROOT / ".devcontainer"
    text = (folder / "devcontainer.json").read_text(encoding="utf-8")
    found = json.loads(re.sub(r"(?m)(^|\s)//.*$", "", text))
    assert (folder / found["dockerComposeFile"]).resolve() == COMPOSE
    notebook = services[found["service"]]
    assert f".:{found['workspaceFolder']}" in notebook["volumes"]
    assert found["runServices"] == [found["service"]]  # the default is all, profiles included
    # Editors pull an image that they do not find, before they start the service that builds it.
    assert "build" not in notebook
    assert found["initializeCommand"] == ["docker", "compose", "build"]
