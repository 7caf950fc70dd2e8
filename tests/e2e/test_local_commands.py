"""The README's commands on a fresh checkout: what they print, return, store and leave alone."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from checkout import ROOT, SERVICES, Lab, complains, finish, git, in_time, told_cleanly
from contents import ARTICLES, PRODUCTS, assert_answer_key, opened
from redis import Redis

CLIENTS = sorted((ROOT / "tests" / "clients").glob("*_client.py"))


def test_first_up_shows_steps_a_table_and_the_notebook_link(running_lab: Lab) -> None:
    first = running_lab.first_up
    assert first is not None
    told_cleanly(first)
    for step in ("Environnement prêt", "S3 : démarrage", "première récolte : boutique"):
        assert step in first.stderr
    for name in SERVICES:
        assert re.search(rf"^{name} +● (en )?marche", first.stdout, re.MULTILINE), name
    assert f"{ARTICLES + PRODUCTS:,} documents".replace(",", " ") in first.stdout
    assert "MongoDB-compatible" in first.stdout
    token = (running_lab.home / "secrets" / "notebook_token").read_text()
    assert re.search(rf"http://127\.0\.0\.1:\d+/lab\?token={token}$", first.stdout, re.MULTILINE)


def test_status_json_lists_every_service_healthy(running_lab: Lab) -> None:
    done = running_lab.lab("status", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert sorted(row["name"] for row in rows) == sorted(SERVICES)
    for row in rows:
        assert list(row) == ["name", "state", "url", "engine", "product", "real"]
        assert (row["state"], row["engine"]) == ("healthy", "local")
        assert "127.0.0.1:" in row["url"]
        assert row["product"]
        assert isinstance(row["real"], bool)
    compatible = {row["name"] for row in rows if not row["real"]}
    assert compatible == {"mongo", "elasticsearch", "s3"}


def test_status_table(running_lab: Lab) -> None:
    done = running_lab.lab("status")
    assert done.returncode == 0
    assert all(name in done.stdout for name in SERVICES)
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_env_is_the_environment_contract(running_lab: Lab) -> None:
    env = running_lab.env
    assert set(env) >= {
        *("MONGO_URL", "REDIS_URL", "ELASTICSEARCH_URL", "PRACTICE_URL", "LAB_BUCKET"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"),
        *("AWS_ENDPOINT_URL", "AWS_S3_ENDPOINT", "AWS_CA_BUNDLE"),
        *("WORKSPACE_FILES_PATH", "WORKSPACE_TMP_PATH"),
    }
    assert "/lab?" in env["MONGO_URL"]
    assert Path(env["AWS_CA_BUNDLE"]).is_file()
    assert Path(env["WORKSPACE_FILES_PATH"]).is_dir()
    assert Path(env["WORKSPACE_TMP_PATH"]).is_dir()


@pytest.mark.parametrize("script", CLIENTS, ids=lambda path: path.stem)
def test_plain_client_reads_the_crawl_through_eval_lab_env(running_lab: Lab, script: Path) -> None:
    line = 'eval "$(./lab env)" && exec .venv/bin/python "$0"'
    done = running_lab.run(["sh", "-c", line, str(script)])
    assert done.returncode == 0, done.stdout + done.stderr
    told_cleanly(done)
    seen = json.loads(done.stdout)
    counts = seen.get("lines") or seen["counts"]
    assert sorted(counts.values()) == [PRODUCTS, ARTICLES]


def test_four_client_scripts_exist() -> None:
    assert len(CLIENTS) == 4


@pytest.mark.parametrize("spider", ["gazette", "boutique"])
def test_the_first_crawl_equals_the_answer_key(running_lab: Lab, spider: str) -> None:
    with opened(running_lab.env) as stores:
        assert_answer_key(stores, spider)


@pytest.mark.parametrize(("spider", "items"), [("gazette", ARTICLES), ("boutique", PRODUCTS)])
def test_a_second_crawl_stores_nothing_twice(running_lab: Lab, spider: str, items: int) -> None:
    with opened(running_lab.env) as stores:
        before = stores.counts(spider)
        done = running_lab.lab("crawl", spider, "--json")
        after = stores.counts(spider)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert list(report) == ["spider", "pages", "items", "seconds", "stored", "errors"]
    assert report["pages"] > report["items"] == items
    assert report["seconds"] > 0
    assert report["errors"] == 0
    assert report["stored"] == dict.fromkeys(("mongo", "elasticsearch", "redis", "s3"), items)
    assert before == after
    assert after["lines"] == items


def test_crawl_takes_pages_and_arguments(running_lab: Lab) -> None:
    done = running_lab.lab("crawl", "gazette", "--pages", "12", "-a", "rubrique=sport")
    assert done.returncode == 0, done.stderr
    told_cleanly(done)
    found = re.search(r"gazette : (\d+) pages, (\d+) fiches", done.stdout)
    assert found
    assert 0 < int(found[1]) <= 12


def test_a_crawl_leaves_a_report_and_strict_minds_its_warnings(running_lab: Lab) -> None:
    asked = ("crawl", "gazette", "--pages", "40", "--json")
    rule = ("-s", 'LAB_COVERAGE={"articles/authors": 1.01}')  # cannot be met
    done = running_lab.lab(*asked, *rule)
    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)) == [
        *("spider", "pages", "items", "seconds", "stored", "errors")
    ]
    assert "Attention, articles : le champ authors n’est rempli que dans 100 %" in done.stderr
    told = running_lab.lab("open", "bilan", env={"DISPLAY": ""})
    report = Path(unquote(urlsplit(told.stdout.strip()).path))
    assert "le champ authors n’est rempli que" in report.read_text(encoding="utf-8")
    with opened(running_lab.env) as stores:
        kept = stores.s3.list_objects_v2(Bucket="lab", Prefix=f"reports/gazette/{report.stem}")
        assert kept["KeyCount"] == 2
    complains(running_lab.lab(*asked, *rule, "--strict"), 1)


def test_replay_says_that_nothing_waits(running_lab: Lab) -> None:
    done = running_lab.lab("crawl", "--replay")
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert "Rien n'attendait" in done.stdout


def test_reindex_restores_an_index_deleted_by_hand(running_lab: Lab) -> None:
    with opened(running_lab.env) as stores:
        for index in stores.search.get("/products").json():
            stores.search.delete(f"/{index}").raise_for_status()
        assert stores.indexed("boutique") == set()
        done = running_lab.lab("reindex", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"articles": ARTICLES, "products": PRODUCTS}
        assert_answer_key(stores, "boutique")
        assert_answer_key(stores, "gazette")


@pytest.mark.parametrize("name", SERVICES)
def test_logs_of_every_service(running_lab: Lab, name: str) -> None:
    done = running_lab.lab("logs", name, "-n", "3")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) <= 3


def test_logs_follow_until_ctrl_c(running_lab: Lab) -> None:
    following = running_lab.start("logs", "notebook", "-f", "-n", "1")
    assert following.stdout is not None
    first = following.stdout.readline()
    os.killpg(following.pid, signal.SIGINT)
    done = finish(following, 20)
    assert first
    assert done.returncode in (0, 130)
    told_cleanly(done)


@pytest.mark.parametrize("what", ["notebook", "practice"])
def test_open_prints_the_link_and_gives_it_to_the_browser(
    running_lab: Lab, tmp_path: Path, what: str
) -> None:
    opener, asked = tmp_path / "xdg-open", tmp_path / "asked"
    opener.write_text(f'#!/bin/sh\nprintf "%s" "$1" > "{asked}"\n')
    opener.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{running_lab.environ['PATH']}"
    done = running_lab.lab("open", what, env={"PATH": path, "DISPLAY": ":0"})
    assert done.returncode == 0, done.stderr
    link = done.stdout.strip()
    assert link.startswith("http://127.0.0.1:")
    assert ("token=" in link) is (what == "notebook")
    in_time(
        "le navigateur reçoit le lien", 10, lambda: asked.exists() and asked.read_text() == link
    )


def test_open_without_a_screen_prints_the_link(running_lab: Lab) -> None:
    done = running_lab.lab("open")
    assert done.returncode == 0, done.stderr
    assert "/lab?token=" in done.stdout


def test_doctor(running_lab: Lab) -> None:
    done = running_lab.lab("doctor", "--json")
    findings = json.loads(done.stdout)
    for one in findings:
        assert list(one) == ["check", "level", "text", "fix"]
        assert one["level"] in ("ok", "warning", "error")
        assert one["level"] == "ok" or one["fix"], "chaque ennui a son remède"
    checks = {one["check"] for one in findings}
    assert checks >= {"python", "moteurs", "disque", "mémoire", "ports", "docker"}
    errors = [one for one in findings if one["level"] == "error"]
    assert done.returncode == (1 if errors else 0)
    assert [one for one in errors if one["check"] != "disque"] == []
    spoken = running_lab.lab("doctor")
    told_cleanly(spoken)
    assert spoken.returncode == done.returncode
    assert all(f"{one['check']} : " in spoken.stdout for one in findings)


def test_second_up_leaves_everything_alone(running_lab: Lab) -> None:
    before = {name: running_lab.pid(name) for name in SERVICES}
    done = running_lab.lab("up")
    assert done.returncode == 0, done.stderr
    assert {name: running_lab.pid(name) for name in SERVICES} == before
    assert "récolte" not in done.stderr, "les bases sont déjà pleines"
    assert "bibliothèques" not in done.stderr, "l'installation est déjà faite"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["logs", "mysql"], "mysql"),
        (["up", "--only", "mysql"], "mysql"),
        (["crawl", "inconnu"], "inconnu"),
        (["crawl"], "spider"),
        (["crawl", "gazette", "--replay"], "pas les deux"),
        (["crawl", "gazette", "--page", "3"], "--page"),
        (["crawl", "gazette", "--pages", "zéro"], "--pages"),
        (["crawl", "gazette", "-a", "rubrique"], "clé=valeur"),
        (["status", "--jason"], "--jason"),
        (["open", "mongo"], "notebook"),
        (["logs"], "argument"),
        (["demarre"], "demarre"),
        (["down", "tout"], "de trop"),
        (["--engine", "podman", "status"], "docker"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_word_is_told_in_french(running_lab: Lab, words: list[str], told: str) -> None:
    done = running_lab.lab(*words)
    said = complains(done, 2)
    assert told in said
    assert done.stdout == ""
    assert not re.search(r"\b(No such|Invalid|Missing|Usage|Try|unexpected|required)\b", said)


def test_the_checkout_stays_clean(running_lab: Lab) -> None:
    """After up, crawls, reindex… git sees nothing new; `.lab/` is private."""
    assert git(running_lab.root, "status", "--porcelain") == ""
    assert stat.S_IMODE(running_lab.home.stat().st_mode) == 0o700


def test_only_mongo_then_the_rest_then_twice_down(other_lab: Lab) -> None:
    assert complains(other_lab.lab("status"), 3)
    assert complains(other_lab.lab("env"), 3)
    assert complains(other_lab.lab("crawl", "gazette"), 3)
    assert complains(other_lab.lab("open"), 3)
    done = other_lab.lab("up", "--only", "mongo")
    assert done.returncode == 0, done.stderr
    states = {name: row["state"] for name, row in other_lab.status().items()}
    assert states == {name: "healthy" if name == "mongo" else "stopped" for name in SERVICES}
    env = other_lab.env
    assert "MONGO_URL" in env
    assert "REDIS_URL" not in env
    complains(other_lab.lab("crawl", "gazette", "--pages", "2"), 3)
    mongo = other_lab.pid("mongo")

    done = other_lab.lab("up", "--only", "redis,s3", "--only", "practice", "--no-crawl")
    assert done.returncode == 0, done.stderr
    assert other_lab.pid("mongo") == mongo, "ce qui tournait n'a pas bougé"
    healthy = {name for name, row in other_lab.status().items() if row["state"] == "healthy"}
    assert healthy == {"mongo", "redis", "s3", "practice"}

    for _ in range(2):
        done = other_lab.lab("down")
        assert done.returncode == 0, done.stderr
        assert other_lab.processes() == []
    complains(other_lab.lab("status"), 3)


def test_data_and_ports_survive_down_and_only_reset_deletes(other_lab: Lab) -> None:
    some = ("up", "--only", "redis")

    def kept(env: dict[str, str]) -> str:
        with Redis.from_url(env["REDIS_URL"], decode_responses=True) as client:
            return str(client.get("gardé"))

    assert other_lab.lab(*some).returncode == 0
    env = other_lab.env
    complains(other_lab.lab("reset", "--yes"), 4)  # running
    with Redis.from_url(env["REDIS_URL"]) as client:
        client.set("gardé", "oui")

    assert other_lab.lab("down").returncode == 0
    complains(other_lab.lab("reset"), 1)  # nobody to answer
    refused = other_lab.lab("reset", text_in="non\n")
    assert refused.returncode == 0
    assert "Rien n'a été effacé" in refused.stdout
    assert other_lab.lab(*some).returncode == 0
    assert other_lab.env["REDIS_URL"] == env["REDIS_URL"], "même port, même mot de passe"
    assert kept(env) == "oui"

    assert other_lab.lab("down").returncode == 0
    (other_lab.home / "reports").mkdir(exist_ok=True)
    erased = other_lab.lab("reset", text_in="oui\n")
    assert erased.returncode == 0, erased.stderr
    assert str(other_lab.home) in erased.stdout
    kept_folders = {path.name for path in other_lab.home.iterdir() if path.is_dir()}
    assert kept_folders == {"tmp", "workspace"}
    assert other_lab.lab(*some).returncode == 0
    again = other_lab.env
    assert again["REDIS_URL"] != env["REDIS_URL"]
    assert kept(again) == "None"


def test_a_relative_lab_home_is_understood(running_lab: Lab, other_lab: Lab) -> None:
    relative = os.path.relpath(other_lab.home, running_lab.root)
    done = other_lab.lab("up", "--only", "redis", env={"LAB_HOME": relative})
    assert done.returncode == 0, done.stderr
    assert other_lab.status()["redis"]["state"] == "healthy"
