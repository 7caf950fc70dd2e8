"""Compose files, read as data only: services, what each is, why a file cannot be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from lab.review.criteria.libraries import STORES
from lab.review.project import Project, Source

_LARGEST = 60_000  # characters: a compose file is short, a YAML bomb wants to be read
_ALIASES = 200
_NAME = re.compile(r"^(docker-)?compose.*\.ya?ml$")


@dataclass(frozen=True)
class Service:
    """One service; `stores`: the keys of STORES that its image is."""

    name: str
    image: str
    built: bool
    line: int
    stores: tuple[str, ...] = ()
    command: str = ""
    keys: frozenset[str] = frozenset()


@dataclass
class ComposeFile:
    """`fault` says why it cannot be read; `services` are then those that are known."""

    source: Source
    services: list[Service] = field(default_factory=list)
    fault: str = ""
    volumes: bool = False

    @property
    def own(self) -> bool:
        """Did the student write some of it?"""
        return any(
            line.strip() and self.source.own(number)
            for number, line in enumerate(self.source.lines, 1)
        )


def compose_files(project: Project) -> list[ComposeFile]:
    """The project's compose files that are not the course's untouched."""
    found = [_read(one) for one in project.sources if _NAME.match(one.name)]
    return [one for one in found if one.own]


def _read(source: Source) -> ComposeFile:
    content = source.text.content
    file = ComposeFile(source)
    if source.text.conflict:
        file.fault = "contient des marqueurs de conflit de git"
        return file
    if len(content) > _LARGEST or content.count("*") > _ALIASES:
        file.fault = "est démesuré"
        return file
    try:
        data = yaml.safe_load(content)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        file.fault = (
            f"n'est pas du YAML valide (ligne {mark.line + 1})" if mark else "n'est pas du YAML"
        )
        return file
    services = data.get("services") if isinstance(data, Mapping) else None
    if not isinstance(services, Mapping) or not services:
        file.fault = "ne déclare aucun service"
        return file
    file.volumes = bool(data.get("volumes"))
    for name, raw in services.items():
        if not isinstance(raw, Mapping) or not ({"image", "build", "extends"} & raw.keys()):
            file.fault = f"le service {str(name)[:40]} n'a ni image ni build"
            continue
        file.services.append(_service(source, str(name), raw))
    return file


def stores_of(image: str) -> tuple[str, ...]:
    """The keys of STORES that an image is; an administration page of a store is none."""
    short = image.split("@")[0].rpartition("/")[2].split(":")[0].lower()
    return tuple(
        key
        for key, store in STORES.items()
        if any(short.startswith(word) for word in store.images)
        and not short.startswith(("mongo-express", "redisinsight", "redis-commander"))
    )


def _service(source: Source, name: str, raw: Mapping[str, Any]) -> Service:
    image = str(raw.get("image", ""))[:200]
    stores = stores_of(image)
    line = next(
        (
            number
            for number, text in enumerate(source.lines, 1)
            if re.match(rf"\s+['\"]?{re.escape(name)}['\"]?\s*:", text)
        ),
        1,
    )
    command = " ".join(str(raw.get(key, ""))[:500] for key in ("entrypoint", "command"))
    return Service(name, image, "build" in raw, line, stores, command, frozenset(map(str, raw)))
