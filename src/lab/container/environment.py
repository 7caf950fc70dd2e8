"""The environment contract as seen from a container of the stack."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path

from lab.container import CODE, FILES, RUN
from lab.runtimes.inside import MARK, InsideRuntime


def print_env(_: argparse.Namespace) -> int:
    """Print the contract as shell lines; nothing of a store when there is none."""
    for name, value in container_contract().items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def container_contract() -> dict[str, str]:
    """The contract as seen from a container; what the environment already sets wins."""
    values: dict[str, str] = {}
    replaced: set[str] = set()
    if (CODE / "Scrapy" / "newscrawler").is_dir():
        values["LAB_ROOT"] = str(CODE)  # `lab crawl` runs the student's own spiders
    if (RUN / "secrets").is_dir() and os.access(RUN / "secrets", os.X_OK):
        from lab.certificates import BUNDLE_VARIABLES
        from lab.settings import Paths, Secrets, contract

        replaced |= {*BUNDLE_VARIABLES, "no_proxy", "NO_PROXY"}  # ours extend the machine's
        values[MARK] = "1"
        endpoints = InsideRuntime(Paths.find()).endpoints()
        known = Secrets.read(RUN / "secrets")
        bundle = RUN / "tls" / "ca-bundle.pem"
        tmp = Path("/tmp")  # noqa: S108  (a container of one user)
        values |= contract(endpoints, known, files=FILES, tmp=tmp, ca_bundle=bundle)
    return {k: v for k, v in values.items() if k in replaced or not os.environ.get(k)}
