from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from lab.runtimes.local.state import State, processes_of, sweep
from lab.settings import Paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    where = Paths(root=tmp_path, home=tmp_path / "mon labo é")
    where.ensure()
    return where


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"version": 2}', '{"pid": "12"}', '{"ports": []}', "null", "\x00\xff"],
)
def test_a_state_that_cannot_be_read_counts_as_empty(paths: Paths, text: str) -> None:
    (paths.run / "state.json").write_text(text)
    state = State.read(paths)
    assert state == State()
    assert not state.alive()


def test_round_trip(paths: Paths) -> None:
    state = State(pid=1, started=2.0, socket="s", ports={"redis": {"main": 6379}})
    state.write(paths)
    assert State.read(paths) == state


def test_a_reused_pid_is_not_our_supervisor() -> None:
    me = psutil.Process()
    assert State(pid=me.pid, started=me.create_time()).alive()
    assert not State(pid=me.pid, started=me.create_time() - 3600).alive()


def test_sweep_ends_this_labs_processes_and_no_other(paths: Paths, tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print('ready', flush=True); time.sleep(60)"
    )

    def start(home: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", stubborn],
            env={**os.environ, "LAB_INSTANCE": str(home)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    ours, theirs = start(paths.home), start(tmp_path / "another lab")
    try:
        assert [process.pid for process in processes_of(paths)] == [ours.pid]
        assert sweep(paths, patience=0.2) == 1
        ours.wait(5)  # psutil has reaped it: its code is lost, that it ended is not
        assert theirs.poll() is None
        assert sweep(paths) == 0
    finally:
        for process in (ours, theirs):
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
