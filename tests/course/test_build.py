"""The notebooks that students open are exactly what course/build.py makes of the sources."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("course_build", ROOT / "course" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_notebooks_are_fresh(builder: ModuleType) -> None:
    assert [str(path.relative_to(ROOT)) for path in builder.stale()] == []


def test_no_notebook_without_a_source(builder: ModuleType) -> None:
    made = {builder.target(source) for source in builder.sources()}
    found = {path for name in builder.CHAPTERS for path in (ROOT / name).glob("*.ipynb")}
    assert found == made
    assert len(made) >= 3


def test_check_tells_a_stale_notebook(builder: ModuleType, tmp_path: Path) -> None:
    for source in [*builder.sources(), ROOT / "course" / "build.py"]:
        copy = tmp_path / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
    command = [sys.executable, str(tmp_path / "course" / "build.py")]

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)

    assert check().returncode == 1, "nothing is built yet"
    subprocess.run(command, check=True, capture_output=True)
    assert check().returncode == 0
    notebook = tmp_path / "Mongo" / "01_documents.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8") + " ", encoding="utf-8")
    done = check()
    assert done.returncode == 1
    assert "Mongo/01_documents.ipynb" in done.stderr


def test_notebooks_are_ready_for_a_student(builder: ModuleType) -> None:
    for source in builder.sources():
        notebook = nbformat.read(builder.target(source), as_version=4)
        nbformat.validate(notebook)
        assert notebook.metadata.kernelspec.name == "python3"
        codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(not cell.outputs and cell.execution_count is None for cell in codes)
        identities = [cell.id for cell in notebook.cells]
        assert len(set(identities)) == len(identities)
        exercises = [cell for cell in codes if "exercice" in cell.metadata.get("tags", [])]
        assert len(exercises) >= 4, source
        assert all(cell.source == "reponse = ..." for cell in exercises)


def test_no_address_is_written_in_a_notebook(builder: ModuleType) -> None:
    for source in builder.sources():
        text = source.read_text(encoding="utf-8")
        for address in ("localhost", "127.0.0.1", "mongodb://", ":27017", ":6379", ":9200"):
            assert address not in text, f"{address} in {source}"


def test_code_is_valid_python(builder: ModuleType) -> None:
    for source in builder.sources():
        for cell in nbformat.read(builder.target(source), as_version=4).cells:
            if cell.cell_type == "code":
                code = cell.source.partition("\n")[2] if cell.source[:2] == "%%" else cell.source
                ast.parse(code)


def test_french_typography_spares_code(builder: ModuleType) -> None:
    text = "Alors : `a : b` « oui » ?\n```\nx : y\n```\nFin !"
    nbsp = "\N{NO-BREAK SPACE}"
    expected = f"Alors{nbsp}: `a : b` «{nbsp}oui{nbsp}»{nbsp}?\n```\nx : y\n```\nFin{nbsp}!"
    assert builder.typeset(text) == expected


def test_links_lead_to_files(builder: ModuleType) -> None:
    ordered = builder.sources()
    for source in ordered:
        bar = builder.links(source, ordered)
        for part in bar.split("](")[1:]:
            path = builder.target(source).parent / part.partition(")")[0]
            assert path.exists(), f"{path} linked from {source}"


def test_an_id_survives_a_cell_inserted_before(builder: ModuleType, tmp_path: Path) -> None:
    source = builder.sources()[0]
    text = source.read_text(encoding="utf-8")
    before = {c.id for c in nbformat.reads(builder.build(source, [source]), as_version=4).cells}
    head, mark, rest = text.partition("# %%\n")
    try:
        builder.COURSE, kept = tmp_path, builder.COURSE
        longer = tmp_path / source.relative_to(kept)
        longer.parent.mkdir()
        longer.write_text(f"{head}# %%\nnouvelle = 1\n\n{mark}{rest}", encoding="utf-8")
        after = {c.id for c in nbformat.reads(builder.build(longer, [longer]), as_version=4).cells}
    finally:
        builder.COURSE = kept
    assert before < after
    assert len(after - before) == 1
