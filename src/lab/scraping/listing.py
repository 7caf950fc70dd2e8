"""The spiders of a Scrapy project: their names, and what each one says of itself.

Run as a program in the project's folder (``python -m lab.scraping.listing``), it prints them as
JSON: a project's code is never imported into the process of the `lab` command.
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.errors import CrawlFailed, UnknownName


@dataclass(frozen=True)
class Known:
    """A spider: its name and the first line of its docstring ("" without one)."""

    name: str
    doc: str = ""


def spiders(project_dir: Path, environment: Mapping[str, str]) -> list[Known]:
    """Return the project's spiders by name; raises CrawlFailed when it cannot be loaded."""
    listing = subprocess.run(
        [sys.executable, "-m", __name__],
        cwd=project_dir,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        detail = (listing.stderr.strip().splitlines() or ["sans message"])[-1]
        raise CrawlFailed(
            f"Le projet Scrapy ne se charge pas : {detail}",
            f"cd {project_dir} && scrapy list",
        )
    return [Known(**one) for one in json.loads(listing.stdout.splitlines()[-1])]


def check_name(spider: str, project_dir: Path, environment: Mapping[str, str]) -> None:
    """Raise UnknownName when the project has no such spider (asked only once a crawl failed)."""
    known = [one.name for one in spiders(project_dir, environment)]
    if spider not in known:
        raise UnknownName(
            f"Le spider « {spider} » n’existe pas ; il y a : {', '.join(known)}.",
            "./lab crawl --list",
        )


def main() -> None:
    """Print the spiders of the project of the current folder."""
    from scrapy.spiderloader import get_spider_loader
    from scrapy.utils.project import get_project_settings

    loader = get_spider_loader(get_project_settings())
    found = []
    for name in sorted(loader.list()):
        doc = inspect.cleandoc(loader.load(name).__dict__.get("__doc__") or "")
        found.append({"name": name, "doc": " ".join(doc.partition("\n\n")[0].split())})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
