"""The configuration files of the local services, and the record that `launch` reads."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

from lab.catalogue import Instance
from lab.runtimes.local.engines import redis_server
from lab.settings import LOOPBACK, Paths, Secrets, write_private

# Each write is on disk before it is acknowledged: with `everysec`, a Redis killed while the disk
# is busy forgets up to two seconds of what it had already confirmed (flushAppendOnlyFile in
# Redis's aof.c puts the write off while an fsync is under way).
REDIS = """\
# Généré par ./lab up : ne pas modifier.
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync always
save ""
logfile ""
"""


def write_all(paths: Paths, instances: Mapping[str, Instance], secrets: Secrets) -> None:
    """Write every service's configuration file (0600) under `.lab/run/`."""
    if "mongo" in instances:
        # An explicit empty file: the server would otherwise look for one in HOME and /etc.
        write_private(paths.run / "secantusd.toml", "")
    if "redis" in instances:
        folder = str(paths.data / instances["redis"].service.data)
        text = REDIS.format(
            host=LOOPBACK,
            port=instances["redis"].port,
            password=secrets.redis_password,
            folder=folder.replace("\\", "\\\\").replace('"', '\\"'),
        )
        write_private(paths.run / "redis.conf", text)
    if "s3" in instances:
        _write_s3(paths, instances["s3"], secrets)
    if "notebook" in instances:
        _write_notebook(paths, instances["notebook"], secrets)


def _write_s3(paths: Paths, s3: Instance, secrets: Secrets) -> None:
    folder = paths.run / "s3"
    folder.mkdir(mode=0o700, exist_ok=True)
    identity = {
        "name": "lab",
        "credentials": [
            {"accessKey": secrets.s3_access_key, "secretKey": secrets.s3_secret_key},
        ],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    write_private(folder / "identities.json", json.dumps({"identities": [identity]}))
    # The store looks for ./security.toml in its working folder. Signed tokens between its parts
    # and mutual TLS on its gRPC ports: none of its inner ports then serves a stranger.
    security = paths.data / s3.service.data / "security.toml"
    security.parent.mkdir(mode=0o700, exist_ok=True)
    write_private(security, _security(paths.secrets / "tls"))


def _security(tls: Path) -> str:
    def quoted(path: Path) -> str:
        return json.dumps(str(path), ensure_ascii=False)  # a JSON string is a TOML string

    tokens = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
    parts = [f'[{name}]\nkey = "{token_hex(32)}"\n' for name in tokens]
    parts.append(f"[grpc]\nca = {quoted(tls / 'ca.pem')}\n")
    pair = f"cert = {quoted(tls / 'cert.pem')}\nkey = {quoted(tls / 'key.pem')}\n"
    names = ("volume", "master", "filer", "s3", "client", "admin", "worker")
    parts += [f"[grpc.{name}]\n{pair}" for name in names]
    return "".join(parts)


def _write_notebook(paths: Paths, notebook: Instance, secrets: Secrets) -> None:
    folder = paths.run / "jupyter"
    folder.mkdir(mode=0o700, exist_ok=True)
    settings = {
        "ServerApp": {
            "ip": LOOPBACK,
            "port": notebook.port,
            "port_retries": 0,
            "open_browser": False,
            "root_dir": str(paths.root),
            "allow_root": os.geteuid() == 0,
        },
        "IdentityProvider": {"token": secrets.notebook_token},
        # What completion reads; else a folder appears among the student's.
        "LanguageServerManager": {"virtual_documents_dir": str(folder / "documents")},
        "LabApp": {"check_for_updates_class": "jupyterlab.NeverCheckForUpdate"},
    }
    write_private(folder / "jupyter_server_config.json", json.dumps(settings, indent=1))
    kernels = folder / "ipython" / "profile_default" / "ipython_config.json"
    kernels.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    extensions = {"InteractiveShellApp": {"extensions": ["lab.inspector"]}}
    write_private(kernels, json.dumps(extensions))
    # Defaults that the student may change in JupyterLab; that choice stays.
    plugins = folder / "lab" / "user-settings" / "@jupyterlab"
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    for extension, plugin, values in (
        ("translation-extension", "plugin", {"locale": "fr_FR"}),
        ("apputils-extension", "notification", quiet),
    ):
        setting = plugins / extension / f"{plugin}.jupyterlab-settings"
        setting.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not setting.exists():
            write_private(setting, json.dumps(values))


def service_record(
    paths: Paths, instance: Instance, contract: Mapping[str, str]
) -> dict[str, object]:
    """What `launch` needs: command, working folder, environment."""
    service = instance.service
    data = paths.data / service.data
    data.mkdir(mode=0o700, exist_ok=True)
    words = {
        "port": instance.port,
        "ports": instance.ports,
        "data": data,
        "run": paths.run,
        "secrets": paths.secrets,
        "root": paths.root,
        "python": sys.executable,
        "bin": Path(sys.executable).parent,
    }
    if service.name == "redis":
        words["redis_server"] = redis_server()
    command = [part.format(**words) for part in service.command]
    return {"command": command, "cwd": str(data), "env": _environment(paths, instance, contract)}


def _environment(paths: Paths, instance: Instance, contract: Mapping[str, str]) -> dict[str, str]:
    environment = {**os.environ, **base_environment(paths), **dict(instance.service.env)}
    if instance.service.name == "notebook":
        folder = paths.run / "jupyter"
        environment |= contract
        environment |= {
            "JUPYTER_CONFIG_DIR": str(folder),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "lab" / "user-settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "lab" / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
            "npm_config_cache": str(folder / "npm"),  # jupyter-lsp asks npm, which logs in HOME
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        }
    return environment


def base_environment(paths: Paths) -> dict[str, str]:
    """What marks a process as this lab's, lets it import `lab`, and keeps HOME as it is.

    The libraries of notebooks write in HOME unless told otherwise: settings and fonts of
    matplotlib, IPython's profile, Chromium's crash reports, caches of the XDG specification.
    """
    cache = paths.cache
    return {
        "LAB_INSTANCE": str(paths.home),
        "LAB_ROOT": str(paths.root),
        "LAB_HOME": str(paths.home),
        "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
        "PYTHONUNBUFFERED": "1",
        "XDG_CACHE_HOME": str(cache),
        "MPLCONFIGDIR": str(cache / "matplotlib"),
        "IPYTHONDIR": str(cache / "ipython"),
        "CHROME_CONFIG_HOME": str(cache / "chrome"),
    }
