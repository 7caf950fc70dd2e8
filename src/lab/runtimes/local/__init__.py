"""The local engine: the services as supervised processes, without Docker and without root."""

from __future__ import annotations

import json
import os
import time
import xmlrpc.client
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Any

import psutil

from lab import catalogue, certificates
from lab.errors import NotRunning
from lab.runtimes.base import Report, Running
from lab.runtimes.local import configuration, engines, ports, supervision
from lab.runtimes.local.state import State, processes_of, sweep
from lab.settings import (
    LOOPBACK,
    Endpoints,
    Paths,
    Secrets,
    contract,
    dotenv,
    write_private,
)

# http://supervisord.org/subprocess.html#process-states → the words of lab.runtimes.base
STATES = {
    "RUNNING": "running",
    "STARTING": "starting",
    "BACKOFF": "starting",
    "STOPPING": "starting",
    "FATAL": "failed",
}


class LocalRuntime:
    """Services under one supervisord per checkout."""

    name = "local"

    def __init__(self, paths: Paths) -> None:
        self.paths = paths

    def up(self) -> bool:
        return State.read(self.paths).alive()

    def start(self, names: Sequence[str], report: Report) -> None:
        """Start services, on other ports than the usual ones when those are taken."""
        with ports.turn(report):
            fresh = self._start(names, report)
            if fresh:
                report(f"en attente de {', '.join(one.service.name for one in fresh)}")
            ports.until_taken(fresh)

    def _start(self, names: Sequence[str], report: Report) -> list[catalogue.Instance]:
        """Start services; return those that were not running."""
        engines.require({*names})
        self.paths.ensure()
        secrets = Secrets.ensure(self.paths.secrets)
        certificates.ensure(self.paths.secrets / "tls")
        state = State.read(self.paths)
        alive = state.alive()
        if not alive:
            sweep(self.paths)  # what a supervisor killed with -9 may have left
        launched = self._launched(state) if alive else []
        wanted = [name for name in catalogue.BY_NAME if name in {*names, *launched}]
        services = catalogue.ordered(wanted)
        instances = ports.allocate(services, state.ports, launched)
        fresh = {name: one for name, one in instances.items() if name not in launched}
        configuration.write_all(self.paths, fresh, secrets)
        if "mongo" in fresh:
            report("MongoDB : création de l'utilisateur")
            from lab.runtimes.local.mongo_users import ensure_user

            data = self.paths.data / fresh["mongo"].service.data
            ensure_user(self.paths, data, secrets.mongo_password)
        self._write_records(instances, secrets)
        if not alive:
            report("démarrage du superviseur")
            supervision.write_configuration(self.paths, catalogue.SERVICES)
            environment = {**os.environ, **configuration.base_environment(self.paths)}
            fresh_state = supervision.spawn(self.paths, environment)
            fresh_state.ports = state.ports
            state = fresh_state
        state.ports |= {name: {"main": i.port, **i.ports} for name, i in instances.items()}
        state.write(self.paths)
        self._start_programs(state, fresh, report)
        return list(fresh.values())

    def _write_records(self, instances: dict[str, catalogue.Instance], secrets: Secrets) -> None:
        """Write the contract and the launch records of every service that is or will be up."""
        bundle = certificates.write_bundle(
            self.paths.secrets / "tls" / "ca.pem", self.paths.run / "ca-bundle.pem"
        )
        known = {name: {"main": i.port, **i.ports} for name, i in instances.items()}
        values = contract(
            _endpoints(known),
            secrets,
            files=self.paths.workspace,
            tmp=self.paths.tmp,
            ca_bundle=bundle,
        )
        write_private(self.paths.contract, dotenv(values))
        records = {
            name: configuration.service_record(self.paths, instance, values)
            for name, instance in instances.items()
        }
        write_private(self.paths.run / "services.json", json.dumps(records))

    def _start_programs(
        self, state: State, fresh: dict[str, catalogue.Instance], report: Report
    ) -> None:
        with supervision.remote(Path(state.socket)) as rpc:
            for name, instance in fresh.items():
                report(f"{instance.service.title} : démarrage")
                # wait=False: the probes, not the supervisor, say when a service is ready.
                with suppress(xmlrpc.client.Fault):  # ALREADY_STARTED
                    rpc.startProcess(name, False)

    def stop(self, report: Report) -> None:
        state = State.read(self.paths)
        if state.alive():
            report("arrêt des services")
            supervisor = psutil.Process(state.pid)
            with (
                suppress(OSError, xmlrpc.client.Error),
                supervision.remote(Path(state.socket)) as rpc,
            ):
                rpc.stopAllProcesses(False)  # all at once: shutdown alone takes them in turn
                rpc.shutdown()
            longest = max(service.stop_seconds for service in catalogue.SERVICES)
            with suppress(psutil.TimeoutExpired):
                supervisor.wait(longest + 10)
        sweep(self.paths)
        for port in state.ports.get("s3", {}).values():
            _forget_sockets(port)
        if state.socket:
            socket_path = Path(state.socket)
            socket_path.unlink(missing_ok=True)
            if socket_path.parent != self.paths.run:
                with suppress(OSError):
                    socket_path.parent.rmdir()
        self.paths.contract.unlink(missing_ok=True)
        if state.pid:
            # Ports are remembered: bookmarks of the student stay good.
            State(ports=state.ports).write(self.paths)

    def running(self) -> list[Running]:
        state = State.read(self.paths)
        info = {row["name"]: row for row in self._info(state)} if state.alive() else {}
        rows = []
        for service in catalogue.SERVICES:
            row = info.get(service.name, {})
            word = STATES.get(str(row.get("statename", "")), "stopped")
            port = state.ports.get(service.name, {}).get("main", 0)
            url = f"{service.scheme}://{LOOPBACK}:{port}{service.path}" if port else ""
            detail = str(row.get("spawnerr", "")) if word == "failed" else ""
            rows.append(Running(service.name, word, "" if word == "stopped" else url, detail))
        return rows

    def _info(self, state: State) -> list[dict[str, Any]]:
        try:
            with supervision.remote(Path(state.socket), timeout=10) as rpc:
                rows: list[dict[str, Any]] = rpc.getAllProcessInfo()
        except (OSError, xmlrpc.client.Error):
            return []
        return rows

    def _launched(self, state: State) -> list[str]:
        live = {"RUNNING", "STARTING", "BACKOFF"}
        return [row["name"] for row in self._info(state) if row["statename"] in live]

    def endpoints(self) -> Endpoints:
        state = State.read(self.paths)
        launched = self._launched(state) if state.alive() else []
        return _endpoints({name: state.ports[name] for name in launched if name in state.ports})

    def secrets(self) -> Secrets:
        return Secrets.read(self.paths.secrets)

    def logs(self, name: str, *, follow: bool, lines: int) -> Iterator[str]:
        path = self.paths.logs / f"{catalogue.find(name).name}.log"
        if not path.exists():
            raise NotRunning(f"Le service « {name} » n'a encore rien écrit.", hint="./lab up")
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from file.readlines()[-lines:]
            while follow:
                line = file.readline()
                if line:
                    yield line
                    continue
                if path.stat().st_size < file.tell():  # rotated
                    file.seek(0)
                time.sleep(0.2)

    def erase(self, report: Report) -> None:
        report("suppression des données et des mots de passe")
        paths = self.paths
        data = (paths.data, paths.dead_letters, paths.reports)
        for folder in (*data, paths.secrets, paths.run, paths.logs, paths.cache):
            if folder.exists():
                rmtree(folder)

    def leftovers(self) -> list[psutil.Process]:
        """Processes of this lab that live though the engine is down."""
        return [] if self.up() else processes_of(self.paths)


def _forget_sockets(port: int) -> None:
    """Remove what the object store leaves in /tmp, a folder its gRPC parts do not let us choose."""
    for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108
        if path.stat().st_uid == os.getuid():
            path.unlink(missing_ok=True)


def _endpoints(known: dict[str, dict[str, int]]) -> Endpoints:
    def at(name: str, key: str = "main") -> str:
        port = known.get(name, {}).get(key)
        return f"{LOOPBACK}:{port}" if port else ""

    return Endpoints(
        mongo=at("mongo"),
        redis=at("redis"),
        elasticsearch=at("elasticsearch"),
        s3=at("s3"),
        s3_tls=at("s3", "tls"),
        practice=at("practice"),
    )
