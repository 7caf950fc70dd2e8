"""What a project may not ask of the machine it is tried on: a table, each row with its own test.

Looked for in the canonical form (what Compose would really do, whatever way it was written); the
line shown is where the project's file says it. One refusal and nothing starts. What is merely of no
use to a trial (a container's name, a log driver) is no refusal: `safe` leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.review.model import quote
from lab.review.outcome import Refusal
from lab.review.trial.clean import within
from lab.review.trial.composing import Lines

Service = Mapping[str, Any]
# Where (keys under the service), what it says there, and the French sentence's end.
Found = tuple[tuple[str, ...], str, str]
_REMOTE = re.compile(r"^[\w+.-]+://|^[\w.-]+@[\w.-]+:|^(github|gitlab)\.com/|\.git(#|$)")
_OWN_NAMESPACES = ("", "private", "shareable", "none", "bridge", "default")


@dataclass(frozen=True)
class Rule:
    """`text` opens the sentence; `look` yields what breaks the rule in one service."""

    name: str
    text: str
    look: Callable[[Service, Path], Iterator[Found]]


def _flag(*path: str) -> Callable[[Service, Path], Iterator[Found]]:
    """Breaks the rule when this key is set to anything but nothing or false."""

    def look(service: Service, _: Path) -> Iterator[Found]:
        value: Any = service
        for word in path:
            value = value.get(word) if isinstance(value, Mapping) else None
        if value:
            yield path, "", "" if value is True else _short(value)

    return look


def _short(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_short(one) for one in value[:4])
    if isinstance(value, Mapping):
        return str(value.get("source") or value.get("path") or ", ".join(map(str, value)))
    return str(value)


def _namespace(key: str) -> Callable[[Service, Path], Iterator[Found]]:
    """Only a namespace of the container's own, or of a service of the same project."""

    def look(service: Service, _: Path) -> Iterator[Found]:
        value = str(service.get(key) or "")
        if value not in _OWN_NAMESPACES and not value.startswith("service:"):
            yield (key,), "", value

    return look


def _binds(service: Service) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for volume in service.get("volumes") or ():
        if volume.get("type") == "bind":
            yield str(volume.get("source", "")), volume


def _socket(service: Service, _: Path) -> Iterator[Found]:
    for source, volume in _binds(service):
        if "docker.sock" in source or "docker.sock" in str(volume.get("target")):
            yield ("volumes",), "docker.sock", source


def _outside(service: Service, root: Path) -> Iterator[Found]:
    for source, volume in _binds(service):
        if "docker.sock" not in source and within(root, Path(source)) is None:
            yield ("volumes",), str(volume.get("target")), source


def _kinds(service: Service, _: Path) -> Iterator[Found]:
    for volume in service.get("volumes") or ():
        if volume.get("type") not in ("bind", "volume", "tmpfs"):
            yield ("volumes",), str(volume.get("target")), str(volume.get("type"))
    for other in service.get("volumes_from") or ():
        if str(other).startswith("container:"):
            yield ("volumes_from",), str(other), str(other)


def _context(service: Service, root: Path) -> Iterator[Found]:
    build = service.get("build") or {}
    context = str(build.get("context") or "")
    if build and (_REMOTE.search(context) or within(root, Path(context)) is None):
        yield ("build",), "", context
        return
    file = str(build.get("dockerfile") or "")
    if file and within(root, Path(context) / file) is None:
        yield ("build", "dockerfile"), "", file


def _contexts(service: Service, root: Path) -> Iterator[Found]:
    for name, value in ((service.get("build") or {}).get("additional_contexts") or {}).items():
        local = not re.match(r"[\w+.-]+:", str(value))
        if not local or within(root, Path(str(value))) is None:
            yield ("build", "additional_contexts"), str(name), str(value)


def _options(service: Service, _: Path) -> Iterator[Found]:
    for value in service.get("security_opt") or ():
        if re.sub(r"[:=]true$", "", str(value)) != "no-new-privileges":
            yield ("security_opt",), str(value), str(value)


def _hooks(service: Service, _: Path) -> Iterator[Found]:
    for key in ("post_start", "pre_stop"):
        for hook in service.get(key) or ():
            if hook.get("privileged"):
                yield (key,), "privileged", key


def _build_network(service: Service, _: Path) -> Iterator[Found]:
    network = str((service.get("build") or {}).get("network") or "")
    if network not in ("", "default", "none"):
        yield ("build", "network"), "", network


def _build_privileges(service: Service, _: Path) -> Iterator[Found]:
    build = service.get("build") or {}
    for key in ("privileged", "entitlements"):
        if build.get(key):
            yield ("build", key), "", _short(build[key])


RULES: tuple[Rule, ...] = (
    Rule("privileged", "conteneur privilégié", _flag("privileged")),
    Rule("cap_add", "privilèges du noyau", _flag("cap_add")),
    Rule("devices", "appareils de la machine", _flag("devices")),
    Rule("device_cgroup_rules", "appareils de la machine", _flag("device_cgroup_rules")),
    Rule("gpus", "cartes graphiques de la machine", _flag("gpus")),
    Rule("network_mode", "réseau de la machine", _namespace("network_mode")),
    Rule("pid", "processus de la machine", _namespace("pid")),
    Rule("ipc", "mémoire partagée de la machine", _namespace("ipc")),
    Rule("uts", "nom de la machine", _namespace("uts")),
    Rule("userns_mode", "utilisateurs de la machine", _namespace("userns_mode")),
    Rule("cgroup", "groupes de contrôle de la machine", _namespace("cgroup")),
    Rule("cgroup_parent", "groupes de contrôle de la machine", _flag("cgroup_parent")),
    Rule("security_opt", "protection retirée", _options),
    Rule("sysctls", "réglages du noyau", _flag("sysctls")),
    Rule("runtime", "autre moteur de conteneurs", _flag("runtime")),
    Rule("provider", "programme de la machine", _flag("provider")),
    Rule("credential_spec", "identité de la machine", _flag("credential_spec")),
    Rule("hooks", "commande privilégiée", _hooks),
    Rule("docker_socket", "le moteur Docker lui-même", _socket),
    Rule("bind", "dossier hors du dépôt", _outside),
    Rule("volume_type", "volume d'une autre origine", _kinds),
    Rule("external_links", "conteneurs d'un autre projet", _flag("external_links")),
    Rule("build_context", "construction hors du dépôt", _context),
    Rule("additional_contexts", "construction hors du dépôt", _contexts),
    Rule("build_ssh", "clés SSH de la machine", _flag("build", "ssh")),
    Rule("build_network", "réseau de la machine pendant la construction", _build_network),
    Rule("build_privileges", "privilèges pendant la construction", _build_privileges),
)


def broken(model: Mapping[str, Any], root: Path, lines: Lines) -> list[Refusal]:
    """Return all that the project asks and will not get."""
    found = []
    for name, service in model["services"].items():
        for rule in RULES:
            for path, needle, value in rule.look(service, root):
                where, line = lines.at(("services", name, *path), needle)
                said = f"service {name} : {rule.text}" + (f" ({quote(value)})" if value else "")
                found.append(Refusal(rule.name, _shown(said, root), where, line))
    return [*found, *_top(model, root, lines)]


def _shown(text: str, root: Path) -> str:
    """Without the folder where the clone happens to be."""
    text = text.replace(f"{root}/", "").replace(str(root), ".")
    return text.replace(str(root.parent), "..")


def _top(model: Mapping[str, Any], root: Path, lines: Lines) -> Iterator[Refusal]:
    """What is declared beside the services: volumes, networks, secrets and configurations."""
    declared = [
        (part, name, one or {})
        for part in ("volumes", "networks", "secrets", "configs")
        for name, one in (model.get(part) or {}).items()
    ]
    for part, name, one in declared:
        for key, text in _declared(part, one, root):
            where, line = lines.at((part, name, *([key] if key else [])))
            rule = f"{part}_{key or 'outside'}"
            yield Refusal(rule, _shown(f"{part} {name} : {quote(text)}", root), where, line)


def _declared(part: str, one: Mapping[str, Any], root: Path) -> Iterator[tuple[str, str]]:
    if one.get("external"):
        yield "external", "appartient à un autre projet"
    if part in ("volumes", "networks"):
        default = "local" if part == "volumes" else "bridge"
        if (one.get("driver") or default) not in (default, "default"):
            yield "driver", f"pilote {one['driver']}"
        if one.get("driver_opts"):
            yield "driver_opts", f"réglages du pilote ({_short(one['driver_opts'])})"
        return
    file = one.get("file")
    if file and within(root, Path(str(file))) is None:
        yield "file", f"fichier hors du dépôt ({file})"
    if one.get("environment"):
        yield "environment", f"variable de la machine ({one['environment']})"
    if one.get("driver") or one.get("template_driver"):
        yield "driver", "pilote de secrets"
