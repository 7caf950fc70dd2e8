"""Run one notebook inside the student's sandbox; what it prints is only the student's word."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any


def main(words: list[str]) -> None:
    """``runner NOTEBOOK SECONDS_PER_CELL``: one JSON line at the end."""
    import asyncio

    path, limit = Path(words[0]), float(words[1])
    error = ""
    try:
        notebook = read(path)
        with tempfile.TemporaryDirectory(prefix="k-") as folder:
            asyncio.run(_execute(notebook, path.parent, f"{folder}/k", limit))
        error = first_error(notebook)
    except Exception as fault:
        words_of = {
            "CellTimeoutError": f"une cellule a dépassé {limit:.0f} secondes",
            "DeadKernelError": "le noyau Python s'est arrêté",
            "NotJSONError": "ce n'est pas un notebook",
        }
        error = words_of.get(type(fault).__name__, f"{type(fault).__name__} : {fault}"[:200])
    print(json.dumps({"error": error}))


def read(path: Path) -> Any:
    import nbformat

    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


async def _execute(notebook: Any, folder: Path, place: str, limit: float) -> None:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        transport="ipc",
        ip=place,
    )
    client = NotebookClient(
        notebook,
        timeout=limit,
        km=manager,
        allow_errors=True,
        interrupt_on_timeout=True,  # the next cells still run
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
    )
    await client.async_execute(cleanup_kc=True)


def first_error(notebook: Any) -> str:
    """Return ``cellule N : NameError: …`` for the first code cell that raised, or ""."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"cellule {number} : {output.ename}: {output.evalue}"[:200]
    return ""


if __name__ == "__main__":
    main(sys.argv[1:])
