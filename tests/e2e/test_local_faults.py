"""Services that are killed, down or gone during a crawl; a supervisor that dies."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import psutil
import pytest
from checkout import SERVICES, STORES, Lab, complains, finish, in_time, told_cleanly
from contents import PRODUCTS, Stores, assert_answer_key, opened

# Small batches and few requests at once: the fault falls with batches before it and after it.
SLOWLY = {"LAB_BATCH_SIZE": "20", "LAB_ARCHIVE_BATCH": "50", "CONCURRENT_REQUESTS": "4"}
STRIKE = PRODUCTS // 5  # items stored when the fault comes: 20 %


@pytest.fixture
def stores(busy_lab: Lab) -> Iterator[Stores]:
    """The stores of the lab under fire, emptied; every service is healthy."""
    done = busy_lab.lab("up", "--no-crawl")
    assert done.returncode == 0, done.stderr
    for letters in busy_lab.home.glob("dead-letters/*"):  # of a test that failed
        letters.unlink()
    with opened(busy_lab.env) as stores:
        stores.wipe()
        yield stores


@contextmanager
def crawling(
    lab: Lab, stores: Stores, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A crawl of the shop that has stored 20 % of its items."""
    crawl = lab.start("crawl", "boutique", "--json", env={**SLOWLY, **(env or {})})
    try:
        in_time(
            "20 % des fiches",
            60,
            lambda: crawl.poll() is not None or len(stores.seen("boutique")) >= STRIKE,
        )
        assert crawl.poll() is None, "la récolte est finie avant la panne"
        yield crawl
    finally:
        if crawl.poll() is None:
            crawl.terminate()
            finish(crawl, 60)


def assert_all_stored(done: subprocess.CompletedProcess[str], stores: Stores) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    told_cleanly(done)
    report = json.loads(done.stdout)
    assert report["stored"] == dict.fromkeys(STORES, PRODUCTS)
    assert (report["items"], report["errors"]) == (PRODUCTS, 0)
    assert_answer_key(stores, "boutique")


@pytest.mark.parametrize("service", ["mongo", "redis", "elasticsearch", "s3", "practice"])
def test_a_service_killed_during_a_crawl_comes_back(
    busy_lab: Lab, stores: Stores, service: str
) -> None:
    before = busy_lab.pid(service)
    with crawling(busy_lab, stores) as crawl:
        busy_lab.kill(service)
        assert crawl.poll() is None
        done = finish(crawl, 150)
    assert_all_stored(done, stores)
    assert busy_lab.pid(service) not in (0, before)
    assert {row["state"] for row in busy_lab.status().values()} == {"healthy"}


def test_the_notebook_killed_comes_back(busy_lab: Lab) -> None:
    assert busy_lab.lab("up", "--no-crawl").returncode == 0
    before = busy_lab.pid("notebook")
    busy_lab.kill("notebook")
    in_time(
        "le notebook revient",
        60,
        lambda: busy_lab.status()["notebook"]["state"] == "healthy",
    )
    assert busy_lab.pid("notebook") not in (0, before)


@pytest.mark.parametrize(
    "store",
    [name if name == "mongo" else pytest.param(name, marks=pytest.mark.long) for name in STORES],
)
def test_a_store_down_for_twenty_seconds_is_waited_for(
    busy_lab: Lab, stores: Stores, store: str
) -> None:
    with crawling(busy_lab, stores) as crawl:
        busy_lab.supervise("stopProcess", store)
        timer = later(20, lambda: busy_lab.supervise("startProcess", store))
        try:
            done = finish(crawl, 180)
        finally:
            timer.join()
    assert not timer.early, "la récolte n'a pas attendu"
    assert_all_stored(done, stores)


class later(threading.Timer):  # noqa: N801  a verb, as it is used
    """Calls `action` in so many seconds, at once started."""

    def __init__(self, seconds: float, action: Callable[[], object]) -> None:
        super().__init__(seconds, action)
        self.start()

    @property
    def early(self) -> bool:
        """Was the action still to come when its result was awaited?"""
        return not self.finished.is_set()


@pytest.mark.parametrize(
    "store",
    [name if name == "s3" else pytest.param(name, marks=pytest.mark.long) for name in STORES],
)
def test_a_store_down_for_good_ends_the_crawl_and_replay_makes_it_good(
    busy_lab: Lab, stores: Stores, store: str
) -> None:
    with crawling(busy_lab, stores, {"LAB_STORE_DEADLINE": "5"}) as crawl:
        busy_lab.supervise("stopProcess", store)
        done = finish(crawl, 120)
    said = complains(done, 7)
    assert store in said
    assert "./lab crawl --replay" in said
    report = json.loads(done.stdout)
    assert report["errors"] > 0

    folder = busy_lab.home / "dead-letters"
    letters = list(folder.iterdir())
    assert letters
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in letters)
    assert all(path.name.endswith(f"-{store}.jsonl") for path in letters)
    kept = sum(len(path.read_text().splitlines()) for path in letters)
    others = {name: count for name, count in report["stored"].items() if name != store}
    assert set(others.values()) == {report["items"]}, "les autres bases ont tout"
    assert report["stored"][store] + kept == report["items"]

    # Without the store, a replay says so and keeps everything.
    complains(busy_lab.lab("crawl", "--replay", env={"LAB_STORE_DEADLINE": "1"}), 3, 7)
    assert sum(len(path.read_text().splitlines()) for path in folder.iterdir()) == kept

    assert busy_lab.lab("up", "--no-crawl").returncode == 0
    done = busy_lab.lab("crawl", "--replay")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{store} : {kept} fiches rangées" in done.stdout
    ids = stores.ids("boutique")
    assert ids["mongo"] == ids["elasticsearch"] == ids["redis"] == ids["s3"]
    assert len(ids["mongo"]) == report["items"]
    assert list(folder.iterdir()) == []
    again = busy_lab.lab("crawl", "--replay")
    assert again.returncode == 0
    assert "Rien n'attendait" in again.stdout

    assert_all_stored(busy_lab.lab("crawl", "boutique", "--json"), stores)


def test_the_supervisor_killed_is_told_and_up_repairs(other_lab: Lab) -> None:
    some = ("up", "--no-crawl")
    assert other_lab.lab(*some).returncode == 0
    services = {name: other_lab.pid(name) for name in SERVICES}
    supervisor = psutil.Process(other_lab.state["pid"])
    supervisor.kill()
    in_time("le superviseur meurt", 10, lambda: not supervisor.is_running())

    told = other_lab.lab("status", "--json")
    assert complains(told, 3)
    assert {row["state"] for row in json.loads(told.stdout)} == {"stopped"}
    complains(other_lab.lab("env"), 3)

    done = other_lab.lab(*some)
    assert done.returncode == 0, done.stderr
    told_cleanly(done)
    assert {row["state"] for row in other_lab.status().values()} == {"healthy"}
    old = [name for name, pid in services.items() if other_lab.pid(name) == pid]
    assert old == []
    fresh = psutil.Process(other_lab.state["pid"])
    ours = {fresh.pid, *(child.pid for child in fresh.children(recursive=True))}
    orphans = [one.cmdline() for one in other_lab.processes() if one.pid not in ours]
    assert orphans == []


def test_down_ends_what_a_killed_supervisor_left(other_lab: Lab) -> None:
    assert other_lab.lab("up", "--only", "redis,practice").returncode == 0
    psutil.Process(other_lab.state["pid"]).kill()
    done = other_lab.lab("down")
    assert done.returncode == 0, done.stderr
    assert other_lab.processes() == []
