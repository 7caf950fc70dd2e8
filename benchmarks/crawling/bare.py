"""The bare spider: it downloads the pages that `gazette` downloads, and looks at none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.http import Request, Response


class BareSpider(scrapy.Spider):
    """Reads its addresses in a file, one a line."""

    name = "bare"

    def __init__(self, addresses: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.addresses = Path(addresses)

    async def start(self) -> AsyncIterator[Request]:
        """Ask for every page."""
        with self.addresses.open() as lines:
            for line in lines:
                yield Request(line.strip(), dont_filter=True)

    def parse(self, response: Response) -> None:
        """Look at nothing."""
