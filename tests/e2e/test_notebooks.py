"""Every notebook of the course runs from top to bottom on a running lab, twice in a row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from checkout import ROOT, SERVICES, Lab
from pymongo import MongoClient

SOURCES = sorted((ROOT / "course").glob("*/[0-9]*.py"))
NAMES = [path.relative_to(ROOT / "course").with_suffix("").as_posix() for path in SOURCES]

# What a correct run must show: a notebook that silently found nothing would pass otherwise.
SHOWN = {
    "Introduction/01_environnement": (
        *SERVICES,
        "MongoDB        : True",
        "S3             : True",
        "vu : True",
        "vus en tout : 1000",
        "1 ligne : ",
    ),
    "Scrapy/01_premier_spider": (
        "/gazette/admin/      interdit",
        "71 articles en tout",
        "71 fiches, autant qu'à la partie 3 : True",
        "'finish_reason': 'finished'",
        "1000 avant, 1000 après",
    ),
    "Mongo/01_documents": (
        "143 de sport",
        "refusé : code 11000",
        "passage 2 : inséré = None, trouvé = 1",
        "COLLSCAN\n1000 documents examinés pour 143 rendus",
        "FETCH ← IXSCAN\n143 documents examinés pour 143 rendus",
    ),
}


@pytest.fixture
def tidy_lab(running_lab: Lab) -> Iterator[Lab]:
    """`running_lab`, given back as it was: without the collections and files of the notebooks."""
    before = set(running_lab.root.glob("[A-Z]*/*"))
    yield running_lab
    for path in set(running_lab.root.glob("[A-Z]*/*")) - before:
        if path.is_file():
            path.unlink()
    with MongoClient(running_lab.env["MONGO_URL"]) as client:
        database = client.get_default_database()
        for name in database.list_collection_names():
            if name not in ("articles", "products"):
                database.drop_collection(name)


def run(lab: Lab, notebook: Path, result: Path) -> str:
    """Execute a notebook as its folder's kernel would; return all it printed.

    Fails on an exception, on a warning (anything on the error output) and on a skipped cell.
    """
    done = lab.run(
        [str(lab.root / ".venv/bin/jupyter-execute"), f"--output={result}", str(notebook)],
        timeout=180,
        env=lab.env,
    )
    assert done.returncode == 0, done.stderr
    printed = ""
    for cell in nbformat.read(result, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        assert cell.execution_count, f"cellule non exécutée :\n{cell.source}"
        for output in cell.outputs:
            assert output.get("name") != "stderr", f"{cell.source}\n{output.get('text')}"
            printed += output.get("text", "")
    return printed


def test_every_notebook_is_held() -> None:
    assert sorted(SHOWN) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_notebook_runs_twice(tidy_lab: Lab, tmp_path: Path, name: str) -> None:
    notebook = tidy_lab.root / f"{name}.ipynb"
    untouched = notebook.read_bytes()
    for passage in ("premier", "second"):
        printed = run(tidy_lab, notebook, tmp_path / f"{passage}.ipynb")
        for expected in SHOWN[name]:
            assert expected in printed, f"{passage} passage : {expected!r} absent de\n{printed}"
        for secret in ("mongo_password", "redis_password", "elastic_password", "s3_secret_key"):
            value = (tidy_lab.home / "secrets" / secret).read_text().strip()
            assert value not in printed, f"{secret} est affiché"
    assert notebook.read_bytes() == untouched
