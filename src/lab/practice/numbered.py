"""What the things of the practice web share: a rank, a number, an address, a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Numbered:
    """Something of which there are many; `index` from 0."""

    index: int

    @property
    def number(self) -> int:
        """The site's own number, from 1, as addresses give it."""
        return self.index + 1


@dataclass(frozen=True, slots=True)
class Illustrated(Numbered):
    """Something with a page at `path` and a picture, on the fictional host `site`."""

    site: ClassVar[str]
    picture: ClassVar[str]

    path: str

    @property
    def canonical_url(self) -> str:
        """The address on the fictional host, whatever host serves it."""
        return self.site + self.path

    @property
    def image_path(self) -> str:
        """Path of the picture (SVG)."""
        return f"/images/{self.picture}-{self.number}.svg"
