"""The spider of documents: files stored, and what they say read."""

from __future__ import annotations

import hashlib
import os
import sys

import pytest
from PIL import Image
from pypdf import PdfReader

from lab.practice.truth.documents import photographs, reports

OURS = ("adresse", "fichier", "empreinte")


def told(crawl):
    """What the key can know of each item: its content, not where its bytes were put."""
    return {
        key: {name: value for name, value in item.items() if name not in OURS}
        for key, item in crawl.by_id().items()
    }


def expected(world, absolute):
    items = (absolute(item) for item in (*reports(world), *photographs(world)))
    return {
        item["id"]: {name: value for name, value in item.items() if name not in OURS}
        for item in items
    }


def test_files_are_stored_and_read(run_spider, absolute, world, tmp_path):
    places = {"FILES_STORE": tmp_path / "fichiers", "IMAGES_STORE": tmp_path / "fichiers"}
    crawl = run_spider("documents", settings=places)
    assert told(crawl) == expected(world, absolute)
    for item in crawl:
        file = tmp_path / "fichiers" / item["fichier"]
        assert item["empreinte"] == hashlib.md5(file.read_bytes()).hexdigest()
        if file.suffix == ".pdf":
            assert len(PdfReader(file).pages) == item["pages"]
        else:
            with Image.open(file) as image:
                assert image.size == (item["largeur"], item["hauteur"])
    # A second visit fetches the files again, and reads the same.
    assert told(run_spider("documents", settings=places)) == told(crawl)


@pytest.mark.skipif(sys.platform == "win32", reason="the local S3 engine has no Windows wheel")
def test_files_can_go_to_s3(run_spider, absolute, world, tmp_path, monkeypatch):
    from scraping.servers import s3_client, s3_server

    server, contract = s3_server(tmp_path / "s3")
    try:
        server.start()
        s3 = s3_client(contract)
        s3.create_bucket(Bucket="lab")
        for name, value in contract.items():
            monkeypatch.setenv(name, value)
        assert os.environ["AWS_ENDPOINT_URL"]
        place = "s3://lab/documents/"
        crawl = run_spider("documents", settings={"FILES_STORE": place, "IMAGES_STORE": place})
        assert told(crawl) == expected(world, absolute)
        stored = s3.list_objects_v2(Bucket="lab", Prefix="documents/")["Contents"]
        assert {one["Key"] for one in stored} == {f"documents/{item['fichier']}" for item in crawl}
        s3.close()
    finally:
        server.kill()
