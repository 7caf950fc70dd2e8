"""The Scrapy add-on that wires everything: ``ADDONS = {"lab.scraping.addon.LabStorage": 100}``.

Addresses come from the settings, or else from the environment contract
(`lab.settings.load`). ``LAB_STORES`` says which stores are on; the other settings and their
defaults are in `lab.scraping.config.DEFAULTS`. Whatever the project set itself is kept.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.settings import BaseSettings

from lab.scraping import complaints, frontier, pipelines
from lab.scraping.archive import feeds
from lab.scraping.closing import FinishClosing
from lab.scraping.config import CONFIG, DEFAULTS, StorageConfig
from lab.scraping.pages import PageBudget
from lab.scraping.progress import ProgressReport

if TYPE_CHECKING:
    from collections.abc import Iterable

NOISY = ("pymongo", "elastic_transport", "botocore", "urllib3", "s3transfer", "asyncio")
PROXIES = [
    name
    for scheme in ("http", "https", "all")
    for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper())
]
PIPELINES: dict[str, tuple[type, int]] = {
    "mongo": (pipelines.MongoPipeline, 810),
    "elasticsearch": (pipelines.ElasticsearchPipeline, 820),
    "redis": (pipelines.RedisPipeline, 830),
    "s3": (pipelines.ArchivePipeline, 840),
}
CLEAN = (pipelines.CleanPipeline, 800)
EXPORTERS = {
    "lab-archive": "lab.scraping.exporters.LinesExporter",
    "parquet": "lab.scraping.exporters.ParquetExporter",
}


class LabStorage:
    """Adds the cleaning, the four stores, the progress report and the page budget."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Called by Scrapy before the crawl starts."""
        complaints.install(settings.get("LAB_PROGRESS_FILE"))
        for noisy in NOISY:  # with Scrapy's default level, DEBUG, they hide the crawl
            logging.getLogger(noisy).setLevel(logging.WARNING)
        for name, value in DEFAULTS.items():
            settings.setdefault(name, value, priority="addon")
        # One object whose repr hides the passwords: Scrapy logs the AWS_* settings it knows.
        config = StorageConfig.complete(settings)
        settings.set(CONFIG, config, priority="cmdline")
        stores = config.stores
        for pipeline, order in (CLEAN, *(PIPELINES[name] for name in stores)):
            settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", pipeline, order)
        settings.setdefault_in_component_priority_dict("EXTENSIONS", FinishClosing, 500)
        settings.setdefault_in_component_priority_dict("EXTENSIONS", ProgressReport, 500)
        settings.setdefault_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", PageBudget, 60)
        settings.set(
            "FEED_EXPORTERS",
            {**EXPORTERS, **settings.getdict("FEED_EXPORTERS")},
            priority="addon",
        )
        frontier.install(settings)
        if "s3" in stores:
            storages = dict(settings.getdict("FEED_STORAGES"))
            settings.set(
                "FEED_STORAGES",
                {"s3": "lab.scraping.archive.ArchiveStorage", **storages},
                priority="addon",
            )
            own = settings.getdict("FEEDS")
            archive = feeds(
                config, settings.getint("LAB_ARCHIVE_BATCH"), settings["LAB_ARCHIVE_FORMAT"]
            )
            settings.set("FEEDS", {**archive, **own}, priority="cmdline")
        bypass_proxies(
            [
                settings.get("PRACTICE_URL"),
                config.mongo_url,
                config.redis_url,
                config.elasticsearch_url,
                config.aws_endpoint_url,
            ]
        )


def bypass_proxies(urls: Iterable[str | None]) -> None:
    """Keep a school's proxy, if there is one, away from the lab's own services.

    Adds to ``no_proxy``. Without a proxy nothing is set: Scrapy would read the whole environment
    again for each request, a fifth of a millisecond.
    """
    if not any(os.environ.get(name) for name in PROXIES):
        return
    hosts = {"localhost", "127.0.0.1", "::1"}
    hosts |= {host for url in urls if url and (host := urlsplit(url).hostname)}
    known = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
    listed = [host.strip() for host in known.split(",") if host.strip()]
    if "*" not in listed:
        os.environ["no_proxy"] = ",".join(listed + sorted(hosts - set(listed)))
