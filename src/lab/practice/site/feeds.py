"""Machine-readable maps of the site: robots.txt, sitemaps, RSS."""

from __future__ import annotations

from email.utils import format_datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lab.practice.articles import Headline, headline
from lab.practice.products import product
from lab.practice.site.pages import base_url, world_of, xml

# The protocol allows 50,000; small files keep each answer quick in a world of a million pages.
URLS_PER_SITEMAP = 1000
# A news sitemap lists the last two days only (source: Google News sitemap guidelines).
NEWS_DAYS = 2
MOST_NEWS = 1000
DISALLOWED = ("/gazette/admin/", "/boutique/panier/")


async def robots(request: Request) -> Response:
    """Return the rules for robots (RFC 9309) and where the sitemap index is."""
    rules = "\n".join(f"Disallow: {path}" for path in DISALLOWED)
    return PlainTextResponse(
        "# Bienvenue aux robots polis : tout est ouvert, sauf l'administration et les paniers.\n"
        f"User-agent: *\n{rules}\nAllow: /\n\n"
        "# Ce robot-ci n'a pas su se tenir.\n"
        "User-agent: AspirateurFou\nDisallow: /\n\n"
        f"Sitemap: {base_url(request)}/sitemap.xml\n"
    )


def _files(total: int) -> int:
    return -(-total // URLS_PER_SITEMAP)


async def index(request: Request) -> Response:
    """Return the sitemap index."""
    world, base = world_of(request), base_url(request)
    names = [f"gazette-{n}.xml" for n in range(1, _files(world.article_count) + 1)]
    names += [f"boutique-{n}.xml" for n in range(1, _files(world.products) + 1)]
    addresses = [f"{base}/sitemaps/{name}" for name in (*names, "news.xml")]
    return xml(request, "sitemap_index.xml", addresses=addresses, today=world.today)


async def gazette(request: Request) -> Response:
    """Return the n-th thousand of articles, oldest first, so that old files never change."""
    world, number = world_of(request), request.path_params["number"]
    if not 1 <= number <= _files(world.article_count):
        raise HTTPException(404)
    start = (number - 1) * URLS_PER_SITEMAP
    stop = min(world.article_count, start + URLS_PER_SITEMAP)
    # Past the cache on purpose: a sitemap must not push out what readers are looking at.
    heads = [headline.__wrapped__(world, n) for n in range(start, stop)]
    entries = [(head.path, head.modified.isoformat()) for head in heads]
    return xml(request, "sitemap.xml", base=base_url(request), entries=entries)


async def boutique(request: Request) -> Response:
    """Return the n-th thousand of products."""
    world, number = world_of(request), request.path_params["number"]
    if not 1 <= number <= _files(world.products):
        raise HTTPException(404)
    start = (number - 1) * URLS_PER_SITEMAP
    stop = min(world.products, start + URLS_PER_SITEMAP)
    entries = [(product.__wrapped__(world, n).path, "") for n in range(start, stop)]
    return xml(request, "sitemap.xml", base=base_url(request), entries=entries)


async def news(request: Request) -> Response:
    """Return the news sitemap: articles of the last two simulated days."""
    world = world_of(request)
    indices = world.newest(None, 0, min(MOST_NEWS, NEWS_DAYS * world.per_day))
    heads = [headline(world, n) for n in indices]
    return xml(request, "news.xml", base=base_url(request), heads=heads)


def rss_feed(request: Request, heads: list[Headline]) -> Response:
    """Return articles as RSS 2.0 (https://www.rssboard.org/rss-specification)."""
    items = [(head, format_datetime(head.published)) for head in heads]
    built = items[0][1] if items else ""
    return xml(
        request,
        "rss.xml",
        media_type="application/rss+xml; charset=utf-8",
        base=base_url(request),
        items=items,
        built=built,
    )


ROUTES = [
    Route("/robots.txt", robots),
    Route("/sitemap.xml", index),
    Route("/sitemaps/gazette-{number:int}.xml", gazette),
    Route("/sitemaps/boutique-{number:int}.xml", boutique),
    Route("/sitemaps/news.xml", news),
]
