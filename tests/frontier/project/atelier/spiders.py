"""Spiders that ask for everything a frontier must not lose on the way."""

import os
import signal
from dataclasses import dataclass
from typing import ClassVar

import scrapy
from scrapy import Request


@dataclass(kw_only=True)
class Trace:
    collection: ClassVar[str] = "traces"
    id: str
    how: str


class EveryKind(scrapy.Spider):
    """Retries, redirects, unfiltered requests, errbacks, values in meta and cb_kwargs."""

    name = "everykind"

    async def start(self):
        base = self.settings["PRACTICE_URL"]
        for number in range(5):
            yield Request(f"{base}/-/flaky/{number}", self.parse_flaky, meta={"n": (number, "é")})
            yield Request(f"{base}/-/redirect/{number}", self.parse_target, cb_kwargs={"n": number})
            yield Request(f"{base}/-/missing/{number}", self.parse_flaky, errback=self.failed)
        yield Request(f"{base}/-/ok/0?form", self.parse_form, method="POST", body=b"\xff\x00")
        yield Request(f"{base}/-/ok/1?lambda", lambda response: self.parse_lambda(response))

    def parse_flaky(self, response):
        number, accent = response.meta["n"]
        yield Trace(id=f"flaky-{number}", how=accent)
        # Not filtered: each of these two is fetched, once.
        for _ in range(2):
            yield Request(response.url, self.parse_again, dont_filter=True, meta={"n": number})
        # Filtered: the second is a duplicate.
        for _ in range(2):
            yield Request(f"{response.url}?fois", self.parse_again, meta=response.meta.copy())

    def parse_again(self, response):
        yield {"id": f"again-{response.url}", "n": str(response.meta["n"])}

    def parse_target(self, response, n):
        yield Trace(id=f"target-{n}", how=response.url.rpartition("/")[2])

    def failed(self, failure):
        number = failure.request.url.rpartition("/")[2]
        yield Trace(id=f"failed-{number}", how=str(failure.value.response.status))
        yield Request(failure.request.url + "?secours", self.parse_rescue, errback=self.lost)

    def lost(self, failure):
        yield Trace(id=f"lost-{failure.request.url.rpartition('/')[2]}", how="encore")

    def parse_rescue(self, response):
        raise AssertionError("absent")

    def parse_form(self, response):
        yield Trace(id="form", how=response.text)

    def parse_lambda(self, response):
        yield Trace(id="lambda", how="ici")


class Deadly(scrapy.Spider):
    """One page of its list kills the process that parses it."""

    name = "deadly"

    async def start(self):
        for number in range(30):
            yield Request(f"{self.settings['PRACTICE_URL']}/-/ok/{number}")

    def parse(self, response):
        number = response.url.rpartition("/")[2]
        if number == "7":
            os.kill(os.getpid(), signal.SIGKILL)
        yield Trace(id=f"ok-{number}", how="lu")


class ManyHosts(scrapy.Spider):
    """Pages of several hosts, which are all this machine."""

    name = "manyhosts"

    async def start(self):
        port = self.settings["PRACTICE_URL"].rpartition(":")[2]
        for number in range(int(self.each)):
            for host in self.hosts.split(","):
                yield Request(f"http://{host}:{port}/-/ok/{number}")

    def parse(self, response):
        yield Trace(id=response.url, how="lu")
