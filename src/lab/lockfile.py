"""Renews `Pipfile.lock` without any index address in it, and exports `requirements.txt`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from lab.errors import LabError

HEAD = "# Exporté de Pipfile.lock par ./lab lock : ne pas modifier.\n"


def renew(root: Path) -> None:
    """`pipenv lock`, then :func:`clean` and :func:`export`. Raises LabError when pipenv fails."""
    environment = {
        **os.environ,
        "PIPENV_PIPFILE": str(root / "Pipfile"),
        "VIRTUAL_ENV": str(Path(sys.executable).parents[1]),
        "PIPENV_NOSPIN": "1",
        "PIPENV_VERBOSITY": "-1",
    }
    command = [sys.executable, "-m", "pipenv", "lock"]
    done = subprocess.run(
        command, cwd=root, env=environment, text=True, capture_output=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "sans message").splitlines()[-1]
        raise LabError(f"pipenv n'a pas pu résoudre Pipfile : {last}", hint="pipenv lock --verbose")
    path = root / "Pipfile.lock"
    lock = clean(json.loads(path.read_text(encoding="utf-8")))
    lock["_meta"]["hash"]["sha256"] = neutral_hash(root)
    path.write_text(json.dumps(lock, indent=4, sort_keys=True) + "\n", encoding="utf-8")
    (root / "requirements.txt").write_text(export(lock), encoding="utf-8")


def neutral_hash(root: Path) -> str:
    """pipenv's hash of the Pipfile, as on a machine whose pip has no configuration: the hash covers
    the default index, and a maintainer's mirror must not make every student's lock "out of date".
    Raises LabError when pipenv cannot be asked."""
    code = "from pipenv.project import Project; print(Project().pipfile.calculate_hash())"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PIP")}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIPENV_PIPFILE": str(root / "Pipfile")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise LabError("pipenv n'a pas donné l'empreinte de Pipfile.", hint="pipenv verify")
    return done.stdout.strip()


def clean(lock: dict[str, Any]) -> dict[str, Any]:
    """The lock without index addresses: pipenv then uses its default or the user's pip mirror."""
    lock["_meta"]["sources"] = []
    for section, packages in lock.items():
        for package in packages.values() if section != "_meta" else ():
            package.pop("index", None)
    return lock


def export(lock: dict[str, Any]) -> str:
    """The default packages as `requirements.txt`, with markers and hashes, sorted by name.

    Without extras: what they bring is in the lock too, and pip before 24.1 stops on an extra that
    one package writes with a dash and another with an underscore (lxml's html-clean).
    """
    lines = [HEAD]
    for name, package in sorted(lock["default"].items()):
        marker = f" ; {package['markers']}" if package.get("markers") else ""
        hashes = "".join(f" \\\n    --hash={digest}" for digest in package["hashes"])
        lines.append(f"{name}{package['version']}{marker}{hashes}\n")
    return "".join(lines)
