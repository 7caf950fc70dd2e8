"""Judges of notebook 04: the project, from a raw archive to a shared figure."""

from __future__ import annotations

import gzip
import io
import json
import statistics
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise
from lab.exercises.s3.scratch import get, listed
from lab.exercises.session import NotDone

COLUMNS = {"id", "title", "published", "mots", "auteurs"}


@exercise("s3-16", stars=2)
def merge(answer: Any) -> None:
    hint = "Un dictionnaire par id ; ne remplacez que si scraped_at est plus grand."

    def row(name: str, day: int, title: str) -> dict[str, str]:
        return {"id": name, "scraped_at": f"2026-09-{day:02d}T06:00:00+00:00", "title": title}

    late, early, middle = row("b", 17, "corrigé"), row("b", 3, "brouillon"), row("b", 9, "relu")
    other, first = row("c", 1, "seul"), row("a", 2, "un")
    given = [late, other, early, first, middle]
    expect.function(
        answer,
        [((list(given),), [first, late, other]), (([],), []), (([early, late],), [late])],
        hint,
    )
    if late["title"] != "corrigé" or len(late) != 3:
        raise Wrong("Les fiches données ont été modifiées.", hint)


def _truth() -> dict[str, dict[str, Any]]:
    """The newest row of each article, from the raw archives of the project."""
    rows = [
        json.loads(line)
        for key in listed("s304/brut/")
        for line in gzip.decompress(get(key)).splitlines()
    ]
    return {row["id"]: row for row in sorted(rows, key=lambda row: str(row["scraped_at"]))}


@exercise("s3-17", stars=3, stateful=True)
def clean_table() -> None:
    import pyarrow.parquet as pq  # type: ignore[import-untyped,unused-ignore]

    root, right = "s304/articles/", _truth()
    keys = [key for key in listed(root) if key.endswith(".parquet")]
    if not keys:
        raise NotDone
    mine: list[dict[str, Any]] = []
    for key in keys:
        name, _, section = unquote(key.removeprefix(root)).partition("/")[0].partition("=")
        if name != "section":
            raise Wrong("Les fichiers ne sont pas dans des dossiers « section=… ».")
        table = pq.ParquetFile(io.BytesIO(get(key))).read()
        if set(table.column_names) != COLUMNS:
            raise Wrong(f"Les colonnes sont {', '.join(table.column_names)}.")
        mine += [{**row, "section": section} for row in table.to_pylist()]
    if len(mine) != len(right):
        raise Wrong(f"La table a {len(mine)} lignes, pour {len(right)} articles différents.")
    for row in mine:
        _compare(row, right.get(row["id"]))


def _compare(row: dict[str, Any], right: dict[str, Any] | None) -> None:
    """Raise Wrong when a row of the table is not what its article says."""
    if right is None:
        raise Wrong(f"L'article {expect.shown(row['id'])} n'existe pas.")
    if not isinstance(row["published"], datetime) or row["published"].tzinfo is None:
        raise Wrong("published n'est pas une date avec son fuseau.", "to_datetime(…, utc=True)")
    facts = {
        "section": right["section"],
        "title": right["title"],
        "published": datetime.fromisoformat(right["published"]),
        "mots": len(right["body"].split()),
        "auteurs": len(right["authors"]),
    }
    for name, value in facts.items():
        if row[name] != value:
            raise Wrong(
                f"Pour un article au moins, {name} n'est pas juste : {expect.shown(row[name])}.",
                "Toutes les archives, et la fiche la plus récente de chaque article.",
            )


@exercise("s3-18", stars=2)
def longest_section(answer: Any) -> None:
    hint = "WHERE entre deux dates, GROUP BY section, ORDER BY median(mots) DESC LIMIT 1."
    words: dict[str, list[int]] = {}
    start, stop = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
    for row in _truth().values():
        if start <= datetime.fromisoformat(row["published"]) < stop:
            words.setdefault(row["section"], []).append(len(row["body"].split()))
    medians = {name: statistics.median(counts) for name, counts in words.items()}
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise Wrong(f"On attend un couple (rubrique, médiane), pas {expect.shown(answer)}.", hint)
    name, value = answer
    best = max(medians.values(), default=0.0)
    expect.text(name, [one for one, median in medians.items() if median == best], hint)
    expect.number(value, best, hint)


@exercise("s3-19", stars=2)
def shared_figure(answer: Any) -> None:
    import requests

    hint = "put_object(…, ContentType='image/png'), puis generate_presigned_url, 3600 secondes."
    if not isinstance(answer, str):
        raise Wrong(f"On attend un lien, vous donnez {expect.kind(answer)}.", hint)
    parts = urlsplit(answer)
    if parts.scheme not in ("http", "https"):
        raise Wrong(f"Ce n'est pas un lien : {expect.shown(answer)}.", hint)
    if not parts.path.endswith("/s304/figures/rubriques.png"):
        raise Wrong("Le lien ne mène pas à la figure demandée.", hint)
    if parse_qs(parts.query).get("X-Amz-Expires") != ["3600"]:
        raise Wrong("Le lien n'est pas signé pour une heure.", hint)
    response = requests.get(answer, timeout=10)
    if response.status_code != 200 or not response.content.startswith(b"\x89PNG"):
        raise Wrong(f"Le lien ne donne pas une image PNG ({response.status_code}).", hint)
    if response.headers.get("content-type") != "image/png":
        raise Wrong("L'objet n'a pas le type image/png.", hint)
