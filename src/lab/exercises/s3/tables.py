"""Judges of notebook 02: Parquet, partitions, SQL."""

from __future__ import annotations

import io
import json
from collections import Counter
from functools import cache
from typing import Any

from lab import datasets, workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise
from lab.exercises.s3.scratch import called, folder, get, listed, put
from lab.exercises.session import NotDone


@cache
def _of_month(month: int) -> list[dict[str, Any]]:
    return [row for row in datasets.rows("vues") if row["date"].month == month]


@exercise("s3-06")
def categories_of_july(answer: Any) -> None:
    hint = "WHERE sur la partition, GROUP BY, ORDER BY … DESC, puis fetchall()."
    right = Counter(row["categorie"] for row in _of_month(7)).most_common()
    expect.sequence(answer, right, hint)


@exercise("s3-07")
def best_of_august(answer: Any) -> None:
    import pandas as pd  # type: ignore[import-untyped,unused-ignore]

    hint = "columns=[…] et filters=[(…), (…)] : une liste de conditions, toutes vraies."
    if not isinstance(answer, pd.DataFrame):
        raise Wrong(f"On attend un DataFrame, vous donnez {expect.kind(answer)}.", hint)
    if sorted(map(str, answer.columns)) != ["rang", "video"]:
        raise Wrong(f"Les colonnes sont {', '.join(map(str, answer.columns))}.", hint)
    right = Counter((row["video"], row["rang"]) for row in _of_month(8) if row["rang"] <= 3)
    mine = Counter(zip(answer["video"].tolist(), answer["rang"].tolist(), strict=True))
    if len(answer) != right.total():
        raise Wrong(f"Ce n'est pas le bon nombre de lignes : {len(answer)}.", hint)
    if mine != right:
        raise Wrong("Le nombre de lignes est juste, mais pas leur contenu.", hint)


@cache
def _films() -> dict[str, tuple[str, int, float]]:
    films = datasets.rows("films")
    return {film["_id"]: (film["titre"], int(film["annee"]), film["note"]) for film in films}


@exercise("s3-08", stars=2, stateful=True)
def partitioned_films() -> None:
    import pyarrow.parquet as pq  # type: ignore[import-untyped,unused-ignore]

    hint = "astype(int), annee // 10 * 10, partition_cols=['decennie'], et vider(…) avant."
    root = "s302/films/"
    keys = [key for key in listed(root) if key.endswith(".parquet")]
    if not keys:
        raise NotDone
    rows: dict[str, tuple[str, int, float]] = {}
    total = 0
    for key in keys:
        name, _, decade = key.removeprefix(root).partition("/")[0].partition("=")
        if name != "decennie" or not decade.isdigit():
            raise Wrong("Les fichiers ne sont pas dans des dossiers « decennie=… ».", hint)
        table = pq.ParquetFile(io.BytesIO(get(key))).read()
        if set(table.column_names) != {"_id", "titre", "annee", "note"}:
            raise Wrong(f"Les colonnes sont {', '.join(table.column_names)}.", hint)
        years = table.column("annee").to_pylist()
        if not all(isinstance(year, int) for year in years):
            raise Wrong("La colonne annee n'est pas entière.", hint)
        if any(year // 10 * 10 != int(decade) for year in years):
            raise Wrong(f"La décennie {decade} contient un film d'une autre.", hint)
        total += len(years)
        rows |= {row["_id"]: (row["titre"], row["annee"], row["note"]) for row in table.to_pylist()}
    if total != len(rows):
        raise Wrong(f"{total} lignes pour {len(rows)} films : certains sont là deux fois.", hint)
    if rows.keys() != _films().keys():
        raise Wrong(f"La table compte {len(rows)} films : ce ne sont pas tous les films.", hint)
    if not expect.same(rows, _films()):
        raise Wrong("Les films sont tous là, mais un titre, une année ou une note a changé.", hint)


@cache
def _gains_of_june() -> Counter[str]:
    seen: dict[tuple[str, str], list[int]] = {}
    for row in _of_month(6):
        seen.setdefault((row["chaine"], row["video"]), []).append(row["vues"])
    gains: Counter[str] = Counter()
    for (channel, _), views in seen.items():
        gains[channel] += max(views) - min(views)
    return gains


@exercise("s3-09", stars=2)
def channel_of_june(answer: Any) -> None:
    ((right, _),) = _gains_of_june().most_common(1)
    hint = "Deux étages : le gain par vidéo dans une sous-requête, puis la somme par chaîne."
    expect.text(answer, right, hint)


def _filesystem() -> Any:
    import s3fs  # type: ignore[import-untyped,import-not-found,unused-ignore]

    values = workspace.settings()
    return s3fs.S3FileSystem(
        skip_instance_cache=True,  # a list remembered by another would mislead
        key=values.need("aws_access_key_id"),
        secret=values.need("aws_secret_access_key"),
        endpoint_url=values.need("aws_endpoint_url"),
    )


@exercise("s3-10", stars=3)
def compact(answer: Any) -> None:
    import pyarrow.parquet as pq

    hint = "Retenez les chemins bien lus ; écrivez le Parquet ; ne supprimez qu'eux, et à la fin."
    expect.callable_(answer, hint)
    with folder() as root:
        rows = [{"n": number, "titre": f"Été {number}"} for number in range(8)]
        for row in rows:
            put(f"{root}jour/{row['n']}.json", json.dumps(row).encode())
        kept = {f"{root}jour/casse.json", f"{root}jour/notes.txt", f"{root}jour/hier/9.json"}
        for name in kept:
            put(name, b'{"n": 9, "tit')
        source, target = (f"{workspace.bucket()}/{root}{name}" for name in ("jour", "t.parquet"))
        expect.integer(called(answer, _filesystem(), source, target, hint=hint), 8, hint)
        left = listed(root)
        if f"{root}t.parquet" not in left:
            raise Wrong("Le fichier Parquet n'est pas à l'endroit demandé.", hint)
        table = pq.ParquetFile(io.BytesIO(get(f"{root}t.parquet"))).read().to_pylist()
        if sorted(table, key=lambda row: str(row.get("n"))) != rows:
            raise Wrong("Le fichier Parquet n'a pas les lignes des objets bien formés.", hint)
        if not kept <= set(left):
            raise Wrong("Un objet qui n'est pas dans la table a été supprimé.", hint)
        if set(left) - kept != {f"{root}t.parquet"}:
            raise Wrong("Les objets compactés sont encore là.", hint)
        again = called(answer, _filesystem(), source, f"{target}-2", hint=hint)
        expect.integer(again, 0, hint)
        if f"{root}t.parquet-2" in listed(root):
            raise Wrong("Rien à compacter, et pourtant un fichier a été créé.", hint)
