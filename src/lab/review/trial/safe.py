"""The file that really runs: only known harmless keys of the project's, and our own limits.

Every network is internal (nothing outside answers, not even this machine), no port is published,
every folder mounted is a private copy: a container that replaces a folder by a link then only
fools itself. Names, restarts and logs are ours, so that all of it can be found and removed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.review.criteria.composefile import stores_of
from lab.review.trial.clean import within

HELPER = "lab-helper"  # serves the practice web, asks pages and stores: our only container
PRACTICE = "practice"  # the name under which the course's own stack has it
HELPER_PORT = 8000
LABEL = "lab.review.trial"
MEMORY = "1g"
STORE_MEMORY = "2g"  # a search engine takes one for itself
CPUS = 1.0
_ANY = "0.0.0.0"  # noqa: S104 - of a container, on a network without a way out
PIDS = 512
FILE_BYTES = 2 * 2**30  # the biggest file a program may write
_COPIED = (
    *("command", "entrypoint", "environment", "working_dir", "user", "healthcheck", "depends_on"),
    *("tty", "stdin_open", "init", "read_only", "stop_signal", "platform", "hostname", "links"),
    *("expose", "secrets", "configs", "volumes_from", "cap_drop", "network_mode", "pid", "ipc"),
)
# What images need to give their data to their own user before they drop their rights.
_NEEDED = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "NET_BIND_SERVICE", "KILL")
_BUILD = ("context", "dockerfile", "dockerfile_inline", "args", "target", "shm_size", "secrets")
# Of no use here, and so common that a note would only be noise.
_SILENT = (
    *(*_COPIED, "image", "build", "ports", "volumes", "networks", "container_name", "restart"),
    *("logging", "deploy", "mem_limit", "cpus", "labels", "pull_policy", "tmpfs", "shm_size"),
    *("security_opt", "privileged", "scale", "stop_grace_period", "profiles", "mem_reservation"),
)
_RESTARTS = ("always", "unless-stopped", "on-failure")


@dataclass
class Safe:
    """`model` is the file to run; `images`: what its builds are named; `notes`, in French."""

    model: dict[str, Any]
    images: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    stores: dict[str, str] = field(default_factory=dict)
    ports: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """What a trial is given: `project` names it, `binds` is the folder of private copies."""

    project: str
    root: Path
    binds: Path
    helper_image: str
    labels: Mapping[str, str] = field(default_factory=dict)
    proxies: Mapping[str, str] = field(default_factory=dict)


def rewrite(model: Mapping[str, Any], terms: Terms) -> Safe:
    """Return the safe file. What the rules refuse must have been refused before."""
    services: Mapping[str, Any] = model["services"]
    made = Safe({"name": terms.project, "services": {}})
    made.images = {
        str(one.get("image") or f"{model.get('name')}-{name}"): f"{terms.project}-{name}:essai"
        for name, one in services.items()
        if one.get("build")
    }
    copies = _Copies(terms, services)
    for name, one in services.items():
        made.model["services"][name] = _service(name, one, made, copies, terms)
        dropped = sorted(key for key in one if key not in _SILENT and one[key])
        if dropped:
            made.notes.append(f"service {name} : sans effet ici, {', '.join(dropped)}")
    networks = {name for one in services.values() for name in (one.get("networks") or ())}
    made.model["networks"] = {
        name: {
            "internal": True,
            # Without an address on the bridge, the machine itself is out of reach as well.
            "driver_opts": {"com.docker.network.bridge.inhibit_ipv4": "true"},
            "labels": dict(terms.labels),
        }
        for name in sorted(networks | {"default"})
    }
    made.model["volumes"] = {
        name: {"labels": dict(terms.labels)} for name in model.get("volumes") or ()
    }
    for part in ("secrets", "configs"):
        made.model[part] = {
            name: {key: one[key] for key in ("file", "content") if key in one}
            for name, one in (model.get(part) or {}).items()
        }
    made.model["services"][HELPER] = _helper(made.model["networks"], services, terms)
    copies.write()
    return made


def _service(
    name: str, one: Mapping[str, Any], made: Safe, copies: _Copies, terms: Terms
) -> dict[str, Any]:
    kept = {key: one[key] for key in _COPIED if one.get(key) not in (None, "", [], {})}
    image = str(one.get("image") or "")
    ours = bool(one.get("build")) or image in made.images
    store = "" if ours else next(iter(stores_of(image)), "")
    if store:
        made.stores[name] = store
    made.ports[name] = [*_ports(one)]
    if one.get("build"):
        kept["build"] = {key: one["build"][key] for key in _BUILD if one["build"].get(key)}
        kept["build"]["args"] = {**terms.proxies, **(kept["build"].get("args") or {})}
        kept["build"]["labels"] = dict(terms.labels)
        kept["image"] = f"{terms.project}-{name}:essai"
    else:
        kept["image"] = made.images.get(image, image)
    if "healthcheck" in kept:  # an older engine does not know it
        kept["healthcheck"] = {
            k: v for k, v in kept["healthcheck"].items() if k != "start_interval"
        }
    if not str(kept.get("network_mode", "")).startswith(("none", "service:")):
        kept.pop("network_mode", None)  # the machine's bridge leads outside
        kept["networks"] = _networks(one)
        kept["environment"] = _told(kept.get("environment") or {})
    kept["volumes"] = [*copies.of(one), *_others(one)]
    if str(one.get("restart", "")).startswith(_RESTARTS):
        kept["restart"] = "on-failure:10"
    return kept | _limits(bool(store), terms)


def _limits(store: bool, terms: Terms) -> dict[str, Any]:
    memory = STORE_MEMORY if store else MEMORY
    limits: dict[str, Any] = {"core": 0}
    if not store:  # a search engine refuses to start with it
        limits["fsize"] = FILE_BYTES
    return {
        "mem_limit": memory,
        "memswap_limit": memory,
        "cpus": CPUS,
        "pids_limit": PIDS,
        "ulimits": limits,
        "shm_size": "256m",
        "cap_drop": ["ALL"],
        "cap_add": list(_NEEDED),
        "security_opt": ["no-new-privileges:true"],
        "logging": {"driver": "json-file", "options": {"max-size": "1m", "max-file": "2"}},
        "labels": dict(terms.labels),
    }


def _ports(one: Mapping[str, Any]) -> Iterator[int]:
    for port in one.get("ports") or ():
        if port.get("protocol", "tcp") == "tcp":
            yield int(port["target"])
    for exposed in one.get("expose") or ():
        number = str(exposed).partition("/")[0]
        if number.isdigit():
            yield int(number)


def _networks(one: Mapping[str, Any]) -> dict[str, Any]:
    """The same networks and other names, without the addresses that were asked."""
    asked = one.get("networks") or {"default": None}
    return {
        name: {"aliases": list(value["aliases"])} if value and value.get("aliases") else {}
        for name, value in asked.items()
    }


def _told(given: Mapping[str, Any]) -> dict[str, Any]:
    """The contract's address of the practice web, for a scraper that reads it."""
    return {"PRACTICE_URL": f"http://{PRACTICE}:{HELPER_PORT}", **given}


def _others(one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for volume in one.get("volumes") or ():
        if volume.get("type") == "volume":
            yield {
                key: volume[key]
                for key in ("type", "source", "target", "read_only")
                if key in volume
            }
        elif volume.get("type") == "tmpfs":
            yield {"type": "tmpfs", "target": volume["target"], "tmpfs": {"size": 2**28}}
    for target in one.get("tmpfs") or ():
        path = str(target).partition(":")[0]
        yield {"type": "tmpfs", "target": path, "tmpfs": {"size": 2**28}}


def _helper(
    networks: Mapping[str, Any], services: Mapping[str, Any], terms: Terms
) -> dict[str, Any]:
    known = {} if PRACTICE in services else {"aliases": [PRACTICE]}
    serve = ["python", "-m", "lab.practice", "--host", _ANY, "--port", str(HELPER_PORT)]
    ask = [
        "CMD",
        "python",
        "-m",
        "lab.container",
        "health",
        f"http://127.0.0.1:{HELPER_PORT}/health",
    ]
    return _limits(store=False, terms=terms) | {
        "image": terms.helper_image,
        "pull_policy": "never",
        "entrypoint": serve,
        "command": [],
        "init": True,
        "read_only": True,
        "cap_add": [],
        "tmpfs": ["/tmp:size=64m"],  # noqa: S108 - of the container
        "networks": dict.fromkeys(networks, known),
        "healthcheck": {"test": ask, "interval": "2s", "timeout": "5s", "retries": 20},
    }


class _Copies:
    """Private copies of the folders that services mount, shared as the project shares them."""

    def __init__(self, terms: Terms, services: Mapping[str, Any]) -> None:
        self._terms = terms
        sources = {
            real
            for one in services.values()
            for volume in one.get("volumes") or ()
            if volume.get("type") == "bind"
            and (real := within(terms.root, Path(volume["source"]))) is not None
        }
        self._copies = {
            source: terms.binds / str(number) / source.name
            for number, source in enumerate(sorted(sources))
        }

    def of(self, one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Mounts of one service; what another mounts inside of them is mounted there as well."""
        binds = [volume for volume in one.get("volumes") or () if volume.get("type") == "bind"]
        taken = {volume["target"].rstrip("/") for volume in one.get("volumes") or ()}
        for volume in binds:
            real = Path(volume["source"]).resolve()
            readonly = bool(volume.get("read_only"))
            yield self._mount(real, volume["target"], readonly)
            for source in self._copies:
                if source != real and source.is_relative_to(real):
                    target = f"{volume['target'].rstrip('/')}/{source.relative_to(real)}"
                    if target not in taken:
                        yield self._mount(source, target, readonly)

    def _mount(self, source: Path, target: str, readonly: bool) -> dict[str, Any]:
        place = str(self._copies[source]).replace("$", "$$")
        return {"type": "bind", "source": place, "target": target, "read_only": readonly}

    def write(self) -> None:
        """Make the copies; what is not there is an empty folder, as Docker would have made it."""
        for source, copy in self._copies.items():
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy, symlinks=True)
            elif source.is_file():
                shutil.copy2(source, copy)
            else:
                copy.mkdir()
            _open_up(copy)


def _open_up(copy: Path) -> None:
    """Whoever the container runs as may write its copy, as its owner could write the original."""
    if copy.is_file():
        copy.chmod(copy.stat().st_mode | 0o666)
    for folder, _, files in os.walk(copy, followlinks=False):
        Path(folder).chmod(0o777)
        for path in (Path(folder, name) for name in files):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o666)
