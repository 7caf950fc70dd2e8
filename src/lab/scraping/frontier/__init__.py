"""One crawl spread over several processes and machines: the frontier shared through Redis.

``LAB_FRONTIER=1`` turns it on (the add-on `lab.scraping.addon.LabStorage` does the wiring, see
`install`); a crawl by one process does not need it. Rooms, from Redis up to the user:

* ``lua/``        the rules, one script per question; `common.lua` lists the keys
* `client`        the scripts as methods; `codec`: requests as bytes; `config`: settings
* `held`          a worker's leases; `courier`: the task that exchanges with Redis
* `scheduler`, `starting`, `politeness`, `ending`   what Scrapy's engine sees
* `reconcile`     completes S3 once; `crew`, `workers`: N processes on this machine

Why not scrapy-redis
--------------------

scrapy-redis 0.9.1 is the engine everybody knows; it was read and measured
(``benchmarks/frontier.py``) before this was written:

* `queue.PriorityQueue.pop` removes a request when it is asked for and `dupefilter` has noted it
  when it was pushed: what a killed worker held is lost for good. Measured: one kill -9 at the half
  of 2,000 articles loses 20 to 26 of them, each time; ours loses 0;
* politeness is that of each process: N workers ask N times as much of one host;
* each push and each pop is a blocking round trip in the reactor's thread;
* its end is a guess: a worker leaves when the queue is empty at that moment, while another is
  still parsing the page that would have given it work.

These are its data structures, not settings: a subclass would have replaced its queue, its
duplicate filter and its scheduler. What is reused is Scrapy's own: `request_from_dict`,
the request fingerprinter, the downloader's slots and their rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.scraping.config import CONFIG, StorageConfig
from lab.scraping.frontier.config import DEFAULTS
from lab.settings import load

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


def install(settings: BaseSettings) -> None:
    """Wire the shared frontier into a crawl's settings, if ``LAB_FRONTIER`` asks for it.

    Raises ConfigurationMissing when nobody says where Redis is.
    """
    if not settings.getbool("LAB_FRONTIER"):
        return
    config: StorageConfig = settings[CONFIG]
    if not config.redis_url:
        load().need("redis_url")
    from lab.scraping.frontier.ending import LastOut
    from lab.scraping.frontier.scheduler import FrontierScheduler
    from lab.scraping.frontier.starting import StartOnce

    for name, value in DEFAULTS.items():
        settings.setdefault(name, value, priority="addon")
    settings.set("SCHEDULER", FrontierScheduler, priority="cmdline")
    settings.setdefault_in_component_priority_dict("SPIDER_MIDDLEWARES", StartOnce, 10)
    settings.setdefault_in_component_priority_dict("EXTENSIONS", LastOut, 900)
    pages = settings.getint("LAB_MAX_PAGES")
    if pages:  # one budget for all the workers, counted in Redis
        settings.set("LAB_FRONTIER_PAGES", pages, priority="cmdline")
        settings.set("LAB_MAX_PAGES", 0, priority="cmdline")
