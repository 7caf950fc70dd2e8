"""Answers with a status of 200 that are no pages: block pages, empty pages.

Large sites put a wall in front of robots, and some serve it with a 200. Stored, it would be an
article entitled « Accès refusé ». The marks are those of the walls met in practice: Cloudflare,
DataDome, Imperva, PerimeterX, Akamai, and the French sentences of home-made ones.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from scrapy.http import TextResponse

from lab.scraping.middlewares.base import Guard, again, count, ignore
from lab.scraping.pages import is_robots

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

LARGEST = 60_000  # bytes: a wall is small, a page that says « captcha » somewhere is not
LONGEST = 1_500  # characters of visible text

# Addresses that only a wall's page loads (a site protected by one loads others).
MARKS = (
    b"captcha-delivery.com",  # DataDome
    b"/cdn-cgi/challenge-platform/h/",  # Cloudflare
    b"_Incapsula_Resource",  # Imperva
    b"px-captcha",  # PerimeterX
    b"edgesuite.net",  # Akamai's « Reference # » pages
)
# Words of a title that make it worth reading the page.
_SUSPECT = re.compile(
    r"refus|denied|moment|instant|attention|captcha|humain|human|robot|bot\b|block|bloqu"
    r"|interrupt|v[ée]rif|forbidden|interdit|security|s[ée]curit|unsuccessful|unusual",
    re.IGNORECASE,
)
_WALL = re.compile(
    r"v[ée]rifie[rz] que vous (n[’']êtes pas un robot|êtes (bien )?(un )?(être )?humain)"
    r"|prouve[rz] que vous (êtes|n[’']êtes)"
    r"|(je ne suis|vous n[’']êtes) pas un robot"
    r"|(verify|confirm|checking if|prove)( that)? you(’re|'re| are)( not a robot| (a )?human)"
    r"|checking your browser"
    r"|enable javascript and cookies to continue"
    r"|please enable js and disable any ad ?blocker"
    r"|attention required! \| cloudflare|just a moment\.\.\."
    r"|you have been blocked|vous avez été bloqué"
    r"|pardon our interruption|incapsula incident id"
    r"|unusual traffic|trafic inhabituel|comportement (est )?inhabituel"
    r"|you don[’']t have permission to access .{1,300}reference #"
    r"|accès (à cette page )?(vous est |est )?refusé",
    re.IGNORECASE | re.DOTALL,
)
_HIDDEN = re.compile(r"<(script|style|noscript|template)\b.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_TAGS = re.compile(r"<[^>]*>")
# What structured data says of real pages; cheap to look for, and near the top.
CONTENT = (b'Article"', b'Product"')


def visible(text: str) -> str:
    """Return what a reader sees of a page, roughly: the title and the text, without markup."""
    return " ".join(html.unescape(_TAGS.sub(" ", _HIDDEN.sub(" ", text))).split())


def heading(body: bytes) -> str:
    """Return the beginning of the title and of the first <h1>, markup included."""
    lowered = body[:LARGEST].lower()
    starts = (lowered.find(b"<title"), lowered.find(b"<h1"))
    return " ".join(lowered[s : s + 200].decode("utf-8", "replace") for s in starts if s >= 0)


class BlockedPages(Guard):
    """Sends block pages and empty pages again, then gives them up; no spider ever sees them.

    ``LAB_BLOCKED_PATTERNS`` adds a project's own patterns. Stats: ``lab/pages/blocked`` (every
    one met, a 403 included), ``lab/pages/empty``.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        own = crawler.settings.getlist("LAB_BLOCKED_PATTERNS")
        self._own = re.compile("|".join(f"(?:{one})" for one in own), re.I) if own else None

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Let pages through."""
        if response.status not in (200, 403) or is_robots(request):
            return response
        if response.status == 200 and request.method == "GET" and not response.body.strip():
            count(self.crawler, "lab/pages/empty", "vide", response.url, "200 sans contenu")
            return self._refuse(request, "page vide")
        if len(response.body) > LARGEST or not isinstance(response, TextResponse):
            return response
        if not self._is_wall(response):
            return response
        title = response.xpath("string(//title)").get("").strip()
        count(self.crawler, "lab/pages/blocked", "bloquée", response.url, title)
        # A 403 is already an error: Scrapy keeps it away from the spider.
        return response if response.status == 403 else self._refuse(request, "page de blocage")

    def _refuse(self, request: Request, reason: str) -> Request:
        return again(self.crawler, request, reason) or ignore(reason)

    def _is_wall(self, response: TextResponse) -> bool:
        body = response.body
        if CONTENT[0] in body or CONTENT[1] in body:
            return False
        marked = any(mark in body for mark in MARKS)
        if not (marked or self._own or _SUSPECT.search(heading(body))):
            return False
        text = visible(response.text)
        if len(text) > LONGEST:
            return False
        return marked or bool(_WALL.search(text)) or bool(self._own and self._own.search(text))
