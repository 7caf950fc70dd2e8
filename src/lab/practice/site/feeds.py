"""Machine-readable maps of the site: robots.txt, sitemaps, RSS, Atom, JSON Feed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from email.utils import format_datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lab.practice.articles import Headline, headline
from lab.practice.changes import LATEST_CORRECTION, withdrawn
from lab.practice.products import product
from lab.practice.scenario import Scenario
from lab.practice.site.pages import answer, base_url, world_of, xml
from lab.practice.site.watch import closed
from lab.practice.world import World

# The protocol allows 50,000; small files keep each answer quick in a world of a million pages.
URLS_PER_SITEMAP = 1000
# A news sitemap lists the last two days only (source: Google News sitemap guidelines).
NEWS_DAYS = 2
MOST_NEWS = 1000
FEED_SIZE = 30
DISALLOWED = ("/gazette/admin/", "/boutique/panier/", "/pieges/pot-de-miel/")


async def robots(request: Request) -> Response:
    """Return the rules for robots (RFC 9309) and where the sitemap index is."""
    if request.app.state.robots == "broken":
        raise HTTPException(503, "robots.txt est en panne, et le site avec.")
    if closed(request.scope):
        words = "# Ici, aucun robot n'est le bienvenu.\n"
        return PlainTextResponse(words + "User-agent: *\nDisallow: /\n")
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


def _indices(request: Request, total: int) -> range:
    """Return what the file asked for lists of `total` things; HTTPException 404 for no file."""
    number = request.path_params["number"]
    if not 1 <= number <= _files(total):
        raise HTTPException(404)
    start = (number - 1) * URLS_PER_SITEMAP
    return range(start, min(total, start + URLS_PER_SITEMAP))


async def index(request: Request) -> Response:
    """Return the sitemap index."""
    world, base = world_of(request), base_url(request)
    files = [
        (f"gazette-{n}.xml", _last_change(world, n))
        for n in range(1, _files(world.article_count) + 1)
    ]
    files += [(f"boutique-{n}.xml", world.today) for n in range(1, _files(world.products) + 1)]
    files.append(("news.xml", world.today))
    entries = [(f"{base}/sitemaps/{name}", day.isoformat()) for name, day in files]
    return xml(request, "sitemap_index.xml", entries=entries)


def _last_change(world: World, number: int) -> date:
    """Return a day after which nothing changed in the n-th thousand of articles."""
    last = min(world.article_count, number * URLS_PER_SITEMAP) - 1
    return min(world.today, world.published(last, 0.0).date() + timedelta(days=LATEST_CORRECTION))


async def gazette(request: Request) -> Response:
    """Return the n-th thousand of articles, oldest first, so that old files never change."""
    world = world_of(request)
    # Past the cache on purpose: a sitemap must not push out what readers are looking at.
    heads = [headline.__wrapped__(world, n) for n in _indices(request, world.article_count)]
    entries = [(head.path, head.modified.isoformat()) for head in heads]
    return xml(request, "sitemap.xml", base=base_url(request), entries=entries)


async def boutique(request: Request) -> Response:
    """Return the n-th thousand of products."""
    world = world_of(request)
    gone = withdrawn(world)
    kept = (n for n in _indices(request, world.products) if n not in gone)
    entries = [(product.__wrapped__(world, n).path, "") for n in kept]
    return xml(request, "sitemap.xml", base=base_url(request), entries=entries)


async def news(request: Request) -> Response:
    """Return the news sitemap: articles of the last two simulated days."""
    world = world_of(request)
    indices = world.newest(None, 0, min(MOST_NEWS, NEWS_DAYS * world.per_day))
    heads = [headline(world, n) for n in indices]
    return xml(request, "news.xml", base=base_url(request), heads=heads)


def _newest(request: Request) -> list[Headline]:
    world = world_of(request)
    return [headline(world, index) for index in world.newest(None, 0, FEED_SIZE)]


def _updated(heads: list[Headline]) -> str:
    return max((head.modified.isoformat() for head in heads), default="2026-01-01T00:00:00Z")


async def rss(request: Request) -> Response:
    """Return the newest articles as RSS 2.0 (https://www.rssboard.org/rss-specification)."""
    items = [(head, format_datetime(head.published)) for head in _newest(request)]
    built = items[0][1] if items else ""
    media = "application/rss+xml; charset=utf-8"
    return xml(request, "rss.xml", media, base=base_url(request), items=items, built=built)


async def atom(request: Request) -> Response:
    """Return the newest articles as Atom (RFC 4287)."""
    heads = _newest(request)
    media = "application/atom+xml; charset=utf-8"
    base = base_url(request)
    return xml(request, "flux/atom.xml", media, base=base, heads=heads, updated=_updated(heads))


async def json_feed(request: Request) -> Response:
    """Return the newest articles as a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    base = base_url(request)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "La Gazette des Confluences",
        "home_page_url": f"{base}/gazette/",
        "feed_url": f"{base}/gazette/feed.json",
        "language": "fr",
        "items": [_feed_item(head, base) for head in _newest(request)],
    }
    text = json.dumps(feed, ensure_ascii=False)
    return answer(request, text, "application/feed+json; charset=utf-8")


def _feed_item(head: Headline, base: str) -> dict[str, Any]:
    return {
        "id": head.canonical_url,
        "url": base + head.path,
        "title": head.title,
        "content_text": head.description,
        "summary": head.description,
        "image": base + head.image_path,
        "date_published": head.published.isoformat(),
        "date_modified": head.modified.isoformat(),
        "authors": [{"name": author.name} for author in head.entry.authors],
        "tags": [tag.name for tag in head.entry.tags],
        "_gazette": {"section": head.entry.section.name},
    }


SCENARIOS = (
    Scenario(
        "sitemap", "Plans et flux", "Index de sitemaps", "/sitemap.xml", 1,
        "Toutes les adresses du site, rangées par milliers dans des fichiers XML, avec la date "
        "du dernier changement de chacune.", "plan_du_site",
    ),
    Scenario(
        "sitemap-actualite", "Plans et flux", "Sitemap d’actualité", "/sitemaps/news.xml", 1,
        "Les articles des deux derniers jours, avec titre et date de parution : de quoi repérer "
        "une nouvelle sans ouvrir de page.", "plan_du_site",
    ),
    Scenario(
        "flux", "Plans et flux", "Flux RSS, Atom et JSON Feed", "/gazette/rss.xml", 1,
        "Les trente derniers articles, prêts à lire par un programme, dans trois formats qui "
        "n’en disent pas autant les uns que les autres.", "flux",
    ),
)  # fmt: skip

ROUTES = [
    Route("/robots.txt", robots),
    Route("/sitemap.xml", index),
    Route("/sitemaps/gazette-{number:int}.xml", gazette),
    Route("/sitemaps/boutique-{number:int}.xml", boutique),
    Route("/sitemaps/news.xml", news),
    Route("/gazette/rss.xml", rss),
    Route("/gazette/atom.xml", atom),
    Route("/gazette/feed.json", json_feed),
]
