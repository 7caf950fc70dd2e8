"""Judges of notebook 01: objects, keys, prefixes."""

from __future__ import annotations

import gzip
import json
from functools import cache
from typing import Any

from lab import datasets, workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise
from lab.exercises.s3.scratch import (
    Watched,
    called,
    client,
    folder,
    get,
    listed,
    put,
    small_pages,
)

READ_AT_MOST = 20_000  # bytes, of a journal of some 110,000, to find its last line


@cache
def _measured_bytes() -> int:
    rows = datasets.rows("vues", 1050)
    texts = ({**row, "date": row["date"].isoformat()} for row in rows)
    return sum(len(json.dumps(text, ensure_ascii=False).encode()) for text in texts)


@exercise("s3-01")
def total_bytes(answer: Any) -> None:
    hint = "Toutes les pages du paginator, et le champ Size de chaque objet."
    expect.integer(answer, _measured_bytes(), hint)


@exercise("s3-02")
def folders(answer: Any) -> None:
    hint = "Delimiter='/' ; la réponse est dans CommonPrefixes, absent s'il n'y en a pas."
    with folder() as root:
        names: tuple[str, ...] = (
            "sport/a.json",
            "sport/2026/b.json",
            "culture/c.json",
            "lisez-moi.txt",
        )
        names += tuple(f"z{n}/d.json" for n in range(8))
        for name in names:
            put(root + name)
        right = ["culture", "sport", *(f"z{n}" for n in range(8))]
        bucket = workspace.bucket()
        expect.sequence(called(answer, small_pages(), bucket, root, hint=hint), right, hint)
        mine = called(answer, client(), bucket, f"{root}sport/2026/", hint=hint)
        expect.sequence(mine, [], hint)


@exercise("s3-03", stars=2)
def put_rows(answer: Any) -> None:
    hint = "json.dumps par fiche et un saut de ligne, gzip.compress, IfNoneMatch='*'."
    rows = [{"titre": "Crue à Besançon", "n": 1}, {"titre": "Été", "n": 2}, {"n": 3}]
    bucket = workspace.bucket()
    with folder() as root:
        place = f"{root}a.jsonl.gz"
        expect.truth(called(answer, client(), bucket, place, rows, hint=hint), True, hint)
        expect.truth(called(answer, client(), bucket, place, rows[:1], hint=hint), False, hint)
        try:
            text = gzip.decompress(get(place)).decode()
            mine = [json.loads(line) for line in text.splitlines()]
        except (OSError, EOFError, ValueError):
            raise Wrong("L'objet n'est pas du JSON par lignes compressé avec gzip.", hint) from None
        if mine != rows:
            raise Wrong("L'objet ne contient pas les fiches du premier dépôt.", hint)
        head = client().head_object(Bucket=bucket, Key=place)
        if head["ContentType"] != "application/gzip" or head["Metadata"] != {"fiches": "3"}:
            raise Wrong("Le type ou l'étiquette « fiches » n'est pas celui demandé.", hint)


def _length(options: dict[str, Any]) -> int:
    """Return how many bytes this call of get_object gives."""
    answer = client().get_object(**options)
    answer["Body"].close()
    return int(answer["ContentLength"])


@exercise("s3-04", stars=2)
def last_line(answer: Any) -> None:
    hint = "Range='bytes=-2000' demande les 2 000 derniers octets."
    lines = [f"{n};{'é' * 20};page {n}" for n in range(2000)]
    bucket = workspace.bucket()
    with folder() as root:
        put(f"{root}long.log", "".join(f"{line}\n" for line in lines).encode())
        put(f"{root}court.log", b"une seule ligne\n")
        watched = Watched(client())
        expect.text(called(answer, watched, bucket, f"{root}long.log", hint=hint), lines[-1], hint)
        reads = [options for name, options in watched.calls if name == "get_object"]
        if not reads or sum(map(_length, reads)) > READ_AT_MOST:
            raise Wrong("La ligne est juste, mais (presque) tout le journal est lu.", hint)
        mine = called(answer, client(), bucket, f"{root}court.log", hint=hint)
        expect.text(mine, "une seule ligne", hint)


@exercise("s3-05", stars=3)
def remove_folder(answer: Any) -> None:
    hint = "Un paginator sur « dossier/ », la barre comprise ; comptez ce que vous supprimez."
    with folder() as root:
        for number in range(16):
            put(f"{root}rapports/{number % 3}/{number}.txt")
        put(f"{root}rapports-2025/a.txt")
        put(f"{root}rapports.txt")
        mine = called(answer, small_pages(), workspace.bucket(), f"{root}rapports", hint=hint)
        left = {key.removeprefix(root) for key in listed(root)}
        if left - {"rapports-2025/a.txt", "rapports.txt"}:
            raise Wrong(f"Il reste {len(left) - 2} objets dans le dossier.", hint)
        if len(left) != 2:
            raise Wrong("Un objet d'un autre dossier a été supprimé.", hint)
        expect.integer(mine, 16, hint)
