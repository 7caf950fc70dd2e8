from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from lab.errors import ConfigurationMissing
from lab.settings import Endpoints, Paths, Secrets, contract, dotenv, load, write_private

ALL = Endpoints(
    mongo="127.0.0.1:1",
    redis="127.0.0.1:2",
    elasticsearch="127.0.0.1:3",
    s3="127.0.0.1:4",
    s3_tls="127.0.0.1:5",
    practice="127.0.0.1:6",
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    where = Paths(root=tmp_path, home=tmp_path / ".lab")
    where.ensure()
    return where


@pytest.fixture
def secrets(paths: Paths) -> Secrets:
    return Secrets.ensure(paths.secrets)


def values(paths: Paths, secrets: Secrets, endpoints: Endpoints = ALL) -> dict[str, str]:
    return contract(endpoints, secrets, files=paths.workspace, tmp=paths.tmp, environ={})


def test_secrets_are_random_private_and_made_once(paths: Paths, tmp_path: Path) -> None:
    first = Secrets.ensure(paths.secrets)
    assert Secrets.ensure(paths.secrets) == first
    assert Secrets.ensure(tmp_path / "other") != first
    assert mode(paths.secrets) == 0o700
    for name in Secrets.names():
        assert mode(paths.secrets / name) == 0o600
        assert len(getattr(first, name)) >= 20


def test_a_missing_secret_is_made_again_and_the_others_stay(paths: Paths, secrets: Secrets) -> None:
    (paths.secrets / "redis_password").write_text("")
    again = Secrets.ensure(paths.secrets)
    assert again.redis_password not in ("", secrets.redis_password)
    assert again.mongo_password == secrets.mongo_password


def test_no_secret_in_a_repr(paths: Paths, secrets: Secrets) -> None:
    write_private(paths.contract, dotenv(values(paths, secrets)))
    shown = f"{secrets!r} {secrets} {load(paths)!r} {load(paths)}"
    for name in Secrets.names():
        assert getattr(secrets, name) not in shown


def test_reading_absent_secrets_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationMissing) as caught:
        Secrets.read(tmp_path)
    assert caught.value.hint == "./lab up"


def test_precedence_environment_then_dotenv_then_engine(
    paths: Paths, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_private(paths.contract, dotenv(values(paths, secrets)))
    assert load(paths).practice_url == "http://127.0.0.1:6"
    (paths.root / ".env").write_text("PRACTICE_URL=http://dotenv\n")
    assert load(paths).practice_url == "http://dotenv"
    monkeypatch.setenv("PRACTICE_URL", "http://environment")
    assert load(paths).practice_url == "http://environment"


def test_settings_are_frozen_and_ask_for_what_is_missing(paths: Paths) -> None:
    settings = load(paths)
    with pytest.raises(ValidationError):
        settings.mongo_url = "x"  # type: ignore[misc]
    with pytest.raises(ConfigurationMissing, match="MONGO_URL"):
        settings.need("mongo_url")


def test_a_service_that_is_not_launched_exports_nothing(paths: Paths, secrets: Secrets) -> None:
    only_mongo = values(paths, secrets, Endpoints(mongo="127.0.0.1:1"))
    assert "MONGO_URL" in only_mongo
    assert not {"REDIS_URL", "AWS_ENDPOINT_URL", "AWS_S3_ENDPOINT", "PRACTICE_URL"} & {*only_mongo}


def test_mongo_url_carries_the_options_that_keep_writes(paths: Paths, secrets: Secrets) -> None:
    url = values(paths, secrets)["MONGO_URL"]
    assert "retryWrites=false" in url
    assert "journal=true" in url
    assert "/lab?" in url


def test_no_proxy_is_extended_never_replaced(paths: Paths, secrets: Secrets) -> None:
    inside = Endpoints(mongo="mongo:27017", s3="s3:9000")
    got = contract(
        inside,
        secrets,
        files=paths.workspace,
        tmp=paths.tmp,
        environ={"no_proxy": ".ecole.fr"},
    )
    assert got["no_proxy"] == got["NO_PROXY"] == ".ecole.fr,127.0.0.1,localhost,mongo,s3"


@pytest.mark.parametrize("value", ["l'été", "C:\\x", 'a "b" c', "a$HOME", "a#b ;c", "espace "])
def test_dotenv_round_trip(paths: Paths, value: str) -> None:
    write_private(paths.contract, dotenv({"WORKSPACE_FILES_PATH": value}))
    assert load(paths).workspace_files_path == value


def test_write_private_leaves_the_old_file_when_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write_private(path, "old")
    with pytest.raises(UnicodeEncodeError):  # fails in the middle, as a full disk would
        write_private(path, "new \ud800")
    assert path.read_text() == "old"
