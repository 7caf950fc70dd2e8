"""Whatever Scrapy asks for survives the way through Redis, and is done exactly once."""

from __future__ import annotations

import pickle
from collections import Counter
from pathlib import Path

import pytest
import scrapy
from scrapy import FormRequest, Request
from scrapy.http import JsonRequest

from lab.errors import CrawlFailed
from lab.scraping.frontier.codec import UNSERIALISABLE, address, decode, encode

PROJECT = Path(__file__).with_name("project")


class Spider(scrapy.Spider):
    name = "essai"

    def parse_page(self, response, rang):
        raise NotImplementedError

    def failed(self, failure):
        raise NotImplementedError


SPIDER = Spider()
REQUESTS = [
    Request("https://exemple.fr/é?q=1", SPIDER.parse_page, errback=SPIDER.failed),
    Request("https://exemple.fr/", method="PUT", body=b"\xff\x00", headers={"X-A": ["1", "2"]}),
    Request("https://exemple.fr/", meta={"n": (1, {2}), "é": None}, cb_kwargs={"rang": 3.5}),
    Request("https://exemple.fr/", cookies={"a": "b"}, priority=-7, flags=["x"], dont_filter=True),
    Request("https://exemple.fr/", encoding="latin-1"),
    FormRequest("https://exemple.fr/", formdata={"nom": "é"}),
    JsonRequest("https://exemple.fr/", data={"a": [1]}, dumps_kwargs={"indent": 1}),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=range(len(REQUESTS)))
def test_a_request_comes_back_the_same(request_):
    data = encode(request_, SPIDER)
    back = decode(data, SPIDER)
    assert type(back) is type(request_)
    assert back.to_dict(spider=SPIDER) == request_.to_dict(spider=SPIDER)
    assert address(data) == request_.url


def test_an_ordinary_request_is_small():
    request = Request("https://exemple.fr/a", SPIDER.parse_page)
    whole = pickle.dumps(request.to_dict(spider=SPIDER))
    assert len(encode(request, SPIDER)) < len(whole) / 3


@pytest.mark.parametrize(
    "request_",
    [
        Request("https://exemple.fr/", lambda response: None),
        Request("https://exemple.fr/", Spider().parse_page),
        Request("https://exemple.fr/", meta={"generateur": (n for n in ())}),
    ],
    ids=["lambda", "autre spider", "generateur"],
)
def test_what_cannot_travel_is_refused(request_):
    with pytest.raises(UNSERIALISABLE):
        encode(request_, SPIDER)


def test_a_method_that_is_gone_is_refused():
    data = encode(Request("https://exemple.fr/", SPIDER.parse_page), SPIDER)
    with pytest.raises(ValueError, match="parse_page"):
        decode(data, scrapy.Spider("autre"))


def test_every_kind_of_request(together, web, content, log_file):
    content.mongo["lab"]["traces"].drop()
    result = together(
        3, spider="everykind", project=PROJECT, LAB_STORES="redis,mongo", LAB_COLLECTION="traces"
    )
    held = {name: one.get("how", "") for name, one in content.documents("traces").items()}
    expected = {f"flaky-{n}": "é" for n in range(5)}
    expected |= {f"target-{n}": str(n) for n in range(5)}
    expected |= {f"failed-{n}": "404" for n in range(5)}
    expected |= {f"lost-{n}?secours": "encore" for n in range(5)}
    expected |= {"form": "ff00", "lambda": "ici"}
    assert {name: how for name, how in held.items() if not name.startswith("again")} == expected
    assert len([name for name in held if name.startswith("again")]) == 10
    times = web.times()
    wanted: Counter[str] = Counter({"/-/ok/0?form": 1, "/-/ok/1?lambda": 1})
    for n in range(5):
        wanted[f"/-/flaky/{n}"] = 5  # 503, 503, good, and two unfiltered ones
        wanted[f"/-/flaky/{n}?fois"] += 3  # 503, 503, good
        wanted[f"/-/redirect/{n}"] = wanted[f"/-/ok/{n}"] = 1
        wanted[f"/-/missing/{n}"] = wanted[f"/-/missing/{n}?secours"] = 1
    assert times == wanted
    assert result.reason == "finished"
    assert "ne peut passer à un autre ouvrier" in log_file.read_text()


def test_a_page_that_kills_its_worker_is_set_aside_and_the_rest_is_done(together, web, content):
    content.mongo["lab"]["traces"].drop()
    result = together(2, spider="deadly", project=PROJECT, LAB_STORES="redis,mongo")
    assert set(content.documents("traces")) == {f"ok-{n}" for n in range(30) if n != 7}
    assert result.reason == "finished"
    assert result.errors >= 1
    assert result.items == 29


def test_a_spider_that_does_not_exist(together, content):
    with pytest.raises(Exception, match="gazete") as caught:
        together(2, spider="gazete")
    assert caught.value.exit_code == 2


def test_a_site_that_is_down(together, content):
    with pytest.raises(CrawlFailed, match="Aucune page"):
        together(2, PRACTICE_URL="http://127.0.0.1:9", RETRY_TIMES=0)
