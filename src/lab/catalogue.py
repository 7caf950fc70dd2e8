"""What the lab can launch: one frozen record per service. No I/O.

`command` is the local engine's command line; the words in braces are filled in by
:mod:`lab.runtimes.local`:  {port} and {ports[x]} the service's own ports, {data} its data folder
(also its working directory), {run} the folder of generated configuration, {secrets}, {root}
the checkout, {bin} the folder of programs of the virtual environment, {python} its Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.errors import UnknownName


@dataclass(frozen=True)
class Service:
    """One launchable service.

    `port`: default port of its face. `ports`: default ports of its other faces, 0 = any.
    `data`: name of its data folder; it names the engine too, so that no server ever opens
    another engine's data. `stop_seconds`: how long a graceful stop may take.
    """

    name: str
    title: str
    role: str
    port: int
    scheme: str
    data: str
    command: tuple[str, ...]
    path: str = ""
    needs: tuple[str, ...] = ()
    ports: tuple[tuple[str, int], ...] = ()
    env: tuple[tuple[str, str], ...] = field(default=())
    stop_seconds: int = 10


@dataclass(frozen=True)
class Instance:
    """One launched service: its record and the ports it really got."""

    service: Service
    port: int
    ports: dict[str, int]


SERVICES: tuple[Service, ...] = (
    Service(
        name="mongo",
        title="MongoDB",
        role="les documents : la référence de tout ce qui est récolté",
        port=27017,
        scheme="mongodb",
        data="mongo-secantusdb",
        # --standalone is not used: the server announces a replica set, as the container does.
        command=(
            *("{bin}/secantusd-py", "--host", "127.0.0.1", "--port", "{port}"),
            *("--storage-path", "{data}", "--auth", "--cache-size", "128M"),
            *("--config", "{run}/secantusd.toml", "--log-level", "WARNING"),
        ),
    ),
    Service(
        name="redis",
        title="Redis",
        role="la mémoire vive : adresses déjà vues, compteurs, files d'attente",
        port=6379,
        scheme="redis",
        data="redis",
        command=("{redis_server}", "{run}/redis.conf"),
    ),
    Service(
        name="elasticsearch",
        title="Elasticsearch",
        role="la recherche plein texte",
        port=9200,
        scheme="http",
        data="elasticsearch-osmem",
        command=(
            *("{python}", "-m", "lab.runtimes.search_gateway", "--host", "127.0.0.1"),
            *("--port", "{port}", "--data-dir", "{data}"),
            *("--password-file", "{secrets}/elastic_password"),
        ),
    ),
    Service(
        name="s3",
        title="S3",
        role="les objets : l'archive brute des récoltes",
        port=9000,
        scheme="http",
        data="s3-seaweedfs",
        # Every listener is named: the defaults bind elsewhere, answer without credentials
        # (filer HTTP, hence -disableHttp) or report usage (telemetry). The worker looks for the
        # administration gRPC at admin.port + 10000 whatever admin.port.grpc says.
        command=(
            *(
                "{bin}/weed",
                "-logtostderr=true",
                "mini",
                "-dir={data}",
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
            ),
            *("-s3.port={port}", "-s3.port.https={ports[tls]}", "-s3.port.grpc={ports[s3_grpc]}"),
            *("-s3.cert.file={secrets}/tls/cert.pem", "-s3.key.file={secrets}/tls/key.pem"),
            *("-s3.iam.readOnly=false", "-s3.config={run}/s3/identities.json"),
            *("-s3.port.iceberg=0", "-s3.port.lance=0"),
            *("-disableHttp", "-admin.ui=false", "-webdav=false", "-master.telemetry=false"),
            *(
                "-filer.localSocket=f.sock",
                "-s3.localSocket=s3.sock",
                "-master.volumeSizeLimitMB=64",
            ),
            *("-master.port={ports[master]}", "-master.port.grpc={ports[master_grpc]}"),
            *("-volume.port={ports[volume]}", "-volume.port.grpc={ports[volume_grpc]}"),
            "-volume.preStopSeconds=1",
            *("-filer.port={ports[filer]}", "-filer.port.grpc={ports[filer_grpc]}"),
            *("-admin.port={ports[admin]}", "-admin.port.grpc={ports[admin_grpc]}"),
        ),
        ports=(
            ("tls", 9443),
            *((name, 0) for name in ("s3_grpc", "master", "master_grpc", "volume")),
            *((name, 0) for name in ("volume_grpc", "filer", "filer_grpc", "admin", "admin_grpc")),
        ),
        env=(("GOMEMLIMIT", "300MiB"),),
        stop_seconds=15,
    ),
    Service(
        name="practice",
        title="Web d'entraînement",
        role="un journal et une boutique fictifs, à récolter sans gêner personne",
        port=8000,
        scheme="http",
        data="practice",
        command=("{python}", "-m", "lab.practice", "--host", "127.0.0.1", "--port", "{port}"),
    ),
    Service(
        name="notebook",
        title="JupyterLab",
        role="les notebooks du cours",
        port=8888,
        scheme="http",
        path="/lab",
        data="notebook",
        command=(
            "{python}",
            "-m",
            "jupyterlab",
            "--config={run}/jupyter/jupyter_server_config.json",
        ),
        needs=("mongo", "redis", "elasticsearch", "s3", "practice"),
    ),
)

STORES = ("mongo", "redis", "elasticsearch", "s3")
BY_NAME = {service.name: service for service in SERVICES}


def find(name: str) -> Service:
    """The service called `name`. Raises UnknownName, which lists the names."""
    try:
        return BY_NAME[name]
    except KeyError:
        raise UnknownName(
            f"Aucun service ne s'appelle « {name} ». Services : {', '.join(BY_NAME)}.",
            hint="./lab status",
        ) from None


def ordered(names: Iterable[str]) -> list[Service]:
    """The services of those names, each after what it needs when that is asked for too."""
    wanted = {find(name).name for name in names}
    return [service for service in SERVICES if service.name in wanted]
