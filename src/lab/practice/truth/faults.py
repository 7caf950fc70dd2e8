"""The answer key of the faulty newspaper: which articles can be had, and what each needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.practice import truth
from lab.practice.faults import (
    ECHO,
    FAULTS,
    JOURNAL_SIZE,
    canonical_of,
    faults_of,
    head_of,
    journal,
    path_of,
)
from lab.practice.world import World, stable_id


def outcome(world: World, index: int) -> dict[str, Any]:
    """Return what happens to a visitor of article `index`, 0 = oldest.

    `faults`: slugs in the order of the attempts; `attempts`: requests needed to have the
    article (redirects not counted), 0 when it cannot be had; `needs`: in French, what to do.
    """
    faults = faults_of(world, index)
    readable = faults[-1].readable
    failures = sum(not fault.lasting for fault in faults)
    return {
        "number": index + 1,
        "url": path_of(head_of(world, index)),
        "canonical_url": canonical_of(head_of(world, index)),
        "faults": [fault.slug for fault in faults],
        "readable": readable,
        "attempts": failures + 1 if readable else 0,
        "needs": [fault.need for fault in faults],
    }


def outcomes(world: World) -> Iterator[dict[str, Any]]:
    """Yield the outcome of every article of the faulty newspaper."""
    return (outcome(world, index) for index in range(JOURNAL_SIZE))


def article(world: World, index: int) -> dict[str, Any]:
    """Return the expected article `index` of the faulty newspaper, readable or not."""
    expected = truth.article(journal(world), index)
    head = head_of(world, index)
    canonical = canonical_of(head)
    return expected | {
        "id": stable_id(canonical),
        "url": path_of(head),
        "canonical_url": canonical,
        "image": None,
        "source": ECHO.removeprefix("https://"),
    }


def articles(world: World) -> Iterator[dict[str, Any]]:
    """Yield the articles that a patient spider brings back, oldest first."""
    return (
        article(world, index)
        for index in range(JOURNAL_SIZE)
        if faults_of(world, index)[-1].readable
    )


def kinds() -> list[str]:
    """Return the slugs of all the faults, those that ``/pannes/`` shows one by one."""
    return list(FAULTS)
