"""The Scrapy add-on that wires everything: ``ADDONS = {"lab.scraping.addon.LabStorage": 100}``.

Addresses come from the settings, or else from the environment contract
(`lab.settings.load`). ``LAB_STORES`` says which stores are on; the other settings and their
defaults are in `lab.scraping.config.DEFAULTS`. Whatever the project set itself is kept.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.settings import BaseSettings

from lab.scraping import pipelines
from lab.scraping.archive import feeds
from lab.scraping.closing import FinishClosing
from lab.scraping.config import CONFIG, DEFAULTS, StorageConfig
from lab.scraping.pages import PageBudget
from lab.scraping.report import ProgressReport

if TYPE_CHECKING:
    from collections.abc import Iterable

PIPELINES: dict[str, tuple[type, int]] = {
    "mongo": (pipelines.MongoPipeline, 810),
    "elasticsearch": (pipelines.ElasticsearchPipeline, 820),
    "redis": (pipelines.RedisPipeline, 830),
    "s3": (pipelines.ArchivePipeline, 840),
}
CLEAN = (pipelines.CleanPipeline, 800)


class LabStorage:
    """Adds the cleaning, the four stores, the progress report and the page budget."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Called by Scrapy before the crawl starts."""
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
        if "s3" in stores:
            storages = dict(settings.getdict("FEED_STORAGES"))
            settings.set(
                "FEED_STORAGES",
                {"s3": "lab.scraping.archive.ArchiveStorage", **storages},
                priority="addon",
            )
            own = settings.getdict("FEEDS")
            settings.set(
                "FEEDS",
                {**feeds(config, settings.getint("LAB_ARCHIVE_BATCH")), **own},
                priority="cmdline",
            )
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
    """Keep a school's proxy away from the lab's own services (adds to ``no_proxy``)."""
    hosts = {"localhost", "127.0.0.1", "::1"}
    hosts |= {host for url in urls if url and (host := urlsplit(url).hostname)}
    known = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
    listed = [host.strip() for host in known.split(",") if host.strip()]
    if "*" not in listed:
        os.environ["no_proxy"] = ",".join(listed + sorted(hosts - set(listed)))
