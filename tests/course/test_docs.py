"""The documents are sound: valid, complete, and what they name exists."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import docutils.core
import docutils.nodes
import pytest
from docutils.utils import Reporter

from lab import __version__, catalogue
from lab.cli import cli
from lab.settings import Endpoints, Secrets, contract

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.rst").read_text(encoding="utf-8")
SKIPPED = {".venv", ".lab", "node_modules"}


def documents() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.rst"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.splitlines() or [str(p.relative_to(ROOT)) for p in ROOT.rglob("*.rst")]
    paths = [ROOT / name for name in names if not SKIPPED & set(Path(name).parts)]
    return sorted(path for path in paths if path.is_file())


DOCUMENTS = documents()
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]


def parse(path: Path) -> docutils.nodes.document:
    """The document's tree. Raises SystemMessage for anything docutils has to say about it."""
    return docutils.core.publish_doctree(
        path.read_text(encoding="utf-8"),
        source_path=str(path),
        settings_overrides={
            "report_level": Reporter.INFO_LEVEL,
            "halt_level": Reporter.WARNING_LEVEL,
            "input_encoding": "unicode",
            "file_insertion_enabled": False,
            "warning_stream": False,
        },
    )


def test_the_expected_documents_exist() -> None:
    expected = {
        "README.rst",
        "CONTRIBUTING.rst",
        "CHANGELOG.rst",
        "Introduction/README.rst",
        "Scrapy/README.rst",
        "Mongo/README.rst",
        "Evaluation/README.rst",
        "Evaluation/Projet/README.rst",
    }
    assert expected <= set(NAMES)


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_document_has_no_warning_and_no_dead_link(path: Path) -> None:
    tree = parse(path)
    html = docutils.core.publish_from_doctree(
        tree, writer="html5", settings_overrides={"embed_stylesheet": False, "stylesheet_path": ""}
    )
    assert b"system-message" not in html
    for reference in tree.findall(docutils.nodes.reference):
        uri = reference.get("refuri", "")
        if uri and "://" not in uri and not uri.startswith(("#", "mailto:")):
            assert (path.parent / uri).exists(), f"{uri} named in {path}"


def test_a_broken_document_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.rst"
    broken.write_text("Titre\n==\n\nUn `lien cassé`_.\n", encoding="utf-8")
    with pytest.raises(docutils.utils.SystemMessage):
        parse(broken)


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_is_in_the_readme(name: str) -> None:
    assert re.search(rf"^``\./lab {re.escape(name)}\b", README, re.MULTILINE), name


def test_the_readme_names_no_unknown_command() -> None:
    named = set(re.findall(r"\./lab ([a-z][a-z-]*)", README))
    assert named <= set(cli.commands)


def test_every_service_and_default_port_is_in_the_readme() -> None:
    for service in catalogue.SERVICES:
        assert re.search(rf"^``{service.name}`` +{service.port}\b", README, re.MULTILINE)
    assert "9443" in README


def test_every_check_of_doctor_has_an_entry() -> None:
    tree = ast.parse((ROOT / "src" / "lab" / "doctor.py").read_text(encoding="utf-8"))
    checks = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "Finding"
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(checks) >= 8
    for check in checks:
        assert re.search(rf"^{re.escape(str(check))}\n   \S", README, re.MULTILINE), check


def test_the_contract_is_in_the_readme(tmp_path: Path) -> None:
    names = list(Endpoints.__dataclass_fields__)
    values = contract(
        Endpoints(**dict.fromkeys(names, "127.0.0.1:1")),
        Secrets(*["x"] * len(Secrets.names())),
        files=tmp_path,
        tmp=tmp_path,
        ca_bundle=tmp_path,
        environ={},
    )
    same_as = {"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NO_PROXY"}
    missing = [name for name in values if name not in same_as and f"``{name}``" not in README]
    assert missing == []


def test_stable_outputs_are_documented() -> None:
    for field in ("name", "state", "url", "engine", "product", "real"):
        assert f'"{field}": ' in README
    for field in ("spider", "pages", "items", "seconds", "stored", "errors"):
        assert f'"{field}": ' in README


def test_habits_of_the_course_are_in_the_readme() -> None:
    for habit in (
        "docker-compose up -d",
        "docker compose up -d",
        "docker build -t image_drio .",
        'docker run -it -v "$PWD":/home/dev/code -p 127.0.0.1:8888:8888 image_drio',
        "pipenv install <bibliothèque>",
        "pipenv shell",
        "pip install -r requirements.txt",
        "git remote add basestream ",
        "git pull basestream master",
    ):
        assert habit in README, habit


def test_changelog_has_the_version() -> None:
    text = (ROOT / "CHANGELOG.rst").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(__version__)} ", text, re.MULTILINE)
