"""What a test of a spider adds to Scrapy: cleaned items, and statistics that it can read.

The lab's own add-on is not used, so that these tests are about spiders and need no store.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scrapy.exceptions import DropItem
from scrapy.settings import BaseSettings
from scrapy.statscollectors import MemoryStatsCollector

from lab.scraping.items import InvalidItem, Record, clean


class JsonStats(MemoryStatsCollector):
    """Keeps statistics in memory and writes them to ``TEST_STATS_FILE`` at the end."""

    def _persist_stats(self, stats: dict[str, Any]) -> None:
        super()._persist_stats(stats)
        target = Path(self._crawler.settings["TEST_STATS_FILE"])
        target.write_text(json.dumps(stats, default=str))


class Cleaning:
    """Cleans records as the lab does; an invalid one is an error in the log, hence a failure."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def process_item(self, item: Any) -> Any:
        if not isinstance(item, Record):
            return item
        try:
            cleaned = clean(item)
        except InvalidItem as error:
            raise ValueError(f"objet invalide ({error}) : {item.url}") from error
        if cleaned.id in self._seen:
            raise DropItem(f"déjà vu : {cleaned.canonical_url}", log_level="DEBUG")
        self._seen.add(cleaned.id)
        return cleaned


class CleanOnly:
    """The add-on of these tests: `Cleaning`, after the spider's own pipelines."""

    def update_settings(self, settings: BaseSettings) -> None:
        settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", Cleaning, 800)
