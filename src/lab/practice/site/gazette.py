"""Pages of the newspaper."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.practice.articles import Headline, headline, paragraphs, related
from lab.practice.plan import Author, Section, Tag
from lab.practice.site.pages import (
    base_url,
    found_or_404,
    json_script,
    numbered_or_404,
    page,
    pager,
    short_date,
    world_of,
)
from lab.practice.world import GAZETTE

PUBLISHER = "La Gazette des Confluences"


async def front(request: Request) -> Response:
    """Show the newest articles, and the three newest of each section."""
    world = world_of(request)
    newest = [headline(world, index) for index in world.newest(None, 0, 9)]
    blocks = []
    for section in world.plan.sections.values():
        indices = world.newest(world.plan.cycle(section), 0, 3)
        blocks.append((section, [headline(world, index) for index in indices]))
    return page(request, "gazette.html", newest=newest, blocks=blocks, today=world.today)


def _listing(
    request: Request, thing: Section | Author | Tag, title: str, intro: str, kind: str
) -> Response:
    world = world_of(request)
    cycle = world.plan.cycle(thing)
    pages = pager(request, cycle.count(world.article_count))
    articles = [headline(world, i) for i in world.newest(cycle, pages.start, pages.stop)]
    return page(
        request, "liste.html", articles=articles, pager=pages, title=title, intro=intro,
        kind=kind, here=thing,
    )  # fmt: skip


async def section(request: Request) -> Response:
    """List the articles of a section, newest first."""
    found = found_or_404(world_of(request).plan.sections.get(request.path_params["slug"]))
    intro = f"Tous les articles de la rubrique {found.name}, du plus récent au plus ancien."
    return _listing(request, found, found.name, intro, "Rubrique")


async def author(request: Request) -> Response:
    """List what a journalist signed, alone or not."""
    found = found_or_404(world_of(request).plan.authors.get(request.path_params["slug"]))
    role = "Journaliste à la rubrique"
    return _listing(request, found, found.name, f"{role} {found.section.name}.", "Signature")


async def tag(request: Request) -> Response:
    """List the articles of a tag."""
    found = found_or_404(world_of(request).plan.tags.get(request.path_params["slug"]))
    intro = f"Tous les articles portant l’étiquette « {found.name} »."
    return _listing(request, found, found.name, intro.replace("« ", "«\u00a0"), "Étiquette")


async def day(request: Request) -> Response:
    """List the articles of one day (archives)."""
    world = world_of(request)
    try:
        asked = date(*(int(request.path_params[name]) for name in ("year", "month", "day")))
        indices = world.day_range(asked)
    except (ValueError, OverflowError):
        raise HTTPException(404) from None
    if not indices:
        raise HTTPException(404)
    pages = pager(request, len(indices))
    chosen = indices[::-1][pages.start : pages.stop]
    first = headline(world, indices[0])
    return page(
        request, "liste.html", articles=[headline(world, index) for index in chosen],
        pager=pages, title=f"Le {short_date(first.published)}", kind="Archives",
        intro="Tous les articles publiés ce jour-là.", here=None,
    )  # fmt: skip


async def article(request: Request) -> Response:
    """Show an article; the address must be exact."""
    world = world_of(request)
    head = numbered_or_404(headline, request)
    if head.path != request.url.path:
        raise HTTPException(404)
    body = paragraphs(world, head.index)
    data = news_article(head, body, base_url(request))
    return page(
        request, "article.html", head=head, body=body, data=json_script(data),
        related=related(world, head.index), publisher=PUBLISHER,
    )  # fmt: skip


def news_article(head: Headline, body: list[str], base: str) -> dict[str, Any]:
    """Return the schema.org NewsArticle of an article (https://schema.org/NewsArticle)."""
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": head.canonical_url,
        "url": head.canonical_url,
        "mainEntityOfPage": head.canonical_url,
        "headline": head.title,
        "description": head.description,
        "articleSection": head.entry.section.name,
        "keywords": [tag.name for tag in head.entry.tags],
        "inLanguage": "fr",
        "datePublished": head.published.isoformat(),
        "dateModified": head.modified.isoformat(),
        "author": [
            {"@type": "Person", "name": a.name, "url": f"{base}/gazette/auteur/{a.slug}/"}
            for a in head.entry.authors
        ],
        "publisher": {"@type": "NewsMediaOrganization", "name": PUBLISHER, "url": GAZETTE},
        "image": [base + head.image_path],
        "isAccessibleForFree": True,
        "articleBody": "\n\n".join(body),
    }


ROUTES = [
    Route(
        "/gazette/{year:int}/{month:int}/{day:int}/{slug}-{number:int}.html",
        article,
        name="article",
    ),
    Route("/gazette/", front),
    Route("/gazette/rubrique/{slug}/", section),
    Route("/gazette/auteur/{slug}/", author),
    Route("/gazette/tag/{slug}/", tag),
    Route("/gazette/{year:int}/{month:int}/{day:int}/", day),
]
