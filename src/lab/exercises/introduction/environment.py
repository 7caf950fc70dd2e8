"""Judges of notebook 01: one small question to each store."""

from __future__ import annotations

import re
from typing import Any

import requests

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import exercise


@exercise("intro-01")
def product_count(answer: Any) -> None:
    right = len(list(workspace.mongo().products.find({}, {"_id": 1})))
    expect.integer(answer, right, "La méthode count_documents, avec un filtre vide : {}.")


@exercise("intro-02")
def as_many_seen(answer: Any) -> None:
    seen = workspace.redis().smembers("lab:boutique:seen")
    documents = [one["_id"] for one in workspace.mongo().products.find({}, {"_id": 1})]
    hint = "scard d'un côté, count_documents de l'autre, et == entre les deux."
    expect.truth(answer, len(seen) == len(documents), hint)


@exercise("intro-03")
def mountain_articles(answer: Any) -> None:
    bodies = (one["body"].lower() for one in workspace.mongo().articles.find({}, {"body": 1}))
    right = sum(bool(re.search(r"\bmontagnes?\b", body)) for body in bodies)
    hint = "Une recherche match sur body ; le nombre est dans hits, total, value."
    expect.integer(answer, right, hint)


@exercise("intro-04", stars=2)
def archive_bytes(answer: Any) -> None:
    right, marker = 0, ""
    while True:  # the older call, whose pages are asked for by the last key seen
        page = workspace.s3().list_objects(
            Bucket=workspace.bucket(), Prefix="crawls/", Marker=marker
        )
        found = page.get("Contents", [])
        right += sum(one["Size"] for one in found)
        if not page.get("IsTruncated") or not found:
            break
        marker = found[-1]["Key"]
    hint = "Le champ Size de chaque objet de crawls/, toutes récoltes confondues."
    expect.integer(answer, right, hint)


@exercise("intro-05")
def announced_total(answer: Any) -> None:
    base, right = workspace.practice_url(), 0
    index = requests.get(f"{base}/sitemap.xml", timeout=10).text
    for address in re.findall(r"<loc>[^<]*(/sitemaps/gazette-\d+\.xml)</loc>", index):
        right += requests.get(base + address, timeout=10).text.count("<loc>")
    expect.integer(answer, right, "La réponse est du JSON : .json() en fait un dictionnaire.")
