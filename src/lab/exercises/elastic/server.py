"""What the judges of this chapter ask the server and the raw documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Unverified, Wrong

TRIAL = "elastic01_essai"


def is_local() -> bool:
    """Is it the compatible engine of the lab without Docker?"""
    return "lab" in workspace.elasticsearch().info()


def properties(index: str) -> dict[str, Any]:
    """Return the fields of an index (or alias); {} when it does not exist."""
    search = workspace.elasticsearch()
    if not search.indices.exists(index=index):
        return {}
    (body,) = search.indices.get_mapping(index=index).body.values()
    return dict(body["mappings"].get("properties", {}))


def dictionary(answer: Any, hint: str) -> dict[str, Any]:
    """The answer must be a dictionary with something in it."""
    if not isinstance(answer, Mapping) or not answer:
        raise Wrong(f"On attend un dictionnaire non vide, vous donnez {expect.kind(answer)}.", hint)
    return dict(answer)


@contextmanager
def trial(*, hint: str, mappings: Any = None, analysis: Any = None) -> Iterator[Elasticsearch]:
    """Make an index `TRIAL` for the time of a judgement.

    Raises Wrong when the server refuses the student's text, Unverified when the local engine does
    not do what it asks.
    """
    search = workspace.elasticsearch()
    quiet = search.options(ignore_status=404)
    quiet.indices.delete(index=TRIAL)
    settings: dict[str, Any] = {"number_of_shards": 1, "number_of_replicas": 0}
    if analysis is not None:
        settings["analysis"] = analysis
    try:
        try:
            search.indices.create(index=TRIAL, settings=settings, mappings=mappings)
        except BadRequestError as error:
            if is_local() and "osmem" in str(error):
                raise Unverified(
                    "Le moteur local ne connaît pas l'un de ces filtres : essayez avec "
                    "./lab up --docker."
                ) from None
            raise Wrong(f"Le serveur refuse cet index ({error.error}).", hint) from None
        yield search
    finally:
        quiet.indices.delete(index=TRIAL)


def articles() -> list[dict[str, Any]]:
    """Return the articles of MongoDB, the base this index is derived from."""
    return list(workspace.mongo().articles.find())


def holds(text: str | None, forms: str) -> bool:
    """Does a text hold one of these forms (a regular expression), as a whole word?"""
    return re.search(rf"\b(?:{forms})\b", (text or "").lower()) is not None
