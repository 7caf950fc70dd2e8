"""What is done once when the stack starts: replica set, bucket, first crawl."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time

from lab.container import RUN
from lab.errors import LabError

SPIDERS = {"gazette": "articles", "boutique": "products"}  # spider -> collection it fills
CRAWL_SECONDS = 600
INIT_SECONDS = 180


def initialise(_: argparse.Namespace) -> int:
    """Replica set, bucket, Kibana's account. Retries while the stores are starting."""
    from tenacity import Retrying, stop_after_delay, wait_fixed

    for step in (_replica_set, _bucket, _kibana_account):
        for attempt in Retrying(stop=stop_after_delay(INIT_SECONDS), wait=wait_fixed(2)):
            with attempt:
                print(step())
    return 0


def _replica_set() -> str:
    import pymongo

    with pymongo.MongoClient[dict[str, object]](os.environ["MONGO_URL"]) as client:
        if not client.admin.command("hello").get("setName"):
            members = [{"_id": 0, "host": "mongo:27017"}]
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
        deadline = time.monotonic() + 30
        while not client.admin.command("hello")["isWritablePrimary"]:
            if time.monotonic() > deadline:
                raise TimeoutError("MongoDB : pas de membre primaire")
            time.sleep(0.5)
    return "MongoDB : jeu de réplicas prêt."


def _bucket() -> str:
    import boto3

    name = os.environ["LAB_BUCKET"]
    client = boto3.client("s3")
    if name not in {bucket["Name"] for bucket in client.list_buckets().get("Buckets", [])}:
        client.create_bucket(Bucket=name)
    return f"S3 : bucket « {name} » prêt."


def _kibana_account() -> str:
    """Give Kibana's built-in account its password; a store that is not Elasticsearch has none."""
    import httpx

    path = "/_security/user/kibana_system/_password"
    body = {"password": (RUN / "secrets" / "kibana_password").read_text()}
    reply = httpx.post(os.environ["ELASTICSEARCH_URL"] + path, json=body, timeout=20)
    if reply.is_server_error:
        reply.raise_for_status()
    return f"Kibana : {'compte prêt' if reply.is_success else 'pas de compte ici'}."


def first_crawl(_: argparse.Namespace) -> int:
    """Crawl what was never crawled. Always 0: a failure is told, and tried again next time."""
    signal.signal(signal.SIGALRM, _too_long)
    for spider, collection in SPIDERS.items():
        if _done(spider, collection):
            print(f"{spider} : déjà récolté.")
            continue
        try:
            print(_crawl(spider))
        except (LabError, TimeoutError) as error:
            print(
                f"La première récolte ({spider}) n'a pas abouti : {error}\nTout le reste"
                " fonctionne. Pour réessayer : docker compose run --rm crawl",
                file=sys.stderr,
            )
        else:
            _done(spider, collection, mark=True)
    return 0


def _crawl(spider: str) -> str:
    """Run one spider to its end; one line that says what was stored. Raises LabError."""
    from lab.scraping import runner
    from lab.scraping.summary import Recorder
    from lab.settings import Paths

    paths, record = Paths.find(), Recorder(spider)
    settings = {**os.environ, "LAB_DEAD_LETTERS": str(paths.dead_letters)}
    signal.alarm(CRAWL_SECONDS)
    try:
        with record.on_failure(paths.reports, settings):
            result = runner.crawl(spider, {}, 0, settings, paths.scrapy_project, record.add)
    finally:
        signal.alarm(0)
    record.keep(paths.reports, settings)
    stored = ", ".join(f"{store} {number}" for store, number in result.stored.items())
    return f"{spider} : {result.pages} pages, {result.items} éléments ({stored})."


def _too_long(*_: object) -> None:
    raise TimeoutError(f"pas fini après {CRAWL_SECONDS} s")


def _done(spider: str, collection: str, *, mark: bool = False) -> bool:
    """Whether the first crawl of `spider` ended well and its documents are still there."""
    import pymongo
    import redis

    key = f"lab:{spider}:first-crawl"
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as cache:
        if mark:
            cache.set(key, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        if not cache.exists(key):
            return False
    with pymongo.MongoClient[dict[str, object]](os.environ["MONGO_URL"]) as client:
        return client.get_default_database()[collection].find_one() is not None
