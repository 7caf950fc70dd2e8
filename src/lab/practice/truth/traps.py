"""The answer key of the agenda: its events, which all stand before the calendar goes empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.practice.events import BUSY_MONTHS, FIRST, events_of, shift
from lab.practice.world import World, stable_id


def events(world: World) -> Iterator[dict[str, Any]]:
    """Yield the expected events, earliest first; `date` is ISO 8601."""
    for number in range(BUSY_MONTHS):
        for event in events_of(world, *shift(*FIRST, number)):
            yield {
                "id": stable_id(event.canonical_url),
                "url": event.path,
                "canonical_url": event.canonical_url,
                "titre": event.title,
                "date": event.day.isoformat(),
                "lieu": event.place,
                "source": "agenda.example",
            }
