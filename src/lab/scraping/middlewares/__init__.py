"""Guards against what the Web throws at a spider, and the add-on that sets them up.

``ADDONS = {"lab.scraping.middlewares.LabGuards": 200}`` puts in place:

* `pausing.RetryAfter`: a 429 or 503 pauses its site for as long as it asks;
* `answers.BlockedPages`: block pages and empty pages served with a 200 are not pages;
* `charsets.RealCharset`: texts whose bytes contradict the declared encoding are read right;
* `decompression.SafeDecompression`: broken compressed bodies are retried, bombs are counted;
* `redirects.RedirectLoops`: a redirect loop ends at its first turn;
* `robots.CarefulRobots`: a robots.txt that cannot be had forbids everything (RFC 9309);
* `links.LinkGuard`, `links.EndlessRequests`: session numbers leave the links, and a calendar or a
  set of filters that only leads to itself comes to an end.

What is refused is counted in the stats as ``lab/traps/…`` and ``lab/pages/blocked``. Scrapy
itself bounds sizes (``DOWNLOAD_MAXSIZE``, also while decompressing) and retries truncated bodies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

from lab.scraping.middlewares.answers import BlockedPages
from lab.scraping.middlewares.charsets import RealCharset
from lab.scraping.middlewares.decompression import SafeDecompression
from lab.scraping.middlewares.links import EndlessRequests, LinkGuard
from lab.scraping.middlewares.pausing import RetryAfter
from lab.scraping.middlewares.redirects import RedirectLoops
from lab.scraping.middlewares.robots import CarefulRobots

_DOWNLOADER = "DOWNLOADER_MIDDLEWARES"

# Every setting of the guards; times are seconds.
DEFAULTS: Mapping[str, Any] = {
    "LAB_RETRY_AFTER_MAX": 120.0,  # a longer pause is not waited for: the site is left alone
    "LAB_RETRY_AFTER_DEFAULT": 2.0,  # pause of a 429 that does not say how long
    "LAB_RETRY_AFTER_TIMES": 10,  # pauses one page may go through; RETRY_TIMES is for failures
    "LAB_BLOCKED_PATTERNS": [],  # regular expressions, tried on the text of small pages
    "LAB_TRAP_PAGES": 500,  # pages of one family that lead to nothing new, 0: no limit
    "LAB_SESSION_PARAMETERS": [],  # names of query parameters to drop, beside the known ones
}
# Scrapy's own: Retry 550, MetaRefresh 580, HttpCompression 590, Redirect 600.
DOWNLOADER: Mapping[type, int] = {
    EndlessRequests: 70,  # after the page budget (60), so that a refused page gives it back
    RetryAfter: 560,
    BlockedPages: 570,
    RealCharset: 585,
    RedirectLoops: 610,
}
# What replaces a middleware of Scrapy, at its own order.
INSTEAD: tuple[tuple[type, type, int], ...] = (
    (HttpCompressionMiddleware, SafeDecompression, 590),
    (RobotsTxtMiddleware, CarefulRobots, 100),
)
SPIDER: Mapping[type, int] = {LinkGuard: 750}


class LabGuards:
    """Adds all the guards; a component that the project set itself is left alone."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Called by Scrapy before the crawl starts."""
        for name, value in DEFAULTS.items():
            settings.setdefault(name, value, priority="addon")
        for guard, order in DOWNLOADER.items():
            settings.setdefault_in_component_priority_dict(_DOWNLOADER, guard, order)
        for guard, order in SPIDER.items():
            settings.setdefault_in_component_priority_dict("SPIDER_MIDDLEWARES", guard, order)
        for old, new, order in INSTEAD:
            if not any(load_object(name) is old for name in settings.getdict(_DOWNLOADER)):
                settings.setdefault_in_component_priority_dict(_DOWNLOADER, old, None)
                settings.setdefault_in_component_priority_dict(_DOWNLOADER, new, order)
