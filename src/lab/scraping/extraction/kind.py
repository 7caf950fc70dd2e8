"""What a page is: an article, a product, or something that must not be stored as one."""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import urlsplit

from lab.scraping.extraction.page import BESIDE, Page
from lab.scraping.extraction.schema import Node, is_of
from lab.scraping.extraction.values import address, plain

# https://schema.org/Article and what newspapers use of its subtypes.
ARTICLES = frozenset(
    {"Article", "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle",
     "BackgroundNewsArticle", "AskPublicNewsArticle", "ReviewNewsArticle", "BlogPosting",
     "SocialMediaPosting", "Report", "TechArticle", "ScholarlyArticle", "SatiricalArticle"}
)  # fmt: skip
PRODUCTS = frozenset(
    {"Product", "ProductGroup", "IndividualProduct", "ProductModel", "SomeProducts"}
)
LIVE = frozenset({"LiveBlogPosting"})
LISTS = frozenset(
    {"CollectionPage", "SearchResultsPage", "ItemList", "ProfilePage", "ContactPage", "AboutPage",
     "FAQPage", "Series", "OfferCatalog"}
)  # fmt: skip
MEDIA = frozenset(
    {"VideoObject", "AudioObject", "Clip", "PodcastEpisode", "RadioEpisode", "TVEpisode", "Movie",
     "MusicRecording", "ImageGallery", "MediaGallery"}
)  # fmt: skip
_PAGE = re.compile(
    r"^(?P<base>.+?)(?:/page/(?P<a>\d{1,3})/?|/(?P<b>\d{1,3})/?|[-_]p(?:age)?[-_]?(?P<c>\d{1,3})"
    r"(?P<ext>\.html?)?)$"
)
_QUERY = re.compile(r"^(?P<before>.*?)(?:^|&)(?:page|p|pg)=(?P<number>\d{1,3})(?P<after>&.*|)$")


class Kind(StrEnum):
    """What a page is, as far as it says."""

    ARTICLE = "article"
    PRODUCT = "product"
    CONTINUATION = "continuation"  # page 2, 3… of an article
    SECTION = "section"  # home, lists, search results, author pages
    LIVE = "live"
    VIDEO = "video"  # and sound, galleries
    OTHER = "other"


def numbered(url: str) -> tuple[str, int]:
    """Return (address of the first page, number of this page): ``/le-sel/2/`` is page 2.

    A number after another number is a date or an identifier, not a page.
    """
    parts = urlsplit(url)
    found = _QUERY.match(parts.query)
    if found:
        query = (found["before"] + found["after"]).strip("&")
        return parts._replace(query=query, fragment="").geturl(), int(found["number"])
    path = _PAGE.match(parts.path)
    if path and not path["base"].rsplit("/", 1)[-1].isdigit() and path["base"].strip("/"):
        number = int(path["a"] or path["b"] or path["c"])
        ending = path["ext"] or ("/" if parts.path.endswith("/") else "")
        if number:
            return parts._replace(path=path["base"] + ending, fragment="").geturl(), number
    return parts._replace(fragment="").geturl(), 1


def path_of(url: str | None) -> str:
    """Return what two addresses of one page share: the path, without AMP or last slash."""
    path = urlsplit(url or "").path
    return re.sub(r"(?:^/amp(?=/)|/amp/?$|/$)", "", path) or "/"


def places(node: Node, page: Page) -> set[str]:
    """Return the addresses an object gives for its own page."""
    found = {address(node.get(name), page.base) for name in ("url", "mainEntityOfPage", "@id")}
    return {place for place in found if place}


def choose(nodes: list[Node], kinds: frozenset[str], page: Page) -> Node | None:
    """Return the one object of these kinds that describes this page, or None.

    An object whose address is another page of the same host is a link to that page (lists).
    """
    wanted = [node for node in nodes if is_of(node, kinds) and not is_of(node, LIVE)]
    first_page = numbered(page.url)[0]
    here = {path_of(one) for one in (page.url, first_page, *page.links.get("canonical", ()))}
    matching = [n for n in wanted if not here.isdisjoint(map(path_of, places(n, page)))]
    if len(matching) == 1 or (matching and _same(matching)):
        return matching[0]
    if matching or not wanted:
        return _titled(matching, page)
    hosts = {urlsplit(one).hostname for one in (page.url, *page.links.get("canonical", ()))}
    strangers = [
        node
        for node in wanted
        if not any(
            urlsplit(place).hostname in hosts and path_of(place) != "/"
            for place in places(node, page)
        )
    ]
    if len(strangers) == len(wanted) == 1 or (strangers and _same(strangers)):
        return strangers[0]
    return _titled(strangers, page)


def _same(nodes: list[Node]) -> bool:
    titles = {plain(node.get("headline")) or plain(node.get("name")) for node in nodes}
    return len(titles) == 1


def _titled(nodes: list[Node], page: Page) -> Node | None:
    title = (page.heading or "").casefold()
    named = [
        n
        for n in nodes
        if title and title == (plain(n.get("headline") or n.get("name")) or "").casefold()
    ]
    return named[0] if named else None


def looks_like_article(page: Page) -> bool:
    """Tell whether a page without structured data is laid out as one article: one title, a
    date, and no list of titled links. Its text is checked by the caller."""
    if page.root is None or not (page.heading or page.metas.get("og:title")):
        return False
    teasers = page.root.xpath(
        f"count(//article[not({BESIDE})]//*[self::h2 or self::h3][a or parent::a])"
        "+ count(//*[contains(concat(' ',@class,' '),' hentry ')][not(descendant::h1)]"
        "//*[contains(@class,'entry-title')]/a[@href])"
    )
    holder = page.root.xpath(f"boolean({page.scope}[self::article or not(self::body)])")
    return bool(teasers < 2 or holder)


def page_kind(page: Page, article: Node | None, product: Node | None) -> Kind:
    """Return what the page says it is; ARTICLE without `article` still needs a text."""
    nodes = [*page.json_ld, *page.microdata]
    og = (page.meta("og:type") or "").lower()
    if any(is_of(node, LIVE) for node in nodes):
        return Kind.LIVE
    if path_of(page.url) == "/" and not urlsplit(page.url).query:
        return Kind.SECTION
    if article is not None:
        continued = numbered(page.url)[1] > 1 and _continues(page, article)
        return Kind.CONTINUATION if continued else Kind.ARTICLE
    if product is not None or (
        og.startswith("product") and page.meta("product:price:amount", "og:price:amount")
    ):
        return Kind.PRODUCT
    if any(is_of(node, ARTICLES | PRODUCTS | LISTS) for node in nodes) or og == "profile":
        return Kind.SECTION
    if any(is_of(node, MEDIA) for node in nodes) or og.startswith(("video", "music")):
        return Kind.VIDEO
    if numbered(page.url)[1] > 1:
        return Kind.CONTINUATION if og == "article" else Kind.SECTION
    return Kind.ARTICLE if looks_like_article(page) else Kind.OTHER


def _continues(page: Page, article: Node) -> bool:
    first = numbered(page.url)[0]
    said = {path_of(place) for place in places(article, page)}
    links = (*page.links.get("prev", ()), *page.links.get("canonical", ()))
    return path_of(first) in said or path_of(first) in {path_of(link) for link in links}


def next_page(page: Page) -> str | None:
    """Return the address of the article's next page, when the article is cut in pages."""
    base, number = numbered(page.url)
    anchors = page.root.xpath("//a[@href][@rel='next' or contains(@class,'page')]/@href")
    found: list[str | None] = list(page.links.get("next", ()))
    found += [address(one, page.base) for one in anchors]
    for link in found:
        if link and numbered(link)[1] == number + 1 and path_of(numbered(link)[0]) == path_of(base):
            return link
    return None
