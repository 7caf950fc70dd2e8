"""From Scrapy's stats and settings to what a progress line shows."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

# Scrapy's stats that are shown by what follows their prefix.
FAMILIES = {
    "downloader/response_status_count/": "status",
    "downloader/exception_type_count/": "failures",
    "lab/traps/": "traps",
}
# The settings that change how a crawl goes. A list of names, so that no secret can slip in.
SETTINGS = (
    *("USER_AGENT", "ROBOTSTXT_OBEY", "CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN"),
    *("DOWNLOAD_DELAY", "AUTOTHROTTLE_ENABLED", "RETRY_TIMES", "DOWNLOAD_TIMEOUT"),
    *("DOWNLOAD_MAXSIZE", "DEPTH_LIMIT", "HTTPCACHE_ENABLED", "COOKIES_ENABLED", "SCHEDULER"),
    *("CONCURRENT_ITEMS", "LAB_STORES", "LAB_BATCH_SIZE", "LAB_BATCH_AGE", "LAB_QUEUE_SIZE"),
    *("LAB_ARCHIVE_BATCH", "LAB_STORE_TIMEOUT", "LAB_STORE_DEADLINE", "LAB_MAX_PAGES"),
)


def plain(value: Any) -> Any:
    """Return a setting as JSON has it."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


class Lag:
    """For how long items have waited: when were as many items ready as are confirmed now?"""

    def __init__(self) -> None:
        self._ready: deque[tuple[float, int]] = deque([(0.0, 0)], maxlen=2000)

    def ready(self, elapsed: float, items: int) -> None:
        """Note how many items had come by now."""
        self._ready.append((elapsed, items))

    def of(self, elapsed: float, confirmed: int) -> float:
        """Return the age, in seconds, of the oldest item that is not confirmed; 0 without one."""
        if confirmed >= self._ready[-1][1]:
            return 0.0
        seen = elapsed
        for moment, items in reversed(self._ready):
            if items <= confirmed:
                break
            seen = moment
        return round(max(0.0, elapsed - seen), 3)


def families(stats: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return the counters of `FAMILIES`, by family."""
    found: dict[str, dict[str, int]] = {name: {} for name in FAMILIES.values()}
    for prefix, name in FAMILIES.items():
        for key, value in stats.items():
            if key.startswith(prefix):
                found[name][key.removeprefix(prefix).rpartition(".")[2]] = value
    return found


def dropped(stats: Mapping[str, Any]) -> dict[str, int]:
    """Return how many items were dropped, by reason."""
    prefix, reasons = "lab/items/invalid/", {}
    for key, value in stats.items():
        if key.startswith(prefix):
            reasons[f"invalid/{key.removeprefix(prefix)}"] = value
    if duplicates := stats.get("lab/items/duplicate", 0):
        reasons["duplicate"] = duplicates
    unnamed = stats.get("item_dropped_count", 0) - sum(reasons.values())
    if unnamed > 0:
        reasons["other"] = unnamed
    return reasons
