"""The map of difficulties: every scenario of the practice web, for students and for teachers."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.practice.scenario import Scenario
from lab.practice.site import scenarios
from lab.practice.site.pages import as_json, base_url, page

# Index 0 is level 1. What a student should know before trying.
LEVELS = ("première leçon", "avec un peu de pratique", "technique", "hostile")

FIRST_STEPS = "Premiers pas"
# What the newspaper, the shop and their API teach: rooms older than the map.
BASICS = (
    Scenario(
        "journal", FIRST_STEPS, "Un journal, ses rubriques, ses pages de liste", "/gazette/", 1,
        "Suivre les liens et la pagination, puis lire chaque article.", "gazette",
    ),
    Scenario(
        "archives", FIRST_STEPS, "Les archives jour par jour", "/gazette/2026/09/15/", 1,
        "Une adresse par jour, qui se devine : ni liens ni pagination à suivre.",
    ),
    Scenario(
        "boutique", FIRST_STEPS, "Une boutique et ses fiches produit", "/boutique/", 1,
        "Catégories, prix à la française, disponibilité : JSON-LD et microdonnées.", "boutique",
    ),
    Scenario(
        "api-simple", FIRST_STEPS, "Une API JSON, page par page",
        "/api/articles?page=1&per_page=20", 1,
        "Les mêmes articles, sans HTML : tourner les pages jusqu’à la dernière.",
    ),
    Scenario(
        "robots", FIRST_STEPS, "Lire robots.txt avant toute page", "/robots.txt", 1,
        "Ce qu’un robot poli a le droit de visiter, et ce qu’on lui demande d’éviter.", "gazette",
    ),
)  # fmt: skip


def all_scenarios() -> tuple[Scenario, ...]:
    """Return the scenarios of every room, in the order of the rooms."""
    return BASICS + tuple(one for module in scenarios.MODULES for one in module.SCENARIOS)


def families() -> dict[str, list[Scenario]]:
    """Return the scenarios by family, easiest first within a family."""
    found: dict[str, list[Scenario]] = {}
    for scenario in all_scenarios():
        found.setdefault(scenario.family, []).append(scenario)
    return {name: sorted(group, key=lambda one: one.level) for name, group in found.items()}


def command(scenario: Scenario) -> str:
    """Return the command that runs the course's spider, "" when there is none."""
    return f"./lab crawl {scenario.spider}" if scenario.spider else ""


async def index(request: Request) -> Response:
    """Show the map: title, level, summary, address and command of each difficulty."""
    return page(
        request, "difficultes/index.html", families=families(), levels=LEVELS, command=command,
        total=len(all_scenarios()),
    )  # fmt: skip


async def as_data(request: Request) -> Response:
    """Return the map as JSON, so that a teacher can build a list of exercises from it."""
    base = base_url(request)

    def describe(one: Scenario) -> dict[str, Any]:
        return {
            "slug": one.slug, "family": one.family, "title": one.title,
            "path": one.path, "url": base + one.path,
            "level": one.level, "level_name": LEVELS[one.level - 1],
            "summary": one.summary, "spider": one.spider, "command": command(one),
        }  # fmt: skip

    found = [describe(one) for group in families().values() for one in group]
    return as_json(request, {"count": len(found), "scenarios": found})


ROUTES = [Route("/difficultes/", index), Route("/difficultes.json", as_data)]
