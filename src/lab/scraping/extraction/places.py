"""Names and addresses around a page: its official address, its breadcrumb, its bare title."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lab.scraping.extraction.kind import numbered, path_of
from lab.scraping.extraction.page import Page
from lab.scraping.extraction.reader import Reader
from lab.scraping.extraction.schema import Node, types
from lab.scraping.extraction.values import address, decoded, first, plain, several


def without_site(title: str | None, site: str | None) -> str | None:
    """Return a title without the site's name: « Titre | Le Journal », « Titre - Le Journal »."""
    title = decoded(title or "").strip()
    if site:
        ending = re.compile(rf"\s*[|–—:·-]\s*{re.escape(decoded(site).strip())}\s*$", re.IGNORECASE)
        return ending.sub("", title) or title
    return title or None


def crumbs(page: Page, title: str | None) -> list[str]:
    """Return the names of a BreadcrumbList, without the home page and the page itself."""
    found: list[tuple[float, str]] = []
    for node in (*page.json_ld, *page.microdata):
        if "BreadcrumbList" not in types(node):
            continue
        for step in several(node.get("itemListElement")):
            if not isinstance(step, dict):
                continue
            target = step.get("item")
            name = plain(step.get("name")) or plain(target if isinstance(target, dict) else None)
            place = address(target, page.base)
            home = place is not None and path_of(place) == "/"
            if (
                name
                and name != title
                and not home
                and place
                and path_of(place) != path_of(page.url)
            ):
                try:
                    rank = float(first(step.get("position")) or 0)
                except (TypeError, ValueError):
                    rank = 0.0
                found.append((rank, name))
    return [name for _, name in sorted(found, key=lambda pair: pair[0])]


def canonical(reader: Reader) -> str:
    """Return the page's official address: its link, its objects, og:url, its own address.

    A link to the home page (a common mistake), to something that is not http(s), or an og:url
    on another host does not count. The address of a later page is that of the first.
    """
    page = reader.page
    here = path_of(page.url)
    host = urlsplit(page.url).hostname
    links = [
        link for link in page.links.get("canonical", ()) if path_of(link) != "/" or here == "/"
    ]
    own = [
        u for u in (address(page.meta("og:url"), page.base),) if u and urlsplit(u).hostname == host
    ]
    found: str = reader.take(
        "canonical_url",
        [
            ("link", next(iter(links), None)),
            *reader.nodes(lambda node: _place(node, page, host)),
            ("opengraph", next((u for u in own if path_of(u) != "/"), None)),
            ("url", page.url),
        ],
    )
    return numbered(found)[0] if numbered(page.url)[1] > 1 else found


def _place(node: Node, page: Page, host: str | None) -> str | None:
    for name in ("mainEntityOfPage", "url"):
        found = address(node.get(name), page.base)
        if found and urlsplit(found).hostname == host and path_of(found) != "/":
            return found
    return None


def image(reader: Reader) -> str | None:
    """The illustration the page declares; no guess among the images of the text."""
    page = reader.page
    wanted = ("image", "image_url", "thumbnailUrl")
    found: str | None = reader.take(
        "image",
        [
            *reader.nodes(
                lambda node: next(
                    (u for name in wanted if (u := address(node.get(name), page.base))), None
                )
            ),
            (
                "opengraph",
                address(page.meta("og:image", "og:image:url", "og:image:secure_url"), page.base),
            ),
            ("meta", address(page.meta("twitter:image", "twitter:image:src"), page.base)),
            ("link", next(iter(page.links.get("image_src", ())), None)),
        ],
    )
    return found
