"""Reports and photographs, over HTTP."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from pypdf import PdfReader

from lab.practice.documents import document_count, pdf, photograph, png, report
from lab.practice.world import World

from .conftest import Running


def test_reports_say_what_the_key_says(web: Running, small: World) -> None:
    for index in range(document_count(small)):
        item = report(small, index)
        answer = web.http.get(f"/documents/fichiers/{item.name}")
        assert answer.headers["content-type"] == "application/pdf"
        reader = PdfReader(io.BytesIO(answer.content))
        text = "\n".join(page.extract_text() for page in reader.pages)
        assert len(reader.pages) == item.pages
        assert reader.metadata is not None
        assert (reader.metadata.title, reader.metadata.author) == (item.title, item.body)
        for post, amount in (row for table in item.tables for row in table):
            assert f"{post} {amount:,}".replace(",", " ") in text


def test_photographs_have_the_size_that_is_told(web: Running, small: World) -> None:
    sizes = set()
    for index in range(document_count(small)):
        item = photograph(small, index)
        answer = web.http.get(f"/documents/fichiers/{item.name}")
        assert answer.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(answer.content)) as image:
            assert image.size == (item.width, item.height)
            assert len(image.getcolors(1 << 24) or ()) > 20  # really a picture
            sizes.add(image.size)
    assert len(sizes) > 1


def test_the_same_bytes_twice(small: World) -> None:
    first = pdf(report(small, 0)), png(1, photograph(small, 0))
    pdf.cache_clear()
    png.cache_clear()
    assert (pdf(report(small, 0)), png(1, photograph(small, 0))) == first
    assert png(2, photograph(small, 0)) != first[1]


@pytest.mark.parametrize(
    "path",
    [
        "/documents/rapport/0/",
        "/documents/rapport/999/",
        "/documents/photographie/999/",
        "/documents/fichiers/rapport-1-autre-titre.pdf",
        "/documents/fichiers/rapport-999-x.pdf",
        "/documents/fichiers/secret-1-x.pdf",
        "/documents/?page=99",
    ],
)
def test_what_does_not_exist(web: Running, path: str) -> None:
    assert web.http.get(path).status_code == 404
