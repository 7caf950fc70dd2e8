"""The image alone, by the original course's two commands."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import dockerd
import pytest
from docker_stack import copy_checkout, free_ports, get, get_when_up

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
LIMIT = 1_200_000_000  # bytes, without the browser
# A spider's way: the system's Chromium, driven by the library of the category `browser`.
DRIVEN = """
import shutil, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as driver:
    browser = driver.chromium.launch(executable_path=shutil.which("chromium"))
    page = browser.new_page()
    page.set_content(sys.argv[1])
    print(page.inner_text("p"), browser.version)
"""


@pytest.fixture(scope="module")
def image(engine: dockerd.Engine, standins: dict[str, float], tmp_path_factory) -> str:  # type: ignore[no-untyped-def]
    folder = copy_checkout(tmp_path_factory.mktemp("habitude") / "lab", 1000)
    engine.run("docker", "build", "-t", "image_drio", ".", cwd=folder, timeout=600)
    return "image_drio"


def _run(engine: dockerd.Engine, folder: Path, *options: str) -> tuple[str, int]:
    """`docker run` as the course writes it (-d for -it: no terminal here); its id and port."""
    (port,) = free_ports(1)
    published = ("-v", f"{folder}:/home/dev/code", "-p", f"127.0.0.1:{port}:8888")
    command = ("docker", "run", "-d", "-t", *options, *published, "image_drio")
    return engine.run(*command).stdout.strip(), port


def _token(engine: dockerd.Engine, container: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        log = engine.run("docker", "logs", container).stdout
        if found := re.search(r"http://127\.0\.0\.1:8888/lab\?token=(\w+)", log):
            return found[1]
        time.sleep(0.3)
    raise AssertionError(log)


@pytest.mark.parametrize(
    ("owner", "options", "writable"),
    [
        pytest.param(1000, (), True, id="same uid"),
        pytest.param(4242, (), False, id="another uid"),
        pytest.param(4242, ("--user", "4242:4242"), True, id="another uid, --user"),
    ],
)
def test_a_notebook_starts_with_a_token(  # type: ignore[no-untyped-def]
    engine: dockerd.Engine, image: str, tmp_path: Path, owner: int, options, writable: bool
) -> None:
    folder = copy_checkout(tmp_path / "DataEngineerTools", owner)
    container, port = _run(engine, folder, *options)
    try:
        token = _token(engine, container)
        assert get_when_up(f"http://127.0.0.1:{port}/api/contents")[0] == 403
        status, listing = get(f"http://127.0.0.1:{port}/api/contents?token={token}")
        assert status == 200
        assert "docker-compose.yml" in {item["name"] for item in json.loads(listing)["content"]}
        log = engine.run("docker", "logs", container).stdout
        assert ("n'est pas modifiable" in log) is not writable
        touched = engine.run("docker", "exec", container, "touch", "essai", check=False)
        assert (touched.returncode == 0) is writable
        shown = engine.run("docker", "exec", container, "git", "-C", ".", "init", "-q", check=False)
        assert (shown.returncode == 0) is writable, shown.stderr
        if options or not writable:
            return  # the wait below is long, once is enough
        health = ("docker", "inspect", "-f", "{{.State.Health.Status}}", container)
        deadline = time.monotonic() + 40
        while engine.run(*health).stdout.strip() != "healthy":
            assert time.monotonic() < deadline, "the image's own health check"
            time.sleep(0.5)
    finally:
        engine.run("docker", "rm", "-f", "-v", container)


def test_the_image_is_small_ordinary_and_holds_no_secret(
    engine: dockerd.Engine, image: str
) -> None:
    found = json.loads(engine.run("docker", "image", "inspect", image).stdout)[0]
    print(f"image_drio: {found['Size'] / 1e6:.0f} MB")
    assert found["Size"] <= LIMIT
    assert found["Config"]["User"] == "lab"
    assert not [v for v in found["Config"]["Env"] if re.search("PASSWORD|TOKEN|SECRET_KEY", v)]
    script = (
        "id -u; lab --help >/dev/null && echo lab; find / -xdev -name .git -o -name .lab | head"
    )
    shown = engine.run("docker", "run", "--rm", image, "sh", "-c", script + " 2>/dev/null").stdout
    assert shown.split() == ["1000", "lab"]


def test_the_students_number_can_be_built_in(engine: dockerd.Engine, image: str) -> None:
    """UID and GID that exist already (here: 33, www-data) are accepted."""
    folder = Path(__file__).parents[2]
    numbers = ("--build-arg", "UID=33", "--build-arg", "GID=33")
    engine.run("docker", "build", "-t", "image_drio_33", *numbers, ".", cwd=folder)
    shown = engine.run("docker", "run", "--rm", "image_drio_33", "sh", "-c", "id -u; id -g")
    assert shown.stdout.split() == ["33", "33"]


@pytest.mark.long
def test_the_browser_on_request_draws_pages(engine: dockerd.Engine, image: str) -> None:
    """As the stack confines the notebook: ordinary user, no capability, 1 GB."""
    folder = Path(__file__).parents[2]
    option = ("--build-arg", "WITH_BROWSER=1")
    engine.run("docker", "build", "-t", "image_drio_browser", *option, ".", cwd=folder, timeout=800)
    inspect = ("docker", "image", "inspect", "-f", "{{.Size}}", "image_drio_browser")
    print(f"image_drio_browser: {int(engine.run(*inspect).stdout) / 1e6:.0f} MB")
    confined = ("--cap-drop", "ALL", "--security-opt", "no-new-privileges:true", "-m", "1g")

    def inside(*command: str) -> str:
        return engine.run("docker", "run", "--rm", *confined, "image_drio_browser", *command).stdout

    assert inside("id", "-u").strip() == "1000"
    versions = [inside(name, "--version").split() for name in ("chromium", "chromedriver")]
    assert versions[0][:1] + versions[1][:1] == ["Chromium", "ChromeDriver"]
    assert versions[0][1] == versions[1][1]
    page = "<p></p><script>document.querySelector('p').textContent = 6 * 7</script>"
    assert "<p>42</p>" in inside("chromium", "--headless", "--dump-dom", f"data:text/html,{page}")
    assert inside("python", "-c", DRIVEN, page).split() == ["42", versions[0][1]]
    assert inside("python", "-c", "import scrapy_playwright; print('ok')").strip() == "ok"
