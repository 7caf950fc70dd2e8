"""The file that really runs: only what is harmless is kept, and our own limits are on it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import compose_program
import pytest
from repositories import commit, create, git, write

from lab.review.git import Repository, soon
from lab.review.trial import clean, composing, rules, safe

PROJECT = """\
services:
  web:
    build: {context: ., tags: ["python:3.12"], args: {A: "1$$x"}, cache_to: [type=local,dest=/x]}
    image: mongo:8
    container_name: web
    ports: ["5000:5000", "8000-8001:8000-8001", "53:53/udp"]
    restart: always
    network_mode: bridge
    labels: {com.docker.compose.project: other}
    environment: {A: "b$$c", PRACTICE_URL: http://mine}
    healthcheck: {test: "true", start_interval: 1s}
    ulimits: {memlock: -1}
    volumes: [".:/code", "./donnees:/data:ro", "cache:/cache"]
    tmpfs: /run
    deploy: {resources: {limits: {memory: 60G}}}
    dns: [10.0.0.1]
    extra_hosts: ["host.docker.internal:host-gateway"]
  scraper:
    image: mongo:8
    volumes: ["./donnees:/out", "/anonyme", "./nouveau:/n"]
    networks: {front: {aliases: [s], ipv4_address: 10.9.0.2}}
  mongo:
    image: library/mongo:7
    networks: [front]
volumes: {cache: {name: partage, labels: {a: b}}}
networks: {front: {name: commun, ipam: {config: [{subnet: 10.9.0.0/16}]}}}
"""


@pytest.fixture
def made(tmp_path: Path) -> safe.Safe:
    root = tmp_path / "clone"
    files = {"compose.yml": PROJECT, "donnees/a.csv": "1", "app.py": "", "Dockerfile": "FROM x"}
    write(root, files)
    reading = composing.read(root, root / "compose.yml")
    model = composing.resolve(compose_program.command(), root / "compose.yml", root, 60)
    assert rules.broken(model, root, reading.lines) == []
    labels = {safe.LABEL: "essai-1"}
    terms = safe.Terms("essai-1", root, tmp_path / "binds", "helper", labels, {"http_proxy": "p"})
    return safe.rewrite(model, terms)


def test_no_port_is_published_and_every_network_is_closed(made: safe.Safe) -> None:
    for service in made.model["services"].values():
        assert not {"ports", "network_mode", "extra_hosts", "dns"} & service.keys()
    for network in made.model["networks"].values():
        assert network["internal"] is True
        assert network["driver_opts"] == {"com.docker.network.bridge.inhibit_ipv4": "true"}
        assert not {"name", "ipam", "external"} & network.keys()
    assert made.ports["web"] == [5000, 8000, 8001]
    assert made.model["services"]["scraper"]["networks"] == {"front": {"aliases": ["s"]}}
    helper = made.model["services"][safe.HELPER]
    assert helper["networks"] == {name: {"aliases": ["practice"]} for name in ("default", "front")}


def test_every_service_is_limited(made: safe.Safe) -> None:
    for name, service in made.model["services"].items():
        memory = safe.STORE_MEMORY if name == "mongo" else safe.MEMORY
        assert service["mem_limit"] == service["memswap_limit"] == memory
        assert (service["cpus"], service["pids_limit"]) == (safe.CPUS, safe.PIDS)
        assert service["cap_drop"] == ["ALL"]
        assert not {"SYS_ADMIN", "NET_RAW", "NET_ADMIN", "MKNOD"} & set(service["cap_add"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["logging"]["options"]["max-size"]
        assert ("fsize" in service["ulimits"]) == (name != "mongo")
        assert "memlock" not in service["ulimits"]
        assert service["labels"] == {safe.LABEL: "essai-1"}
        assert not {"deploy", "container_name", "privileged"} & service.keys()


def test_a_built_image_has_our_name_and_replaces_no_other(made: safe.Safe) -> None:
    web, scraper, mongo = (made.model["services"][name] for name in ("web", "scraper", "mongo"))
    assert web["image"] == scraper["image"] == "essai-1-web:essai"
    assert mongo["image"] == "library/mongo:7"
    assert set(web["build"]) == {"context", "dockerfile", "args", "labels"}
    assert web["build"]["args"] == {"http_proxy": "p", "A": "1$$x"}
    assert made.stores == {"mongo": "mongo"}


def test_what_is_kept_is_kept_as_written(made: safe.Safe) -> None:
    web = made.model["services"]["web"]
    assert web["environment"] == {"A": "b$$c", "PRACTICE_URL": "http://mine"}
    assert web["restart"] == "on-failure:10"
    assert web["healthcheck"] == {"test": ["CMD-SHELL", "true"]}
    assert (
        made.model["services"]["scraper"]["environment"]["PRACTICE_URL"] == "http://practice:8000"
    )
    assert made.model["volumes"] == {"cache": {"labels": {safe.LABEL: "essai-1"}}}
    assert made.notes == ["service web : sans effet ici, dns, extra_hosts, ulimits"]


def test_mounts_are_private_copies_shared_as_the_project_shares_them(
    made: safe.Safe, tmp_path: Path
) -> None:
    web, scraper = (made.model["services"][name]["volumes"] for name in ("web", "scraper"))
    mounted = {one["target"]: one for one in web}
    assert set(mounted) == {"/code", "/code/donnees", "/code/nouveau", "/data", "/cache", "/run"}
    out = {one["target"]: one for one in scraper}
    assert mounted["/data"]["source"] == mounted["/code/donnees"]["source"] == out["/out"]["source"]
    assert (mounted["/data"]["read_only"], out["/out"]["read_only"]) == (True, False)
    for one in [*web, *scraper]:
        if one["type"] == "bind":
            assert Path(one["source"]).is_relative_to(tmp_path / "binds")
    copy = Path(out["/out"]["source"])
    assert (copy / "a.csv").read_text() == "1"
    assert (copy.stat().st_mode & 0o777, (copy / "a.csv").stat().st_mode & 0o666) == (0o777, 0o666)
    assert Path(out["/n"]["source"]).is_dir(), "as Docker makes a folder that is not there"
    assert out["/anonyme"] == {"type": "volume", "target": "/anonyme"}


def test_the_file_is_one_that_compose_accepts(made: safe.Safe, tmp_path: Path) -> None:
    import yaml

    file = tmp_path / "safe.yml"
    file.write_text(yaml.safe_dump(made.model), encoding="utf-8")
    again = composing.resolve(compose_program.command(), file, tmp_path, 60)
    assert set(again["services"]) == {"web", "scraper", "mongo", safe.HELPER}
    assert again["services"]["web"]["environment"]["A"] == "b$$c"


def _written(folder: Path, root: Path) -> list[str]:
    with Repository(folder / ".git", soon(30)) as repository:
        root.mkdir()
        return clean.write(repository, repository.head(), root)


def test_a_clone_is_what_was_committed_and_nothing_runs(tmp_path: Path) -> None:
    folder = create(tmp_path / "depot", {"run.sh": "#!/bin/sh\n", "é/ü.txt": "x"})
    (folder / "run.sh").chmod(0o755)
    write(folder, {".gitattributes": "*.txt filter=evil\nexport-ignore"})
    git(folder, "config", "filter.evil.smudge", f"touch {tmp_path}/smudged")
    (folder / "dedans").symlink_to("é/ü.txt")
    commit(folder, {"pas-commis.txt": ""})
    write(folder, {"apres.txt": "x"})
    assert _written(folder, tmp_path / "clone") == []
    assert (tmp_path / "clone/dedans").read_text() == "x"
    assert os.access(tmp_path / "clone/run.sh", os.X_OK)
    assert not (tmp_path / "clone/apres.txt").exists()
    assert not (tmp_path / "smudged").exists()
    assert not (tmp_path / "clone/.git").exists()


@pytest.mark.parametrize(
    "links",
    [
        {"a": "/etc/passwd"},
        {"a": "../x"},
        {"d/a": "../../x"},
        {"a": "d/../x", "d": "."},  # innocent alone: the second link turns the first one outside
        {"a": "z/x", "z": ".."},
    ],
)
def test_no_link_of_a_clone_leads_outside(tmp_path: Path, links: dict[str, str]) -> None:
    (tmp_path / "x").write_text("dehors")
    folder = create(tmp_path / "depot", {"d2/f": "x"})
    for name, target in links.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(target)
    commit(folder, {})
    root = tmp_path / "clone"
    left = _written(folder, root)
    assert left
    for path in root.rglob("*"):
        assert clean.within(root, path) is not None


def test_hostile_names_are_left_out(tmp_path: Path) -> None:
    folder = create(tmp_path / "depot", {"app.py": "x"})
    blob = git(folder, "hash-object", "-w", "--stdin", stdin=b"evil")
    inner = git(folder, "mktree", stdin=f"100644 blob {blob}\tevil\n".encode())
    raw = b"".join(
        mode + b" " + name + b"\0" + bytes.fromhex(oid)
        for mode, name, oid in (
            (b"40000", b"..", inner),
            (b"40000", b".GIT", inner),
            (b"100644", b"ok", blob),
        )
    )
    path = tmp_path / "raw"
    path.write_bytes(raw)
    tree = git(folder, "hash-object", "-t", "tree", "-w", "--literally", str(path))
    oid = git(folder, "commit-tree", "-m", "x", tree)
    git(folder, "update-ref", "HEAD", oid)
    left = _written(folder, tmp_path / "clone")
    assert len(left) == 2
    assert [path.name for path in (tmp_path / "clone").iterdir()] == ["ok"]
    assert not (tmp_path / "evil").exists()


def test_a_repository_too_big_is_not_written(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(clean, "MOST_FILES", 3)
    folder = create(tmp_path / "depot", {f"{n}.py": "" for n in range(5)})
    with pytest.raises(clean.TooBig):
        _written(folder, tmp_path / "clone")
