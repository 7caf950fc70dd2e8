"""What a project may not ask of the machine it is tried on: one case per rule, and its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import compose_program
import pytest
from repositories import write

from lab.review.outcome import Refusal
from lab.review.trial import composing, rules

HEAD = "services:\n  web:\n    image: python:3.12\n"
FILES = {"Dockerfile": "FROM python:3.12\n", "app.py": "print(1)\n"}


def refused(root: Path, text: str, files: Mapping[str, str] = FILES) -> list[Refusal]:
    """What the rules say of a project whose compose file is `text`."""
    project = root / "clone/Evaluation/Projet"
    write(project, {**files, "compose.yml": text})
    file = project / "compose.yml"
    reading = composing.read(root / "clone", file)
    if reading.refusals:
        return reading.refusals
    model = composing.resolve(compose_program.command(), file, project, 60)
    return rules.broken(model, root / "clone", reading.lines)


# rule, what is added to a service, the line that must be shown (from 1, the head has three)
CASES = [
    ("privileged", "    privileged: true\n", 4),
    ("cap_add", "    cap_add: [SYS_ADMIN]\n", 4),
    ("devices", '    devices: ["/dev/kvm:/dev/kvm"]\n', 4),
    ("device_cgroup_rules", '    device_cgroup_rules: ["c 1:3 mr"]\n', 4),
    ("gpus", "    gpus: all\n", 4),
    ("network_mode", "    network_mode: host\n", 4),
    ("network_mode", '    network_mode: "container:base"\n', 4),
    ("pid", "    pid: host\n", 4),
    ("ipc", "    ipc: host\n", 4),
    ("uts", "    uts: host\n", 4),
    ("userns_mode", "    userns_mode: host\n", 4),
    ("cgroup", "    cgroup: host\n", 4),
    ("cgroup_parent", "    cgroup_parent: /system.slice\n", 4),
    ("security_opt", "    security_opt:\n      - seccomp:unconfined\n", 5),
    ("security_opt", "    security_opt: [no-new-privileges:false]\n", 4),
    ("sysctls", "    sysctls: {net.core.somaxconn: 1024}\n", 4),
    ("runtime", "    runtime: nvidia\n", 4),
    ("provider", "    provider: {type: sh}\n", 4),
    ("credential_spec", "    credential_spec: {file: my.json}\n", 4),
    ("hooks", "    post_start:\n      - {command: ls, privileged: true}\n", 5),
    (
        "docker_socket",
        "    volumes:\n      - .:/code\n      - /var/run/docker.sock:/var/run/docker.sock\n",
        6,
    ),
    ("bind", "    volumes:\n      - .:/code\n      - /etc:/mnt/etc:ro\n", 6),
    ("bind", "    volumes:\n      - ../../..:/mnt/up\n", 5),
    ("bind", "    volumes:\n      - ~/.ssh:/mnt/keys\n", 5),
    ("volume_type", "    volumes:\n      - {type: npipe, source: x, target: /mnt/x}\n", 5),
    ("volume_type", '    volumes_from: ["container:base"]\n', 4),
    ("external_links", "    external_links: [base]\n", 4),
    ("build_context", "    build: ../../..\n", 4),
    ("build_context", "    build: https://git.test/x/y.git\n", 4),
    ("build_context", "    build:\n      context: .\n      dockerfile: ../../../Dockerfile\n", 6),
    ("additional_contexts", "    build: {context: ., additional_contexts: [x=/etc]}\n", 4),
    (
        "additional_contexts",
        "    build: {context: ., additional_contexts: [x=docker-image://y]}\n",
        4,
    ),
    ("build_ssh", "    build:\n      context: .\n      ssh: [default]\n", 6),
    ("build_network", "    build:\n      context: .\n      network: host\n", 6),
    ("build_privileges", "    build:\n      context: .\n      privileged: true\n", 6),
    ("build_privileges", "    build: {context: ., entitlements: [network.host]}\n", 4),
]
# rule, the whole file, its line
WHOLE = [
    (
        "volumes_external",
        f"{HEAD}    volumes: [data:/d]\nvolumes:\n  data:\n    external: true\n",
        7,
    ),
    (
        "volumes_driver",
        f"{HEAD}    volumes: [data:/d]\nvolumes:\n  data:\n    driver: nfs\n",
        7,
    ),
    (
        "volumes_driver_opts",
        f"{HEAD}    volumes: [data:/d]\nvolumes:\n  data:\n"
        "    driver_opts: {type: none, o: bind, device: /}\n",
        7,
    ),
    (
        "networks_external",
        f"{HEAD}    networks: [n]\nnetworks:\n  n:\n    external: true\n",
        7,
    ),
    (
        "networks_driver",
        f"{HEAD}    networks: [n]\nnetworks:\n  n:\n    driver: macvlan\n",
        7,
    ),
    (
        "networks_driver_opts",
        f"{HEAD}    networks: [n]\nnetworks:\n  n:\n    driver_opts: {{parent: eth0}}\n",
        7,
    ),
    (
        "secrets_file",
        f"{HEAD}    secrets: [s]\nsecrets:\n  s:\n    file: /etc/shadow\n",
        7,
    ),
    (
        "secrets_environment",
        f"{HEAD}    secrets: [s]\nsecrets:\n  s:\n    environment: HOME\n",
        7,
    ),
    (
        "secrets_external",
        f"{HEAD}    secrets: [s]\nsecrets:\n  s:\n    external: true\n",
        7,
    ),
    (
        "configs_file",
        f"{HEAD}    configs: [c]\nconfigs:\n  c:\n    file: ../../../x\n",
        7,
    ),
    ("include", f"include:\n  - ../../../other.yml\n{HEAD}", 2),
    ("include", f"include: ['https://git.test/x/y.git']\n{HEAD}", 1),
    ("include", f"include: ['$HOME/x.yml']\n{HEAD}", 1),
    ("extends", "services:\n  web:\n    extends:\n      file: /etc/x.yml\n      service: a\n", 4),
    ("env_file", f"{HEAD}    env_file: ../../../secrets.env\n", 4),
    ("env_file", f"{HEAD}    env_file:\n      - path: /etc/environment\n", 5),
]


@pytest.mark.parametrize(("rule", "added", "line"), CASES)
def test_what_a_service_asks_is_refused_with_its_line(
    tmp_path: Path, rule: str, added: str, line: int
) -> None:
    (found,) = refused(tmp_path, HEAD + added)
    assert (found.rule, found.where) == (rule, f"Evaluation/Projet/compose.yml:{line}")
    assert str(tmp_path) not in found.text


@pytest.mark.parametrize(("rule", "text", "line"), WHOLE)
def test_what_is_declared_beside_services_is_refused_with_its_line(
    tmp_path: Path, rule: str, text: str, line: int
) -> None:
    found = refused(tmp_path, text)
    assert [(one.rule, one.line) for one in found] == [(rule, line)]


def test_every_rule_has_a_case() -> None:
    assert {one.name for one in rules.RULES} == {case[0] for case in CASES}


def test_a_link_to_the_outside_leads_nowhere(tmp_path: Path) -> None:
    project = tmp_path / "clone/Evaluation/Projet"
    write(project, FILES)
    (project / "donnees").symlink_to("/etc")
    (found,) = refused(tmp_path, f"{HEAD}    volumes: ['./donnees:/d']\n")
    assert found.rule == "bind"


def test_anchors_variables_and_included_files_hide_nothing(tmp_path: Path) -> None:
    text = (
        "x-base: &base\n  privileged: ${X:-true}\n"
        "services:\n  web:\n    <<: *base\n    image: python:3.12\n"
    )
    (found,) = refused(tmp_path / "anchor", text)
    assert (found.rule, found.line) == ("privileged", 2)
    files = {**FILES, "base.yml": "services:\n  a:\n    image: x\n    pid: host\n"}
    text = "services:\n  web:\n    extends: {file: base.yml, service: a}\n"
    (found,) = refused(tmp_path / "extends", text, files)
    assert (found.rule, found.where) == ("pid", "Evaluation/Projet/base.yml:4")
    files = {**FILES, "more.yml": "services:\n  b:\n    image: x\n    privileged: true\n"}
    (found,) = refused(tmp_path / "include", f"include: [more.yml]\n{HEAD}", files)
    assert (found.rule, found.where) == ("privileged", "Evaluation/Projet/more.yml:4")


def test_an_ordinary_project_asks_nothing_refused(tmp_path: Path) -> None:
    text = (
        "services:\n  web:\n    build: .\n    ports: ['5000:5000']\n    container_name: web\n"
        "    restart: always\n    privileged: false\n    security_opt: [no-new-privileges:true]\n"
        "    volumes: [.:/code, '${PWD}/donnees:/d', cache:/cache]\n    networks: [front]\n"
        "    environment: {A: '${SECRET:-x}'}\n    depends_on: [mongo]\n"
        "    env_file: reglages.env\n"
        "  mongo:\n    image: mongo:8\n    networks: [front]\n    ipc: private\n"
        "volumes: {cache: {}}\nnetworks: {front: {driver: bridge}}\n"
    )
    assert refused(tmp_path, text) == []


def test_the_graders_own_variables_are_not_for_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-du-correcteur")
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", "secret-du-correcteur")
    text = (
        f"{HEAD}    environment:\n      A: ${{AWS_SECRET_ACCESS_KEY:-}}${{DOCKER_AUTH_CONFIG:-}}\n"
        "      AWS_SECRET_ACCESS_KEY:\n    env_file: a.env\n"
    )
    write(tmp_path, {"compose.yml": text, "a.env": "B=${AWS_SECRET_ACCESS_KEY}\n"})
    model = composing.resolve(compose_program.command(), tmp_path / "compose.yml", tmp_path, 60)
    assert "secret-du-correcteur" not in str(model)
    assert model["services"]["web"]["environment"]["A"] == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: [", "YAML valide (ligne 1)"),
        ("- a\n", "ne déclare aucun service"),
        ("services:\n  web:\n    imge: x\n", "imge"),
        ("services:\n  web:\n    image: x\n    depends_on: [base]\n", "base"),
        ("a: &a [x]\n" + "".join(f"b{n}: [{'*a,' * 40}]\n" for n in range(9)), "démesuré"),
    ],
)
def test_a_file_that_compose_does_not_accept_says_why(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(composing.Unreadable, match=said.replace("(", r"\(").replace(")", r"\)")):
        refused(tmp_path, text)


def test_settings_that_are_rightly_not_published_are_taken_from_their_example(
    tmp_path: Path,
) -> None:
    text = f"{HEAD}    env_file: [.env, autre.env]\n"
    write(tmp_path, {"compose.yml": text, ".env.example": "A=1\n"})
    found = composing.read(tmp_path, tmp_path / "compose.yml")
    assert found.notes == [
        ".env n'est pas publié : .env.example a servi à sa place",
        "autre.env n'est pas publié, ni un exemple : il a été laissé vide",
    ]
    model = composing.resolve(compose_program.command(), tmp_path / "compose.yml", tmp_path, 60)
    assert model["services"]["web"]["environment"] == {"A": "1"}


@pytest.mark.parametrize(
    ("files", "folder", "found"),
    [
        (["a/docker-compose.yml", "a/compose.yaml"], "a", "a/compose.yaml"),
        (["a/src/docker-compose.yml", "compose.yml"], "a", "a/src/docker-compose.yml"),
        (["docker-compose.yml", "a/app.py"], "a", "docker-compose.yml"),
        (["a/Docker_Compose.yml", "a/docker-compose.dev.yml"], "a", "a/Docker_Compose.yml"),
        (["a/app.py"], "a", None),
    ],
)
def test_the_compose_file_is_found_where_students_put_it(
    tmp_path: Path, files: list[str], folder: str, found: str | None
) -> None:
    write(tmp_path, dict.fromkeys(files, HEAD))
    file = composing.find(tmp_path, folder)
    assert (str(file.relative_to(tmp_path)) if file else None) == found
