"""What a Scrapy project imports: items, storage pipelines, and how a crawl is run.

A project of one's own needs three lines of settings::

    ADDONS = {"lab.scraping.addon.LabStorage": 100}
    LAB_STORES = ["mongo", "elasticsearch", "redis", "s3"]
    LAB_STORE_DEADLINE = 120

and spiders that yield `lab.scraping.items.Article` or `Product`.
"""
