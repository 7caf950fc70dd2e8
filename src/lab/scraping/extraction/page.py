"""One page, parsed once: its objects, its <meta> and <link>, its language, its place."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from parsel import Selector
from scrapy.http import TextResponse
from w3lib.html import get_base_url

from lab.scraping.extraction import dates, schema
from lab.scraping.extraction.values import address, plain, several

# Elements that stand beside an article: what they hold is about other pages.
BESIDE = "ancestor-or-self::*[self::aside or self::nav or contains(@class,'related')]"


class Page:
    """What the readers of fields ask; `root` is None for an empty document."""

    def __init__(self, response: TextResponse) -> None:
        self.url = response.url
        try:
            self.root: Any = response.selector.root
        except ValueError:  # <base href="http://[">: Scrapy's own selector gives up
            self.root = Selector(text=response.text).root
        if not hasattr(self.root, "iter"):  # a JSON or text response
            self.root = None
        try:
            self.base = get_base_url(response.text[:4096], response.url)
        except ValueError:
            self.base = response.url
        self.header_language = (response.headers.get("Content-Language") or b"").decode("latin-1")

    @cached_property
    def metas(self) -> dict[str, list[str]]:
        """Contents of <meta> by lower-case name, property or http-equiv."""
        found: dict[str, list[str]] = defaultdict(list)
        for meta in self.root.iter("meta") if self.root is not None else ():
            content = (meta.get("content") or "").strip()
            for attribute in ("property", "name", "http-equiv"):
                for name in (meta.get(attribute) or "").lower().split():
                    # « og:article:section » is a common mistake for « article:section ».
                    name = name.removeprefix("og:") if name.startswith("og:article:") else name
                    if content:
                        found[name].append(content)
        return found

    def meta(self, *wanted: str) -> str | None:
        """Return the first content among several names, in the order of the names."""
        return next((text for name in wanted for text in self.metas.get(name, ())), None)

    @cached_property
    def links(self) -> dict[str, list[str]]:
        """Absolute addresses of the <link> of the head, by relation."""
        found: dict[str, list[str]] = defaultdict(list)
        for link in self.root.iter("link") if self.root is not None else ():
            # A canonical link in the body does not count (HTML: body-ok relations only).
            if next(link.iterancestors("body"), None) is not None and link.get("itemprop") is None:
                continue
            whole = address(link.get("href"), self.base)
            for relation in (link.get("rel") or "").lower().split() if whole else ():
                found[relation].append(whole or "")
        return found

    @cached_property
    def json_ld(self) -> list[schema.Node]:
        """Main JSON-LD objects."""
        return schema.json_ld(self.root) if self.root is not None else []

    @cached_property
    def microdata(self) -> list[schema.Node]:
        """Main microdata items."""
        return schema.microdata(self.root, self.base)

    def texts(self, xpath: str) -> list[str]:
        """Return the texts of elements or attributes, blanks tidied, empty ones left out."""
        if self.root is None:
            return []
        found = self.root.xpath(xpath)
        whole = (one if isinstance(one, str) else one.text_content() for one in found)
        return [text for one in whole if (text := " ".join(one.split()))]

    @cached_property
    def heading(self) -> str | None:
        """The text of the page's one <h1>, or of the title its template declares."""
        declared = self.texts("//*[contains(concat(' ',@class,' '),' entry-title ')][self::h1]")
        found = declared or self.texts(f"//h1[not({BESIDE})]")
        return found[0] if len(found) == 1 or declared else None

    @cached_property
    def scope(self) -> str:
        """XPath of the element that holds the article: around its title, or the whole page."""
        around = (
            "(//h1[not(ancestor::aside)]/ancestor::*[self::article or "
            "contains(concat(' ',@class,' '),' hentry ') or "
            "contains(concat(' ',@class,' '),' item-page ')])[1]"
        )
        return around if self.root is not None and self.root.xpath(around) else "(//body)[1]"

    def language_of(self, node: schema.Node) -> tuple[str, str] | None:
        """Return (source, language as written), from the object, the page, then HTTP."""
        declared = next(iter(several(node.get("inLanguage"))), None)
        if isinstance(declared, dict):
            declared = declared.get("alternateName") or declared.get("name")
        html = self.root.get("lang") or self.root.get("xml:lang") if self.root is not None else None
        written = self.meta("content-language", "dc.language", "language")
        for source, value in (
            ("structured", plain(declared)),
            ("html", html),
            ("meta", written),
            ("opengraph", self.meta("og:locale")),
            ("http", self.header_language),
        ):
            # « fr, en » lists what a site speaks, not the page's language.
            code = (value or "").strip().replace("_", "-")
            if 2 <= len(code.split("-")[0]) <= 3 and code.replace("-", "").isalnum():
                return source, code
        return None

    def zone(self, language: str | None) -> ZoneInfo:
        """Return the zone of dates that do not tell theirs.

        When the language has no region (``fr``), <html lang> or og:locale may have it (fr-CA).
        """
        html = self.root.get("lang") if self.root is not None else None
        known = [one.replace("_", "-") for one in (language, html, self.meta("og:locale")) if one]
        spoken = known[0].split("-")[0].lower() if known else ""
        same = [one for one in known if one.split("-")[0].lower() == spoken]
        best = next((one for one in same if "-" in one), language)
        return dates.zone_of(best, urlsplit(self.url).hostname or "")
