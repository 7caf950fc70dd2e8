"""What `benchmarks/storage.py` gives to Scrapy: a clock, a bare spider, the textbook pipelines."""
