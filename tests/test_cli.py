"""The command line without any service: words, exit codes, help, and what it costs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from lab.cli import cli

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.rst").read_text(encoding="utf-8")


def lab(*words: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lab", *words],
        env={**os.environ, "LAB_HOME": str(home), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_french_help_and_stands_in_the_readme(name: str) -> None:
    command = cli.commands[name]
    assert command.help
    assert re.search("[éèàçù’']|les |des |une? ", command.help), "help is for French readers"
    assert f"lab {name}" in README
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.opts}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ouvrir"], "Cette commande n'existe pas (ouvrir)."),
        (["up", "--vite"], "L'option --vite n'existe pas."),
        (["logs"], "Il manque l'argument"),
        (["logs", "oracle"], "Aucun service ne s'appelle « oracle »"),
        (["up", "--only", "oracle"], "Aucun service ne s'appelle « oracle »"),
        (["crawl"], "Donnez le nom d'un spider"),
        (["crawl", "gazette", "-a", "rubrique"], "n'est pas de la forme clé=valeur"),
        (["crawl", "gazette", "--pages", "0"], "Valeur refusée pour --pages"),
        (["crawl", "gazette", "--workers", "0"], "Valeur refusée pour --workers"),
        (["crawl", "gazette", "-s", "log_level=DEBUG"], "n'est pas un réglage de Scrapy"),
        (["crawl", "gazette", "--list"], "mais pas les deux"),
        (["open", "bilan"], "n’a encore laissé de bilan"),
        (["open", "frigo"], "choisissez parmi notebook, practice"),
        (["--engine", "vapeur", "status"], "choisissez parmi local, docker"),
        (["status", "trop"], "Il y a un argument de trop."),
    ],
)
def test_bad_words_get_one_french_sentence_and_a_next_command(
    words: list[str], said: str, tmp_path: Path
) -> None:
    done = lab(*words, home=tmp_path / "lab")
    assert done.returncode == 2, done
    assert said in done.stderr
    assert "→ ./lab" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    "words", [["env"], ["logs", "mongo"], ["open"], ["crawl", "gazette"], ["reindex"]]
)
def test_what_needs_a_running_lab_says_to_start_it(words: list[str], tmp_path: Path) -> None:
    done = lab("--engine", "local", *words, home=tmp_path / "lab")
    assert done.returncode == 3, done
    assert "→ ./lab up" in done.stderr
    assert done.stdout == ""


def test_status_json_of_a_lab_that_is_down_is_still_json(tmp_path: Path) -> None:
    done = lab("--engine", "local", "status", "--json", home=tmp_path / "lab")
    assert done.returncode == 3
    rows = json.loads(done.stdout)
    assert [row["name"] for row in rows] == [
        *("mongo", "redis", "elasticsearch", "s3", "practice", "notebook"),
    ]
    for row in rows:
        assert list(row) == ["name", "state", "url", "engine", "product", "real"]
        assert row["state"] == "stopped"


def test_down_without_anything_is_not_an_error(tmp_path: Path) -> None:
    for _ in range(2):
        done = lab("--engine", "local", "down", home=tmp_path / "lab")
        assert done.returncode == 0, done.stderr


def test_the_spiders_are_listed_without_a_running_lab(tmp_path: Path) -> None:
    done = lab("crawl", "--list", home=tmp_path / "lab")
    assert done.returncode == 0, done.stderr
    assert "gazette" in done.stdout
    cards = json.loads(lab("crawl", "--list", "--json", home=tmp_path / "lab").stdout)
    assert [card["name"] for card in cards] == sorted(card["name"] for card in cards)
    for card in cards:
        assert list(card) == ["name", "doc", "scenarios", "level"]
        assert card["doc"], f"{card['name']} : une phrase qui dit ce qu'il montre"
        assert 0 <= card["level"] <= 4


def test_doctor_json(tmp_path: Path) -> None:
    done = lab("doctor", "--json", home=tmp_path / "lab")
    findings = json.loads(done.stdout)
    assert {"python", "moteurs", "dossier", "disque", "mémoire", "ports", "docker"} <= {
        one["check"] for one in findings
    }
    for one in findings:
        assert list(one) == ["check", "level", "text", "fix"]
        assert one["level"] in ("ok", "warning", "error")
        assert one["level"] == "ok" or one["fix"], "a problem without its fix"
    assert done.returncode == (1 if any(one["level"] == "error" for one in findings) else 0)


def test_reset_without_an_answer_deletes_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "lab" / "data" / "mongo"
    kept.mkdir(parents=True)
    done = lab("--engine", "local", "reset", home=tmp_path / "lab")
    assert done.returncode == 1
    assert "→ ./lab reset --yes" in done.stderr
    assert kept.exists()


def test_reset_yes_deletes_data_and_keeps_the_workspace(tmp_path: Path) -> None:
    for name in ("data/mongo", "secrets", "workspace"):
        (tmp_path / "lab" / name).mkdir(parents=True)
    done = lab("--engine", "local", "reset", "--yes", home=tmp_path / "lab")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "lab" / "data").exists()
    assert not (tmp_path / "lab" / "secrets").exists()
    assert (tmp_path / "lab" / "workspace").exists()


def test_an_unexpected_error_keeps_its_traceback_for_the_teacher(tmp_path: Path) -> None:
    home = tmp_path / "lab"
    (home / "run").mkdir(parents=True)
    (home / "logs").mkdir()
    (home / "run" / "state.json").mkdir()  # a folder where a file should be
    done = lab("--engine", "local", "up", "--only", "redis", home=home)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr + done.stdout
    assert "→ ./lab" in done.stderr


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['lab', '--help']\n"
        "from lab.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'scrapy', 'pymongo', 'boto3', 'docker', 'rich', 'psutil', 'redis'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "HEAVY []"
