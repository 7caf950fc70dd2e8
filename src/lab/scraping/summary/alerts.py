"""What a person should look at once a crawl has ended, although nothing failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.scraping import coverage
from lab.scraping.coverage import Alert, percent
from lab.scraping.summary.wording import number, plural

REFUSED = 0.05  # of the items: beyond, a broken selector is likelier than a few bad pages
FRUITLESS = 10  # pages without any item from which one wonders


def alerts(
    line: Mapping[str, Any],
    rules: Mapping[str, float],
    reference: Mapping[str, Mapping[str, float]],
) -> list[Alert]:
    """Return what is odd in the last progress line of a crawl."""
    return [
        *_refused(line),
        *_fruitless(line),
        *coverage.check(line.get("coverage", {}), rules, reference),
    ]


def _refused(line: Mapping[str, Any]) -> list[Alert]:
    reasons = {
        name.partition("/")[2]: count
        for name, count in line.get("dropped", {}).items()
        if name.startswith("invalid/")
    }
    refused, kept = sum(reasons.values()), line.get("items", 0)
    found = []
    for field, count in reasons.items():
        share = count / (refused + kept)
        if share > REFUSED:
            text = (
                f"{plural(count, 'fiche')} sur {number(refused + kept)} ({percent(share)}) "
                f"refusées : champ {field} absent ou invalide."
            )
            found.append(Alert("refused", text, field=field, share=round(share, 4)))
    return found


def _fruitless(line: Mapping[str, Any]) -> list[Alert]:
    pages = line.get("pages", 0)
    if line.get("items") or line.get("duplicates") or line.get("dropped") or pages < FRUITLESS:
        return []
    return [Alert("empty", f"Aucune fiche n’a été tirée de {plural(pages, 'page')}.")]
