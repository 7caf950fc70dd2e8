"""What a Scrapy project imports: items, storage pipelines, and how a crawl is run.

A project of one's own needs three lines of settings::

    ADDONS = {"lab.scraping.addon.LabStorage": 100}
    LAB_STORES = ["mongo", "elasticsearch", "redis", "s3"]
    LAB_STORE_DEADLINE = 120

and spiders that yield anything Scrapy calls an item: dicts, dataclasses, attrs or pydantic
objects, `scrapy.Item`, or the kinds of `lab.scraping.items` (`Article`, `Product`, a `Record` of
one's own). The public API, for students in French: ``Scrapy/STOCKAGE.rst``.

* `lab.scraping.items`: `Record`, `Article`, `Product`, `Document`, `InvalidItem`, `stable_id`,
  `clean`; `lab.scraping.documents.accept` cleans an item of any kind.
* `lab.scraping.config.DEFAULTS`: every setting and its default.
* `lab.scraping.pipelines.flush_all`: wait until what was yielded so far is stored.
* `lab.scraping.batching.Store`: the contract of a store (`open`, `write`, `transient`, `close`).
* feed format ``parquet``: ``FEEDS = {"s3://lab/x.parquet": {"format": "parquet"}}``.
* `lab.scraping.replay.replay`, `lab.scraping.reindex.reindex`: after an outage, after a loss.
"""
