"""`docker compose up -d --wait` on the real file: what a student with Docker gets."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from docker_stack import ONE_SHOTS, Stack, get

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
LASTING = ("mongo", "redis", "elasticsearch", "s3", "s3-tls", "practice", "notebook")
ITEMS = {"articles": 1000, "products": 300}


def test_everything_is_healthy_after_up(stack: Stack) -> None:
    stack.wait_healthy(60)  # the tests before this one may have restarted something
    rows = stack.rows()
    assert {name for name in rows if name not in ONE_SHOTS} == set(LASTING)
    for name, row in rows.items():
        if name in ONE_SHOTS:
            assert (row["State"], row["ExitCode"]) == ("exited", 0), row
        else:
            assert row["Health"] == "healthy", row
    assert stack.seconds < 150


def test_plain_clients_read_what_was_crawled(stack: Stack) -> None:
    printed = stack.clients()
    assert printed["mongo"]["counts"] == ITEMS
    assert printed["elasticsearch"]["counts"] == ITEMS
    assert list(printed["redis"]["counts"].values()) == list(ITEMS.values())
    assert list(printed["s3"]["lines"].values()) == list(ITEMS.values())
    assert printed["s3"]["tls_same"] is True


def test_no_store_answers_without_credentials(stack: Stack) -> None:
    import pymongo
    import redis
    from pymongo.errors import OperationFailure

    with pymongo.MongoClient("127.0.0.1", stack.ports["MONGO"], directConnection=True) as client:
        with pytest.raises(OperationFailure):
            client.lab.articles.find_one()
        with pytest.raises(OperationFailure):
            client.list_database_names()
    with (
        redis.Redis("127.0.0.1", stack.ports["REDIS"]) as cache,
        pytest.raises(redis.AuthenticationError),
    ):
        cache.dbsize()
    assert get(f"http://127.0.0.1:{stack.ports['ELASTICSEARCH']}/articles/_search")[0] == 401
    assert get(f"http://127.0.0.1:{stack.ports['S3']}/lab?list-type=2")[0] == 403
    assert get(f"http://127.0.0.1:{stack.ports['NOTEBOOK']}/api/contents")[0] == 403


def test_the_authority_is_needed_for_tls(stack: Stack) -> None:
    """The certificate is checked: without our authority, the listener is not trusted."""
    import ssl
    import urllib.error
    import urllib.request

    url = f"https://127.0.0.1:{stack.ports['S3_TLS']}/"
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(url, timeout=5, context=ssl.create_default_context())
    context = ssl.create_default_context(cafile=stack.contract()["AWS_CA_BUNDLE"])
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url, timeout=5, context=context)
    with refused.value as reply:  # trusted, then refused for want of credentials
        assert reply.code == 403


def test_ports_are_published_on_the_loopback_only(stack: Stack) -> None:
    addresses = set()
    for one in stack.inspect().values():
        for bindings in (one["HostConfig"]["PortBindings"] or {}).values():
            addresses |= {binding["HostIp"] for binding in bindings}
    assert addresses == {"127.0.0.1"}
    sockets = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout
    for port in stack.ports.values():
        listening = re.findall(rf"(\S+):{port} ", sockets)
        assert set(listening) <= {"127.0.0.1"}, (port, listening)


def test_no_password_in_inspect_nor_on_a_command_line(stack: Stack) -> None:
    shown = json.dumps(stack.inspect())
    for service in LASTING:
        shown += stack.compose("top", service).stdout
    deadline = time.monotonic() + 12  # long enough to see each health check run
    while time.monotonic() < deadline:
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                shown += entry.read_text(errors="replace")
            except OSError:
                continue
        time.sleep(0.05)
    assert not [password for password in stack.passwords() if password in shown]


def test_each_secret_file_is_for_its_service_alone(stack: Stack) -> None:
    # Root without capabilities sees what any other user sees: nothing but its own (s3's).
    script = "find /run/lab -type f -exec stat -c '%a %u %n' {} +"
    options = ("run", "--rm", "-T", "--no-deps", "--user", "0:0", "--entrypoint", "sh")
    listed = stack.compose(*options, "practice", "-c", script, check=False)
    own = {"400 0 /run/lab/s3/access_key", "400 0 /run/lab/s3/secret_key"}
    assert set(listed.stdout.splitlines()) == own
    refused = set(re.findall(r"/run/lab/([\w-]+).*Permission denied", listed.stderr))
    assert refused >= {"secrets", "mongo", "redis", "elasticsearch", "s3-tls", "kibana"}
    script = "cat /run/lab/mongo/password || echo refused"
    read = stack.compose("exec", "-T", "notebook", "sh", "-c", script)
    assert read.stdout.strip() == "refused"


def test_the_notebook_is_ordinary_french_and_writes_the_students_files(stack: Stack) -> None:
    script = (
        "id -u; touch /home/dev/code/écrit && stat -c %u /home/dev/code/écrit;"
        " python -c 'import lab.workspace; print(lab.__file__)'; cat"
        " /usr/local/share/jupyter/lab/settings/overrides.json"
    )
    shown = stack.compose("exec", "-T", "notebook", "bash", "-c", script).stdout
    assert shown.split()[:3] == ["1000", "1000", "/opt/lab/src/lab/__init__.py"]
    assert (stack.folder / "écrit").stat().st_uid == 1000
    assert "fr_FR" in shown
    link = re.search(
        r"http://127\.0\.0\.1:\d+/lab\?token=\w+", stack.compose("logs", "notebook").stdout
    )
    assert link, "the log gives no link"
    status, page = get(link[0])
    assert status == 200
    assert b"jupyter" in page.lower()
    assert get(link[0].replace("/lab?", "/api/contents?"))[0] == 200


def test_a_terminal_of_the_notebook_has_the_contract(stack: Stack) -> None:
    """The scripts that ran on the host run unchanged inside, where addresses differ."""
    for store in ("mongo", "redis", "elasticsearch", "s3"):
        script = (Path(__file__).parents[1] / "clients" / f"{store}_client.py").read_text()
        program = stack.folder / f"{store}_client.py"
        program.write_text(script)
        inside = f"python /home/dev/code/{program.name}"
        done = stack.compose("exec", "-T", "notebook", "bash", "-ic", inside)
        assert json.loads(done.stdout)["store"] == store


def test_a_failed_first_crawl_says_so_and_stops_nothing(stack: Stack) -> None:
    import redis

    with redis.Redis.from_url(stack.contract()["REDIS_URL"]) as cache:
        assert cache.delete("lab:boutique:first-crawl") == 1
        lost = ("run", "--rm", "-T", "-e", "PRACTICE_URL=http://127.0.0.1:9", "crawl")
        done = stack.compose(*lost)
        assert "gazette : déjà récolté" in done.stdout
        assert "n'a pas abouti" in done.stderr
        assert "docker compose run --rm crawl" in done.stderr
        assert not cache.exists("lab:boutique:first-crawl")
        stack.compose("run", "--rm", "-T", "crawl")
        assert cache.exists("lab:boutique:first-crawl")
    assert stack.clients()["mongo"]["counts"] == ITEMS


def test_a_killed_service_comes_back_with_its_data(stack: Stack) -> None:
    before = stack.inspect()
    for name in LASTING:
        os.kill(before[name]["State"]["Pid"], signal.SIGKILL)
    deadline = time.monotonic() + 60
    while any(stack.inspect()[n]["RestartCount"] == 0 for n in LASTING):
        assert time.monotonic() < deadline, "a killed service was not restarted"
        time.sleep(0.5)
    stack.wait_healthy()
    after = stack.inspect()
    assert all(after[n]["State"]["Pid"] != before[n]["State"]["Pid"] for n in LASTING)
    assert stack.clients()["mongo"]["counts"] == ITEMS


def _old_command(version: int) -> Path:
    """The program `docker-compose` of that major version: ours is 2, Debian's is 1."""
    if version == 2:
        return Path(sys.executable).parent / "docker-compose"
    program = Path("/usr/bin/docker-compose")
    if program.exists():
        shown = subprocess.run([program, "version"], capture_output=True, text=True, check=True)
    if not program.exists() or "version 1." not in shown.stdout:
        pytest.skip("Docker : docker-compose 1 absent de cette machine")
    return program


@pytest.mark.parametrize("version", [2, pytest.param(1, marks=pytest.mark.long)])
def test_down_then_up_by_the_old_command_keeps_data_and_secrets(stack: Stack, version: int) -> None:
    """`docker-compose`, with a hyphen, is what the course says."""
    program = _old_command(version)
    options: dict[str, Any] = {"cwd": stack.folder, "env": stack.environment}
    stack.compose("down")  # the containers of one version are not those of the other
    assert stack.rows() == {}
    stack.engine.run(program, "up", "-d", **options)
    stack.wait_healthy()
    assert stack.passwords() == stack.first_passwords
    printed = stack.clients()
    assert printed["mongo"]["counts"] == printed["elasticsearch"]["counts"] == ITEMS
    assert list(printed["s3"]["lines"].values()) == list(ITEMS.values())
    assert stack.compose("logs", "crawl").stdout.count("déjà récolté") == 2
    for command in (("up", "-d"), ("down",), ("down",)):  # twice does no harm
        stack.engine.run(program, *command, **options)
    assert stack.rows() == {}


def test_reset_deletes_the_volumes_and_nothing_before_down(stack: Stack) -> None:
    """Last of this file: nothing is left of the stack afterwards."""

    def volumes() -> list[str]:
        label = f"label=com.docker.compose.project={project}"
        return stack.engine.run("docker", "volume", "ls", "-q", "--filter", label).stdout.split()

    stack.compose("up", "-d")
    stack.wait_healthy()
    labels = stack.inspect()["mongo"]["Config"]["Labels"]
    project = labels["com.docker.compose.project"]
    refused = stack.lab("reset", "--yes", check=False)
    assert refused.returncode == 4
    assert "./lab down" in refused.stderr
    assert len(volumes()) == 7
    stack.lab("down")
    assert len(volumes()) == 7
    stack.lab("reset", "--yes")
    assert volumes() == []
    assert stack.rows() == {}
