"""The answer key of the library: its quotations and their authors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.practice.quotes import Quote, Writer, library, members, present, quote, ranked
from lab.practice.world import World, stable_id

SOURCE = "bibliotheque.example"
SELECTION = 100  # quotations that « Voir la suite » reveals at most


def quote_item(found: Quote, *, reserved: bool = False) -> dict[str, Any]:
    """Return the expected quotation; `ouvrage` and `annee` only for logged-in readers."""
    return {
        "id": stable_id(found.canonical_url),
        "number": found.number,
        "url": found.path,
        "canonical_url": found.canonical_url,
        "texte": found.text,
        "auteur": found.writer.name,
        "auteur_id": stable_id(found.writer.canonical_url),
        "etiquettes": [label.name for label in found.labels],
        "ouvrage": found.work.title if reserved else None,
        "annee": found.work.year if reserved else None,
        "source": SOURCE,
    }


def author_item(writer: Writer) -> dict[str, Any]:
    """Return the expected author; `naissance` is an ISO 8601 date, without a time."""
    return {
        "id": stable_id(writer.canonical_url),
        "url": writer.path,
        "canonical_url": writer.canonical_url,
        "nom": writer.name,
        "naissance": writer.born.isoformat(),
        "lieu": writer.place,
        "biographie": writer.biography,
        "source": SOURCE,
    }


def quotes(world: World) -> Iterator[dict[str, Any]]:
    """Yield every expected quotation, by number."""
    return (quote_item(quote(world, index)) for index in range(world.quotes))


def authors(world: World) -> Iterator[dict[str, Any]]:
    """Yield the authors of at least one quotation of the world."""
    for slug, writer in library(world).writers.items():
        if present(world, f"auteur/{slug}"):
            yield author_item(writer)


def reserved(world: World) -> Iterator[dict[str, Any]]:
    """Yield the quotations as the reserved pages show them, with their work and year."""
    return (quote_item(quote(world, index), reserved=True) for index in range(world.quotes))


def selection(world: World) -> Iterator[dict[str, Any]]:
    """Yield what a click on « Voir la suite », repeated to the end, reveals."""
    return (quote_item(quote(world, index)) for index in range(min(SELECTION, world.quotes)))


def labelled(world: World, slug: str) -> Iterator[dict[str, Any]]:
    """Yield the quotations of one tag (the rooms behind a cookie banner show one tag each)."""
    cycle, count = members(world, f"etiquette/{slug}")
    return (quote_item(found) for found in ranked(world, cycle, 0, count))
