"""What happens once: the last worker to leave completes the archive on S3.

A killed worker takes with it what it was gathering for its next object on S3, though its pages
are acknowledged: their items are in the record (MongoDB). Once everybody has left, what the
record holds and the archive does not is archived.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import NotConfigured

from lab.scraping.batching import describe
from lab.scraping.config import CONFIG, StorageConfig
from lab.scraping.frontier.client import Frontier
from lab.scraping.frontier.reconcile import complete_archive
from lab.scraping.frontier.scheduler import FrontierScheduler

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class LastOut:
    """Says goodbye to the frontier after the feeds are closed."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("LAB_FRONTIER"):
            raise NotConfigured
        self._crawler = crawler
        self._scheduler: FrontierScheduler | None = None
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._stopped, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy; absent without a shared frontier."""
        return cls(crawler)

    def _opened(self) -> None:
        scheduler = self._crawler.engine.scheduler
        if isinstance(scheduler, FrontierScheduler):
            self._scheduler = scheduler

    async def _stopped(self) -> None:
        if self._scheduler is None:
            return
        courier = self._scheduler.courier
        try:
            if self._scheduler.broken:
                return
            state, workers = await courier.leave()
            if state == "finished" and not workers:
                await self._complete(courier.frontier)
        except Exception as error:
            logger.error("fin de la frontière : %s", describe(error))
        finally:
            await courier.disconnect()

    async def _complete(self, frontier: Frontier) -> None:
        numbers = await frontier.numbers()
        if "archived" in numbers:
            return
        config: StorageConfig = self._crawler.settings[CONFIG]
        added = await complete_archive(
            config, str(self._crawler.spidercls.name), int(numbers["started"]) / 1000
        )
        await frontier.set_archived(added)
        self._crawler.stats.inc_value("lab/s3/reconciled", added)
        logger.info(
            "collecte finie : %s pages, %s fiches, %s de côté ; archive complétée de %d",
            numbers["pages"], numbers["items"], numbers["poisoned"], added,
        )  # fmt: skip
