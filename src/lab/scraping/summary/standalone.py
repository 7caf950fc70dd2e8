"""The report of a plain ``scrapy crawl``, made by the crawl's own process when it ends.

``LAB_REPORT = False`` leaves it out. Workers that share a frontier make none by themselves: one
of them knows a part of the crawl only.
"""

from __future__ import annotations

import logging
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lab.scraping.config import CONFIG
from lab.scraping.summary.recorder import Recorder
from lab.settings import Paths

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class Standalone:
    """Takes the progress lines in the process that makes them."""

    def __init__(self, crawler: Crawler) -> None:
        # The addresses and keys, whichever way they came (Scrapy's settings, the environment).
        contract = {name.upper(): value for name, value in asdict(crawler.settings[CONFIG]).items()}
        self._environment = {**os.environ, **contract}
        pages = crawler.settings.getint("LAB_MAX_PAGES")
        self._record = Recorder(str(crawler.spidercls.name), {}, pages)
        self.add = self._record.add

    @classmethod
    def wanted(cls, crawler: Crawler) -> Standalone | None:
        """Return one when this process is to make the report."""
        settings = crawler.settings
        if settings.getbool("LAB_REPORT", True) and not settings.getbool("LAB_FRONTIER"):
            return cls(crawler)
        return None

    def keep(self) -> None:
        """Make the report; the log says where it is and what it warns of."""
        if not self._record.worth_keeping:
            return
        kept: Any = self._record.keep(Paths.find().reports, self._environment)
        for alert in kept.alerts:
            logger.warning("%s", alert.text)
        logger.info("bilan : %s", kept.path or kept.url or "non gardé")
