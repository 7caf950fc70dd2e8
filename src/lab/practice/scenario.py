"""What the practice web offers to scrape, one record per difficulty; shown by ``/difficultes/``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing to learn to scrape.

    `path` is where it starts, `level` its difficulty from 1 (first lesson) to 4 (hostile),
    `spider` the spider of ``Scrapy/newscrawler`` that solves it ("" when none does), `summary`
    one French sentence for the student.
    """

    slug: str
    family: str
    title: str
    path: str
    level: int
    summary: str
    spider: str = ""
