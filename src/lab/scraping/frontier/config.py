"""Settings of the shared frontier; durations are in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

DEFAULTS: Mapping[str, Any] = {
    "LAB_FRONTIER": False,  # on: the crawl is shared through Redis
    "LAB_FRONTIER_NAME": "commun",  # crawls of one spider under different names are apart
    "LAB_FRONTIER_CRAWL": "",  # join this crawl only ('': the unfinished one, or a new one)
    "LAB_FRONTIER_WORKER": "",  # a name for this process ('': one that no other has)
    "LAB_FRONTIER_FRESH": False,  # on: forget an unfinished crawl instead of resuming it
    "LAB_FRONTIER_PAGES": 0,  # pages for all the workers together (0: no limit)
    "LAB_FRONTIER_LEASE": 30.0,  # a worker silent for so long is dead: its pages go back
    "LAB_FRONTIER_COMMIT": 1.0,  # between two acknowledgements of finished pages
    "LAB_FRONTIER_TICK": 0.008,  # what happens within this time shares one round trip
    "LAB_FRONTIER_PREFETCH": 4,  # requests kept ready beyond CONCURRENT_REQUESTS
    "LAB_FRONTIER_DEATHS": 5,  # a page that was there when so many workers died is set aside
    "LAB_FRONTIER_GRACE": 60.0,  # a worker that comes so late after the end starts nothing new
}


@dataclass(frozen=True)
class FrontierConfig:
    """The settings above, read once; see `DEFAULTS` for each one's meaning."""

    name: str
    crawl: str
    worker: str
    fresh: bool
    pages: int
    lease: float
    commit: float
    tick: float
    prefetch: int
    deaths: int
    grace: float

    @classmethod
    def read(cls, settings: Mapping[str, Any] | BaseSettings) -> FrontierConfig:
        """Build from Scrapy's settings or names and values written as there.

        Raises ValueError for a lease too short to be renewed in time.
        """
        values = {name: settings.get(name, default) for name, default in DEFAULTS.items()}
        config = cls(
            name=str(values["LAB_FRONTIER_NAME"]),
            crawl=str(values["LAB_FRONTIER_CRAWL"] or ""),
            worker=str(values["LAB_FRONTIER_WORKER"] or ""),
            fresh=str(values["LAB_FRONTIER_FRESH"]) in ("1", "True", "true"),
            pages=int(values["LAB_FRONTIER_PAGES"]),
            lease=float(values["LAB_FRONTIER_LEASE"]),
            commit=float(values["LAB_FRONTIER_COMMIT"]),
            tick=float(values["LAB_FRONTIER_TICK"]),
            prefetch=int(values["LAB_FRONTIER_PREFETCH"]),
            deaths=int(values["LAB_FRONTIER_DEATHS"]),
            grace=float(values["LAB_FRONTIER_GRACE"]),
        )
        if config.lease < 1:
            raise ValueError("LAB_FRONTIER_LEASE : une seconde au moins")
        return config
