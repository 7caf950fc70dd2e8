"""What the sites see: never more at once, never sooner, than one polite process would."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lab.scraping.runner import Option

PROJECT = Path(__file__).with_name("project")


def in_flight(log: list[list[Any]]) -> int:
    """Return the greatest number of requests that were being answered at the same time."""
    moments = [(begin, 1) for _, begin, _, _ in log] + [(end, -1) for _, _, end, _ in log]
    most = now = 0
    for _, step in sorted(moments):
        now += step
        most = max(most, now)
    return most


@pytest.mark.parametrize("allowed", [1, 3])
def test_never_more_in_flight_than_allowed(together, web, content, allowed):
    web.reset(pause=0.03)
    slots = {"127.0.0.1": {"concurrency": allowed, "delay": 0}}
    result = together(3, pages=60, DOWNLOAD_SLOTS=json.dumps(slots))
    assert result.pages == 60
    assert in_flight(web.log()) == allowed


def test_a_delay_is_kept_by_all_the_workers_together(together, web, content):
    delay, pages = 0.25, 12
    slots = {"127.0.0.1": {"concurrency": 2, "delay": delay, "jitter": 0}}
    result = together(3, pages=pages, DOWNLOAD_SLOTS=json.dumps(slots))
    assert result.pages == pages
    begins = sorted(begin for _, begin, _, _ in web.log())
    gaps = [later - sooner for sooner, later in pairwise(begins)]
    # The network may bring two requests closer than they left; three workers that ignored each
    # other would make gaps near zero, and the whole three times shorter.
    assert min(gaps) > delay / 2
    assert begins[-1] - begins[0] > delay * (pages - 1) * 0.95


def test_each_host_has_its_own_limit(together, web, content):
    web.reset(pause=0.03)
    hosts = ["127.0.0.1", "localhost"]
    result = together(
        2,
        spider="manyhosts",
        project=PROJECT,
        arguments={"hosts": ",".join(hosts), "each": "30"},
        CONCURRENT_REQUESTS_PER_DOMAIN=2,
    )
    log = web.log()
    assert result.pages == len(log) == 60
    for host in hosts:
        assert in_flight([entry for entry in log if entry[3] == host]) <= 2
    assert in_flight(log) > 2  # the hosts do not wait for each other


def test_a_delay_that_autothrottle_changes_is_kept_by_all_the_workers(together, web, content):
    """The first delay is short; each answer takes longer, and AutoThrottle lengthens the delay."""
    pause, pages = 0.2, 30
    web.reset(pause=pause)
    result = together(
        3,
        spider="manyhosts",
        project=PROJECT,
        arguments={"hosts": "localhost", "each": str(pages)},
        AUTOTHROTTLE_ENABLED=Option("True"),
        AUTOTHROTTLE_START_DELAY=Option("0.02"),
        DOWNLOAD_DELAY="0.01",
        RANDOMIZE_DOWNLOAD_DELAY=Option("False"),
    )
    assert result.pages == pages
    begins = sorted(begin for _, begin, _, _ in web.log())
    late = begins[pages // 2 :]  # by then each worker has seen several answers
    assert (late[-1] - late[0]) / (len(late) - 1) > pause * 0.75
