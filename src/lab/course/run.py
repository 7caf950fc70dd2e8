"""Execute notebooks, each in a fresh kernel, and collect what their checks said."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.exercises.result import Result, Status
from lab.exercises.session import REPORT

CELL_LIMIT = 120.0  # seconds for one cell


@dataclass
class Run:
    """How one notebook went: its checks in order, and the first cell that raised, if any."""

    notebook: Path
    results: list[Result] = field(default_factory=list)
    durations: list[float] = field(default_factory=list)  # seconds of each check, in order
    error: str = ""  # "cellule 12 : NameError: …", or why the kernel stopped
    warnings: list[str] = field(default_factory=list)  # what was written on the error output
    seconds: float = 0.0
    executed: Any = None  # the notebook with its outputs (nbformat)


def execute(
    notebook: Any, path: Path, environment: Mapping[str, str], *, limit: float = CELL_LIMIT
) -> Run:
    """Run every cell of `notebook` (nbformat) in the folder of `path`.

    A cell that raises does not stop the run: a student's one mistake hides no other answer.
    `limit`: seconds for one cell, after which the kernel is interrupted.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    run = Run(path, executed=notebook)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lab-check-") as folder:
        report = Path(folder) / "report.jsonl"
        variables = {**os.environ, **environment, REPORT: str(report)}
        try:
            asyncio.run(_execute(notebook, path.parent, variables, f"{folder}/k", limit))
        except CellTimeoutError:
            run.error = f"une cellule a dépassé {limit:.0f} secondes"
        except DeadKernelError:
            run.error = "le noyau Python s'est arrêté"
        run.results, run.durations = read(report)
    run.seconds = time.monotonic() - start
    run.error = run.error or first_error(notebook)
    run.warnings = [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    return run


async def _execute(
    notebook: Any, folder: Path, environment: Mapping[str, str], socket: str, limit: float
) -> None:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    # A socket of this user alone rather than TCP ports; this very Python, whichever kernels the
    # user has installed elsewhere.
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        transport="ipc",
        ip=socket,
    )
    client = NotebookClient(
        notebook,
        timeout=limit,
        km=manager,
        allow_errors=True,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
    )
    # cleanup_kc: the manager is ours, yet nothing of it is used afterwards.
    await client.async_execute(cleanup_kc=True, env=dict(environment), stderr=subprocess.DEVNULL)


def read(report: Path) -> tuple[list[Result], list[float]]:
    """Return the results a report holds, in order, and how many seconds each check took."""
    if not report.exists():
        return [], []
    lines = report.read_text(encoding="utf-8").split("\n")
    entries = [json.loads(line) for line in lines if line]
    results = [Result(e["exercise"], Status(e["status"]), e["message"]) for e in entries]
    return results, [e["seconds"] for e in entries]


def first_error(notebook: Any) -> str:
    """Return ``cellule N : NameError: …`` for the first code cell that raised, or ""."""
    number = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        number += 1
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"cellule {number} : {output.ename}: {output.evalue}"[:200]
    return ""
