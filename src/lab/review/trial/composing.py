"""Have Compose resolve the project's file, and know on which line each thing is written.

`docker compose config` interpolates, merges and normalises the file; it starts nothing and asks no
engine. Before, the file is read as data for what Compose would open while it resolves: an
``extends``, an ``include`` or an ``env_file`` that lies outside the clone is refused, not opened.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lab.review.decoding import decode
from lab.review.model import quote
from lab.review.outcome import Refusal
from lab.review.trial.clean import within

# The order in which Compose itself looks.
NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_LIKE = re.compile(r"^(docker[-_.]?)?compose.*\.ya?ml$", re.IGNORECASE)
_DEEPEST = 4  # folders under the project's where a compose file is looked for
_LARGEST = 60_000  # characters, as the static part
_ALIASES = 200
_FILES = 10
# What a file of ours may read of the grader's environment: nothing that a variable could betray.
_KEPT = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH")
_KEPT_TOO = ("DOCKER_TLS_VERIFY", "SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_RUNTIME_DIR")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class Unreadable(Exception):
    """Compose does not accept the file; the message is its own, shortened."""


def environment(folder: Path) -> dict[str, str]:
    """The environment of every `docker compose` of a trial: ``${AWS_SECRET…}`` finds nothing."""
    kept = {name: os.environ[name] for name in (*_KEPT, *_KEPT_TOO) if name in os.environ}
    # The engine that the SDK speaks to, whatever context is chosen: what starts can be removed.
    kept.setdefault("DOCKER_HOST", "unix:///var/run/docker.sock")
    return kept | {
        "PWD": str(folder),
        "COMPOSE_EXPERIMENTAL_GIT_REMOTE": "false",
        "COMPOSE_EXPERIMENTAL_OCI_REMOTE": "false",
        "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    }


def find(root: Path, folder: str) -> Path | None:
    """The compose file that starts the project: the shallowest under its folder, else above it."""
    place = root / folder
    names = {name: rank for rank, name in enumerate(NAMES)}
    for depth in range(_DEEPEST + 1):
        found = [
            path
            for path in place.glob("*/" * depth + "*")
            if _LIKE.match(path.name) and path.is_file() and within(root, path)
        ]
        if found:
            return min(found, key=lambda one: (names.get(one.name.lower(), 9), str(one)))
    above = place.parent
    while folder and above != root.parent:
        for name in NAMES:
            if (above / name).is_file() and within(root, above / name):
                return above / name
        above = above.parent
    return None


@dataclass
class Lines:
    """Where things are written: the parsed files, the project's own first."""

    root: Path
    files: list[tuple[Path, yaml.Node, str]] = field(default_factory=list)

    def at(self, path: Sequence[str], needle: str = "") -> tuple[str, int]:
        """File and line of a key, such as ``services web privileged``; of `needle` under it."""
        best: tuple[int, Path, yaml.Node | None, str] = (-1, self.root, None, "")
        for file, top, text in self.files:
            for keys in (path, *_extended(top, path)):
                depth, node = _follow(top, keys)
                if depth > best[0] and (keys is path or depth == len(keys)):
                    best = (depth, file, node, text)
        _, file, found, text = best
        if found is None:
            return "", 0
        first, last = found.start_mark.line, found.end_mark.line
        lines = text.split("\n")
        for number in range(first, min(last + 1, len(lines))):
            if needle and needle in lines[number]:
                return str(file.relative_to(self.root)), number + 1
        return str(file.relative_to(self.root)), first + 1


def _extended(top: yaml.Node, path: Sequence[str]) -> Iterator[Sequence[str]]:
    """The same keys under the other services, of which this one may be an extension."""
    if len(path) > 2 and path[0] == "services":
        for key, value in _pairs(top):
            if key.value == "services":
                yield from (("services", one.value, *path[2:]) for one, _ in _pairs(value))


def _follow(top: yaml.Node, path: Sequence[str]) -> tuple[int, yaml.Node]:
    """Go down as far as the keys lead; the node returned starts on its own key's line."""
    node, depth = top, 0
    shown: yaml.Node = top
    for word in path:
        pair = next((one for one in _pairs(node) if one[0].value == word), None)
        if pair is None:
            break
        shown, node = _Span(pair[0], pair[1]), pair[1]
        depth += 1
    return depth, shown


class _Span(yaml.Node):
    """A key and its value, as one piece of the file."""

    def __init__(self, key: yaml.Node, value: yaml.Node) -> None:
        super().__init__(value.tag, value.value, key.start_mark, value.end_mark)


def _pairs(
    node: yaml.Node, seen: set[int] | None = None
) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """The pairs of a mapping, then those it merges (``<<``), each once: aliases can explode."""
    seen = set() if seen is None else seen
    if not isinstance(node, yaml.MappingNode) or id(node) in seen:
        return
    seen.add(id(node))
    merged: list[yaml.Node] = []
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value == "<<":
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        else:
            yield key, value
    for one in merged:
        yield from _pairs(one, seen)


@dataclass
class Reading:
    """A file read before Compose reads it."""

    lines: Lines
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(root: Path, file: Path) -> Reading:
    """Read `file` and what it includes. Raises Unreadable."""
    found = Reading(Lines(root))
    waiting = [file]
    while waiting:
        current = waiting.pop(0)
        if len(found.lines.files) >= _FILES:
            raise Unreadable("trop de fichiers s'incluent les uns les autres")
        if any(current == known for known, _, _ in found.lines.files):
            continue
        text, top = _parse(current)
        found.lines.files.append((current, top, text))
        waiting += _opened(found, root, current, top)
    return found


def _parse(file: Path) -> tuple[str, yaml.Node]:
    text = decode(file.read_bytes()[: _LARGEST * 4]).content
    if len(text) > _LARGEST or text.count("*") > _ALIASES:
        raise Unreadable("le fichier est démesuré")
    try:
        top = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (ligne {mark.line + 1})" if mark else ""
        raise Unreadable(f"ce n'est pas du YAML valide{where}") from None
    if not isinstance(top, yaml.MappingNode):
        raise Unreadable("le fichier ne déclare aucun service")
    return text, top


def _opened(found: Reading, root: Path, file: Path, top: yaml.Node) -> Iterator[Path]:
    """Check every file that Compose would open; yield those that are compose files themselves."""
    for rule, node, said in _named(top):
        for scalar in _scalars(node):
            value = scalar.value
            inside = None if "$" in value else within(root, file.parent / value)
            line = scalar.start_mark.line + 1
            if inside is None or re.match(r"\w+:|[\w.-]+@", value):
                text = f"{said} hors du dépôt : {quote(value)}"
                found.refusals.append(Refusal(rule, text, str(file.relative_to(root)), line))
            elif rule == "env_file" and not inside.exists():
                found.notes.append(_invent(inside, value))
            elif rule != "env_file" and inside.is_file():
                yield inside


def _named(top: yaml.Node) -> Iterator[tuple[str, yaml.Node, str]]:
    keys = dict[str, yaml.Node]((key.value, value) for key, value in _pairs(top))
    if "include" in keys:
        yield "include", keys["include"], "include"
    for _, service in _pairs(keys["services"]) if "services" in keys else ():
        for key, value in _pairs(service):
            if key.value == "extends":
                yield from (
                    ("extends", v, "extends") for k, v in _pairs(value) if k.value == "file"
                )
            elif key.value in ("env_file", "label_file"):
                yield "env_file", value, key.value


def _scalars(node: yaml.Node, seen: set[int] | None = None) -> Iterator[yaml.ScalarNode]:
    seen = set() if seen is None else seen
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _scalars(one, seen)
    else:
        for key, value in _pairs(node):
            if key.value in ("path", "env_file", "project_directory"):
                yield from _scalars(value, seen)


def _invent(path: Path, value: str) -> str:
    """A settings file is rightly not published: its example does, or nothing."""
    for suffix in (".example", ".sample", ".template", ".dist", "-example", ".exemple"):
        example = path.with_name(path.name + suffix)
        if example.is_file():
            path.write_bytes(example.read_bytes())
            return f"{value} n'est pas publié : {example.name} a servi à sa place"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return f"{value} n'est pas publié, ni un exemple : il a été laissé vide"


def resolve(command: Sequence[str], file: Path, folder: Path, seconds: float) -> Mapping[str, Any]:
    """Return the canonical form of the file. Raises Unreadable."""
    words = [*command, "--project-name", "essai", "--project-directory", str(folder)]
    try:
        done = subprocess.run(
            [*words, "--file", str(file), "config", "--format", "json"],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=max(1.0, min(60.0, seconds)),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("docker compose config ne répond pas") from None
    if done.returncode:
        raise Unreadable(quote(_last(done.stderr).replace(str(folder), ".")))
    try:
        data = json.loads(done.stdout)
    except ValueError:
        raise Unreadable("docker compose config ne rend pas du JSON") from None
    if not isinstance(data, Mapping) or not data.get("services"):
        raise Unreadable("aucun service n'est lancé par défaut (profils ?)")
    return data


def _last(said: str) -> str:
    lines = [one for one in said.strip().splitlines() if "level=warning" not in one]
    return lines[-1] if lines else "docker compose config a échoué sans rien dire"
