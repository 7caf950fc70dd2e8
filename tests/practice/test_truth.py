"""The site and the answer key say the same, through every way a spider can take."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from parsel import Selector

from lab.practice import truth
from lab.practice.world import World, stable_id

from .conftest import Running


def page(web: Running, path: str) -> Selector:
    answer = web.http.get(path)
    assert answer.status_code == 200, path
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Selector(answer.text)


def json_ld(selector: Selector) -> dict[str, Any]:
    (script,) = selector.css('script[type="application/ld+json"]::text').getall()
    data: dict[str, Any] = json.loads(script)
    return data


def test_every_article_says_what_the_key_says(web: Running, small: World) -> None:
    seen = set()
    for expected in truth.articles(small):
        selector = page(web, expected["url"])
        data = json_ld(selector)
        assert data["@type"] == "NewsArticle"
        from_json = {
            "canonical_url": data["url"],
            "title": data["headline"],
            "description": data["description"],
            "authors": [person["name"] for person in data["author"]],
            "section": data["articleSection"],
            "tags": data["keywords"],
            "language": data["inLanguage"],
            "published": datetime.fromisoformat(data["datePublished"]),
            "modified": datetime.fromisoformat(data["dateModified"]),
            "body": data["articleBody"],
            "image": data["image"][0].removeprefix(web.url),
        }
        published = selector.css("time.publie::attr(datetime)").get("")
        from_html = {
            "canonical_url": selector.css("link[rel=canonical]::attr(href)").get(),
            "title": selector.css("h1::text").get(),
            "description": selector.css("article .chapo::text").get(),
            "authors": selector.css("a[rel=author]::text").getall(),
            "section": selector.css("article .surtitre a::text").get(),
            "tags": selector.css("a[rel=tag]::text").getall(),
            "language": selector.css("html::attr(lang)").get(),
            "published": datetime.fromisoformat(published),
            "modified": datetime.fromisoformat(
                selector.css("time.modifie::attr(datetime)").get(published)
            ),
            "body": "\n\n".join(selector.css(".corps p::text").getall()),
            "image": selector.css("article img::attr(src)").get(),
        }
        visible = {key: expected[key] for key in from_json}
        assert from_json == visible
        assert from_html == visible
        assert 4 <= expected["body"].count("\n\n") + 1 <= 10
        assert expected["id"] == stable_id(expected["canonical_url"])
        assert selector.css('meta[property="og:title"]::attr(content)').get() == expected["title"]
        seen.add(expected["id"])
    assert len(seen) == small.articles


def test_every_product_says_what_the_key_says(web: Running, small: World) -> None:
    seen = set()
    for expected in truth.products(small):
        selector = page(web, expected["url"])
        data, offer = json_ld(selector), json_ld(selector)["offers"]
        rating = data.get("aggregateRating", {})
        from_json = {
            "canonical_url": data["url"],
            "name": data["name"],
            "brand": data["brand"]["name"],
            "category": data["category"],
            "sku": data["sku"],
            "price": float(offer["price"]),
            "currency": offer["priceCurrency"],
            "availability": offer["availability"].removeprefix("https://schema.org/"),
            "rating": rating.get("ratingValue"),
            "reviews": rating.get("reviewCount", 0),
            "description": data["description"],
            "image": data["image"][0].removeprefix(web.url),
        }
        prop = "[itemprop={}]"
        shown = selector.css(".prix data::text").get("")
        stars = selector.css(prop.format("ratingValue") + "::attr(value)").get()
        from_html = {
            "canonical_url": selector.css("link[rel=canonical]::attr(href)").get(),
            "name": selector.css("h1::text").get(),
            "brand": selector.css("[itemprop=brand] [itemprop=name]::text").get(),
            "category": selector.css("dd[itemprop=category]::text").get(),
            "sku": selector.css(prop.format("sku") + "::text").get(),
            "price": float(shown.rstrip("€").replace("\u00a0", "").replace(",", ".")),
            "currency": selector.css("[itemprop=priceCurrency]::attr(content)").get(),
            "availability": selector.css("[itemprop=availability]::attr(href)")
            .get("")
            .removeprefix("https://schema.org/"),
            "rating": float(stars) if stars else None,
            "reviews": int(selector.css("[itemprop=reviewCount]::attr(value)").get("0")),
            "description": selector.css("p[itemprop=description]::text").get(),
            "image": selector.css("img[itemprop=image]::attr(src)").get(),
        }
        visible = {key: expected[key] for key in from_json}
        assert from_json == visible
        assert from_html == visible
        assert selector.css("data[itemprop=price]::attr(value)").get() == f"{expected['price']:.2f}"
        seen.add(expected["id"])
    assert len(seen) == small.products


def test_the_api_lists_everything_once(web: Running, small: World) -> None:
    for kind, key in (("articles", truth.articles), ("products", truth.products)):
        expected = {item["canonical_url"]: item for item in key(small)}
        address: str | None = f"/api/{kind}?per_page=33"
        found = []
        while address:
            data = web.http.get(address).json()
            found += data["items"]
            address = data["next"]
            assert address is None or address.startswith(web.url)
        assert len(found) == data["total"] == len(expected)
        for item in found:
            wanted = expected.pop(item["canonical_url"])
            wanted = {k: v for k, v in wanted.items() if k not in ("id", "number")}
            wanted["url"], wanted["image"] = web.url + wanted["url"], web.url + wanted["image"]
            for moment in ("published", "modified"):
                if moment in wanted:
                    wanted[moment] = wanted[moment].isoformat()
            api_url = item.pop("api_url")
            assert {k: v for k, v in item.items() if k != "id"} == wanted
            assert web.http.get(api_url).json() == {**item, "api_url": api_url}
        assert not expected
