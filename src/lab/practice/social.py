"""The social feed: the messages of ``/tweet`` that the house follows, with their audience.

One message out of `EVERY` minutes, computed from (seed, index).  The feed holds as many messages
as the newspaper has articles (`FEWEST` at least), the newest at the end of `World.today`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from lab.practice.tweets import EPOCH, account_of, tweet
from lab.practice.world import PARIS, World

FIL = "https://fil.example"
EVERY = 37  # minutes
FEWEST = 60
EVENING = time(23, 30)
# As in `lab.practice.tweets`: what turns a minute into a number like those of social networks.
FIRST_ID, STEP = 1_800_000_000_000_000_000, 1_000_003
_MENTION = re.compile(r"@(\w+)")


@dataclass(frozen=True, slots=True)
class Message:
    """A message; `age` is what the page prints, `likes` and `reposts` are exact."""

    index: int
    id: str
    author: str
    account: str
    text: str
    hashtags: tuple[str, ...]
    mentions: tuple[str, ...]
    likes: int
    reposts: int
    published: datetime
    age: str

    @property
    def canonical_url(self) -> str:
        """The address on the feed's fictional host."""
        return f"{FIL}/message/{self.id}"

    @property
    def path(self) -> str:
        """The address of the message alone."""
        return f"/fil/message/{self.id}/"


def now_of(world: World) -> datetime:
    """Return the moment at which the feed is read: the evening of the simulated day."""
    return datetime.combine(world.today, EVENING, PARIS)


def index_range(world: World) -> range:
    """Return the indices of the messages of the feed, oldest first."""
    stop = int((now_of(world) - EPOCH) / timedelta(minutes=EVERY)) + 1
    return range(max(0, stop - max(FEWEST, world.articles)), max(0, stop))


def index_of(message_id: str) -> int:
    """Return the index of a message. Raises ValueError for what is no message's number."""
    if not (message_id.isascii() and message_id.isdigit() and len(message_id) < 30):
        raise ValueError(message_id)
    minute, rest = divmod(int(message_id) - FIRST_ID, STEP)
    index, gap = divmod(minute, EVERY)
    if rest or gap or minute < 0:
        raise ValueError(message_id)
    return index


def message(world: World, index: int) -> Message:
    """Return message `index`; IndexError when the feed does not hold it."""
    if index not in index_range(world):
        raise IndexError(index)
    source: dict[str, Any] = tweet(world, index * EVERY)
    rng = world.rng("message", index)
    text = source["text"]
    if rng.random() < 0.35:
        cited = account_of(world, rng.randrange(300))["screen_name"]
        text = f"@{cited} {text}" if rng.random() < 0.5 else f"{text} (via @{cited})"
    # A few messages are read by everyone, most by nobody.
    likes = int(rng.paretovariate(0.7)) - 1
    published = datetime.fromisoformat(source["created_at"])
    return Message(
        index=index,
        id=source["id"],
        author=source["user"]["name"],
        account=source["user"]["screen_name"],
        text=text,
        hashtags=tuple(source["hashtags"]),
        mentions=tuple(_MENTION.findall(text)),
        likes=min(likes, 2_400_000),
        reposts=min(likes, 2_400_000) // rng.randrange(3, 12),
        published=published.astimezone(UTC),
        age=relative(now_of(world) - published),
    )


def relative(age: timedelta) -> str:
    """Return ``il y a 3 h``, as the page prints it."""
    minutes = max(0, int(age.total_seconds() // 60))
    for size, unit in ((60 * 24 * 30, "mois"), (60 * 24, "j"), (60, "h"), (1, "min")):
        if minutes >= size:
            return f"il y a {minutes // size}\u00a0{unit}"
    return "à l’instant"


def abridged(count: int) -> str:
    """Return ``987``, ``1,2 k`` or ``2,4 M``: what the page prints of a large count."""
    for size, unit in ((1_000_000, "M"), (1000, "k")):
        if count >= size:
            tenths = count * 10 // size
            decimal = f",{tenths % 10}" if tenths % 10 else ""
            return f"{tenths // 10}{decimal}\u00a0{unit}"
    return str(count)
